import type { GateReading, Release } from '@mulle/contract';
import { afterEach, expect, test, vi } from 'vitest';
import { accessMigrations, AuditLog, type AccessTables, type Actor } from '#domains/access/index.ts';
import { activityMigrations, ActivityService, type ActivityTables } from '#domains/activity/index.ts';
import { exampleManifest } from '#domains/project/index.ts';
import { ruleMigrations, RulesService, type RuleTables } from '#domains/rules/index.ts';
import { describeOnEveryDatabase } from '#platform/database/contract-suite.ts';
import { EvidenceService } from './evidence-service.ts';
import { intervalMs, passedOver } from './evidence-store.ts';
import { exampleModels } from './example-models.ts';
import { ReleaseService } from './release-service.ts';
import { releaseMigrations, type ReleaseTables } from './release-tables.ts';

const kim: Actor = { name: 'kim', role: 'maintainer' };
const hourMs = 3_600_000;

const reading = (challenger: number, rest: Partial<GateReading> = {}): GateReading => ({
  gate: { metric: 'error-rate', max: 0.01 },
  verdict: 'inconclusive',
  challenger,
  incumbent: 0.01,
  interval: [0, challenger * 2],
  challengerSamples: 10,
  incumbentSamples: 90,
  ...rest,
});

test('intervals keep a series within its bound at any age, and are never shorter than readings come', () => {
  for (const ageMs of [0, 1_000, 10_000, hourMs, 24 * hourMs, 365 * 24 * hourMs]) {
    const interval = intervalMs(ageMs);
    expect(interval).toBeGreaterThanOrEqual(2_000);
    expect(ageMs / interval).toBeLessThanOrEqual(512);
    if (interval > 2_000) expect(ageMs / interval).toBeGreaterThan(256);
  }
  expect(passedOver([0, 500, 1_999, 2_000, 4_100, 4_200], 2_000)).toEqual([0, 500, 4_100]);
  expect(passedOver([], 2_000)).toEqual([]);
});

describeOnEveryDatabase('evidence of releases', (openDatabase) => {
  afterEach(() => {
    vi.useRealTimers();
  });

  const open = async () => {
    const database = await openDatabase<ReleaseTables & RuleTables & ActivityTables & AccessTables>([
      ...activityMigrations,
      ...accessMigrations,
      ...releaseMigrations,
      ...ruleMigrations,
    ]);
    const kept = { database, activity: new ActivityService(database), audit: new AuditLog(database) };
    const manifest = exampleManifest();
    const applied = { version: 1, digest: '', manifest, changes: [], actor: 'kim', createdAtMs: 0 };
    const rules = new RulesService({ ...kept, manifest: () => applied });
    const releases = new ReleaseService({ ...kept, models: exampleModels(), rules, manifest: () => applied });
    await releases.deploy('delay', { model: 'delay', version: 1 }, kim);
    const release = await releases.deploy('delay', { model: 'delay', version: 2 }, kim);
    const conclude = (conclusion: 'continue' | 'advance' | 'rollback', readings: GateReading[], step = 0) =>
      releases.conclude(release.id, { step, conclusion, readings, reason: { en: 'seen', ko: '확인' } });
    return { releases, release, conclude, evidence: new EvidenceService({ ...kept, releases }) };
  };
  /** Only the clock: database drivers wait for real time. */
  const at = (release: Release, afterMs: number) => {
    vi.useFakeTimers({ toFake: ['Date'] });
    vi.setSystemTime(release.createdAtMs + afterMs);
  };

  test('each reading stands at its time with its band; decisions stand beside, with who and why', async () => {
    const { release, conclude, evidence, releases } = await open();
    const segment = reading(0.5, { segment: 'origin=BOS' });
    for (const second of [4, 8]) {
      at(release, second * 1_000);
      await conclude('continue', [reading(second / 100), reading(1, { group: 'challenger-2' }), segment]);
    }
    at(release, 12_000);
    await conclude('advance', [reading(0.12, { verdict: 'pass' })]);
    await releases.command(release.id, { kind: 'pause', reason: 'wait for Monday' }, kim);
    const { series, moments } = await evidence.of(release.id);
    expect(series.map(({ key, group, points }) => [key, group, points.length])).toEqual([
      ['error-rate', undefined, 3],
      ['error-rate/challenger-2', 'challenger-2', 2],
    ]);
    const since = (ms: number): number => ms - release.createdAtMs;
    expect(series[0]?.points.map((point) => [since(point.atMs), point.challenger, point.interval])).toEqual([
      [4_000, 0.04, [0, 0.08]],
      [8_000, 0.08, [0, 0.16]],
      [12_000, 0.12, [0, 0.24]],
    ]);
    expect(moments.map(({ type, state, step, actor }) => [type, state, step, actor])).toEqual([
      ['release-started', 'running', 0, 'kim'],
      ['release-stepped', 'running', 1, 'platform'],
      ['release-paused', 'paused', 1, 'kim'],
    ]);
    expect(moments.at(-1)?.reason).toBe('wait for Monday');
    await expect(evidence.of('nothing')).rejects.toMatchObject({ code: 'not_found' });
  });

  test('a long release keeps a bounded number of points over its whole time, and every decision', async () => {
    const { release, conclude, evidence } = await open();
    at(release, 3_000);
    await conclude('advance', [reading(0.3)]);
    const readings = 700;
    for (let index = 1; index <= readings; index++) {
      at(release, index * 6_000);
      await conclude('continue', [reading(0.01)], 1);
    }
    const [one] = (await evidence.of(release.id)).series;
    const times = (one?.points ?? []).map(({ atMs }) => atMs - release.createdAtMs);
    expect(times.length).toBeLessThanOrEqual(514);
    expect(times[0]).toBe(3_000);
    expect(times.at(-1)).toBe(readings * 6_000);
    const gaps = times.slice(2).map((time, index) => time - (times[index + 1] ?? 0));
    expect(Math.max(...gaps)).toBeLessThanOrEqual(2 * intervalMs(readings * 6_000));
  });
});
