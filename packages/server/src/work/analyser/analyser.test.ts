import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { MonitorWindow, NewEvent } from '@mulle/contract';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { childEnvironment, homeLayout, loadConfig, type RoleConfig } from '#config/index.ts';
import { nowMs } from '#kernel/clock.ts';
import { openBlobStore } from '#platform/blobs/index.ts';
import { Compactor, openJournalWriter, type JournalWriter } from '#platform/events/index.ts';
import { supervise, type RunningChild, type SupervisedProcess } from '#platform/processes/index.ts';
import { startControlServer, type ControlServer } from '../testing/control-server.ts';
import { allMonitors, canaryRelease, endpointName, manifestOf, startMs, Traffic } from '../testing/traffic.ts';
import { startAnalyser } from './start-analyser.ts';

const seed = 20010201;
const timeout = 20_000;
vi.setConfig({ testTimeout: 60_000 });
let home: string;
let control: ControlServer;
let role: RoleConfig;
let opened: (() => Promise<void>)[];

beforeEach(async () => {
  home = mkdtempSync(join(tmpdir(), 'mulle-analyser-'));
  const config = loadConfig({ environment: {}, cwd: home, overrides: { home, internalToken: 'secret' } });
  control = await startControlServer('secret');
  role = { config, process: 'analyser', controlUrl: control.url, dataUrls: [] };
  opened = [];
});

afterEach(async () => {
  for (const close of opened.toReversed()) await close();
  await control.close();
  rmSync(home, { recursive: true });
});

async function openWriter(writer = 'data-0'): Promise<JournalWriter> {
  const dir = homeLayout(role.config.home).journal;
  mkdirSync(dir, { recursive: true });
  const made = await openJournalWriter({ dir, writer, onProblem: () => undefined });
  opened.push(() => made.close());
  return made;
}

async function open(): Promise<RunningChild> {
  const running = await startAnalyser(role);
  opened.push(() => running.stop());
  return running;
}

const rowsOf = (monitor: string): number =>
  control.windows.filter((window) => window.monitor === monitor).reduce((sum, { rows }) => sum + rows, 0);

test('a broken challenger is rolled back within five seconds of the evidence', async () => {
  const writer = await openWriter();
  control.manifest = manifestOf([]);
  control.releases.set('r1', canaryRelease('r1', nowMs()));
  await open();
  const traffic = new Traffic(seed, nowMs());
  const conclusion = (): string | undefined =>
    control.conclusions.find((one) => one.conclusion !== 'continue' && one.conclusion !== 'advance')?.conclusion;
  let lastWrittenAtMs = nowMs();
  for (let round = 0; round < 40 && conclusion() === undefined; round += 1) {
    const share = control.releases.get('r1')?.step === 0 ? 0.1 : 0.5;
    await writer.appendDurable(traffic.next(250, { releaseId: 'r1', share, broken: true }));
    lastWrittenAtMs = nowMs();
    await expect.poll(() => control.conclusions.length, { timeout }).toBeGreaterThan(0);
  }
  await expect.poll(conclusion, { timeout }).toBe('rollback');
  const rollback = control.conclusions.find((one) => one.conclusion === 'rollback');
  expect((rollback?.atMs ?? Infinity) - lastWrittenAtMs).toBeLessThan(5_000);
  expect(rollback?.readings.find(({ gate }) => gate.metric === 'log-loss')?.verdict).toBe('fail');
  expect(control.releases.get('r1')?.state).toBe('rolled-back');
});

test('an equal challenger goes from step to step and is promoted; readings are told on the way', async () => {
  const writer = await openWriter();
  control.manifest = manifestOf([]);
  control.releases.set('r1', canaryRelease('r1', nowMs()));
  await open();
  const traffic = new Traffic(seed, nowMs());
  await writer.appendDurable(traffic.next(200, { releaseId: 'r1', share: 0.1 }));
  await expect.poll(() => control.conclusions.at(-1)?.conclusion, { timeout }).toBe('continue');
  await writer.appendDurable(traffic.next(3_800, { releaseId: 'r1', share: 0.1 }));
  await expect.poll(() => control.releases.get('r1')?.step, { timeout }).toBe(1);
  await writer.appendDurable([...traffic.next(6_000, { releaseId: 'r1', share: 0.5 }), ...traffic.rest()]);
  await expect.poll(() => control.releases.get('r1')?.state, { timeout }).toBe('promoted');
  expect(control.conclusions.at(-1)?.readings.map(({ verdict }) => verdict)).toEqual(['pass', 'pass', 'pass']);
});

test('a bandit learns from outcomes, tells its shares, and knows what it knew after a restart', async () => {
  const writer = await openWriter();
  control.manifest = manifestOf([]);
  const { strategy: canary, ...release } = canaryRelease('r1', nowMs());
  if (canary.kind !== 'canary') throw new TypeError(canary.kind);
  const arms = [
    { name: 'incumbent', variant: canary.incumbent, weight: 0.5 },
    { name: 'challenger', variant: canary.challenger, weight: 0.5 },
  ];
  // The best answer is the one whose score is the lowest; the broken challenger's is one half throughout.
  const reward = {
    name: 'score',
    kind: 'mean',
    value: { decision: 'score' },
    direction: 'decrease',
    role: 'goal',
  } as const;
  const plan = { reward, algorithm: { kind: 'thompson' }, floor: 0.05, minSamples: 100 } as const;
  const strategy = { kind: 'bandit', arms, ...plan, maxSeconds: 600, whenInconclusive: 'pause' } as const;
  control.releases.set('r1', { ...release, strategy });
  const running = await open();
  await writer.appendDurable(new Traffic(seed, nowMs()).next(400, { releaseId: 'r1', share: 0.5, broken: true }));
  const told = () => control.conclusions.findLast(({ allocation }) => allocation !== undefined)?.allocation?.weights;
  await expect.poll(() => told()?.['incumbent'], { timeout }).toBeGreaterThan(0.9);
  const known = told();
  await running.stop();
  control.conclusions.splice(0);
  await open();
  await expect.poll(told, { timeout }).toEqual(known);
});

test('a release that control does not list yet is folded from its first decision, across a restart', async () => {
  const writer = await openWriter();
  control.manifest = manifestOf([]);
  const first = await open();
  await expect.poll(() => control.called.has('currentManifest'), { timeout }).toBe(true);
  const traffic = new Traffic(seed, nowMs());
  control.releases.set('r1', { ...canaryRelease('r1', nowMs()), state: 'paused' });
  await writer.appendDurable(traffic.next(300, { releaseId: 'r1' }));
  await expect.poll(() => control.called.has('getRelease'), { timeout }).toBe(true);
  await first.stop();
  await writer.appendDurable(traffic.next(300, { releaseId: 'r1' }));
  control.releases.set('r1', canaryRelease('r1', nowMs()));
  await open();
  const samples = (): number => {
    const reading = control.conclusions.at(-1)?.readings.find(({ gate }) => gate.metric === 'error-rate');
    return (reading?.challengerSamples ?? 0) + (reading?.incumbentSamples ?? 0);
  };
  await expect.poll(samples, { timeout }).toBe(600);
});

/** A stream whose distances are kilometres for a while. */
function stream(): NewEvent[] {
  const traffic = new Traffic(seed, Date.UTC(2026, 0, 1));
  return [
    ...traffic.next(2_400),
    ...traffic.next(1_400, { distanceFactor: 1.609, violations: ['distance'] }),
    ...traffic.next(1_200),
    ...traffic.rest(),
  ];
}

test('drift and violations name the column; watermarks follow the outcomes', async () => {
  const writer = await openWriter();
  control.manifest = manifestOf(allMonitors);
  await open();
  await writer.appendDurable(stream());
  await expect
    .poll(() => [rowsOf('inputs'), rowsOf('requests'), rowsOf('quality')], { timeout })
    .toEqual([5_000, 4_800, 4_800]);
  const drift = control.findings.filter(({ kind }) => kind === 'covariate-drift');
  expect(drift.map(({ subject, severity }) => [subject, severity])[0]).toEqual([
    'distance',
    expect.stringMatching(/warning|critical/),
  ]);
  expect(drift[0]?.window).toMatchObject({ fromMs: startMs + 2_501 * 60_000, rows: 500 });
  const requests = control.findings.filter(({ kind }) => kind === 'request-validation');
  expect(requests.map(({ subject }) => subject)).toEqual(['distance']);
  expect(control.findings.filter(({ kind }) => kind === 'quality')).toEqual([]);
  await expect
    .poll(() => control.watermarks.at(-1), { timeout })
    .toEqual({
      endpoint: endpointName,
      eventTimeMs: startMs + 5_000 * 60_000 + 90 * 60_000,
    });
});

test('KPIs that the project declares are measured and told', async () => {
  const writer = await openWriter();
  const late = { name: 'late', kind: 'rate' as const, value: { outcome: 'late' }, direction: 'decrease' as const };
  control.manifest = { ...manifestOf([]), kpis: [{ ...late, role: 'goal', endpoints: [endpointName] }] };
  await open();
  const events = stream();
  await writer.appendDurable(events);
  const last = () => control.kpis.at(-1);
  await expect.poll(() => last()?.total.n, { timeout }).toBe(5_000);
  const labels = events.flatMap(({ topic, value }) => (topic === 'outcomes' ? [value['values']] : []));
  const rate = labels.filter((values) => JSON.stringify(values) === '{"late":true}').length / labels.length;
  expect(last()).toMatchObject({ kpi: 'late', endpoint: endpointName, variant: 'm@1' });
  expect(last()?.total.value).toBeCloseTo(rate, 12);
});

/** The windows that come of `stream()` when nothing interrupts. */
async function uninterrupted(): Promise<MonitorWindow[]> {
  const writer = await openWriter();
  const running = await open();
  await writer.appendDurable(stream());
  await expect.poll(() => control.windows.length, { timeout }).toBe(10 + 12 + 16);
  await running.stop();
  const windows = byMonitor(control.windows.splice(0));
  control.findings.splice(0);
  const other = join(home, 'other');
  role = { ...role, config: { ...role.config, home: other } };
  return windows;
}

const byMonitor = (windows: MonitorWindow[]): MonitorWindow[] =>
  windows.toSorted((a, b) => a.monitor.localeCompare(b.monitor) || a.fromMs - b.fromMs || a.toMs - b.toMs);

test('stopped in the middle of windows and started again, the same windows come', async () => {
  control.manifest = manifestOf(allMonitors);
  const expected = await uninterrupted();
  const writer = await openWriter();
  const events = stream();
  for (let at = 0; at < events.length; at += 2_600) {
    const before = control.windows.length;
    const running = await open();
    await writer.appendDurable(events.slice(at, at + 2_600));
    await expect.poll(() => control.windows.length, { timeout }).toBeGreaterThan(before);
    await running.stop();
  }
  await open();
  await expect.poll(() => control.windows.length, { timeout }).toBe(expected.length);
  expect(byMonitor(control.windows)).toEqual(expected);
});

function superviseAnalyser(): SupervisedProcess {
  const module = join(import.meta.dirname, '../testing/work-entry.ts');
  const child = supervise({ name: 'analyser', module, args: ['role', 'analyser'], env: childEnvironment(role) });
  opened.push(() => child.stop(5_000));
  return child;
}

async function killNow(child: SupervisedProcess): Promise<void> {
  const { pid } = child;
  if (pid === undefined) return;
  process.kill(pid, 'SIGKILL');
  await expect.poll(() => child.pid, { timeout }).not.toBe(pid);
}

test('killed again and again, the same windows come, none twice', async () => {
  control.manifest = manifestOf(allMonitors);
  const expected = await uninterrupted();
  const writer = await openWriter();
  const events = stream();
  const child = superviseAnalyser();
  await child.ready;
  const parts = 4;
  const size = Math.ceil(events.length / parts);
  for (let part = 0; part < parts; part += 1) {
    const before = control.windows.length + control.repeated;
    await writer.appendDurable(events.slice(part * size, (part + 1) * size));
    // The first window of the part has been told: the others, the checkpoint after it and the rest are under way.
    await expect
      .poll(() => control.windows.length + control.repeated, { timeout, interval: 2 })
      .toBeGreaterThan(before);
    if (part < parts - 1) await killNow(child);
  }
  await expect.poll(() => control.windows.length, { timeout }).toBe(expected.length);
  await child.stop(5_000);
  expect(byMonitor(control.windows)).toEqual(expected);
});

test('with two writers and kills, each decision counts in one window', async () => {
  control.manifest = manifestOf(allMonitors.filter(({ kind }) => kind !== 'quality'));
  const writers = [await openWriter('data-0'), await openWriter('data-1')];
  const traffic = new Traffic(seed, Date.UTC(2026, 0, 1));
  const child = superviseAnalyser();
  await child.ready;
  for (let part = 0; part < 4; part += 1) {
    const events = Map.groupBy(traffic.next(500, { violations: ['distance'] }), (_, index) => index % 2);
    const before = control.windows.length;
    await Promise.all(writers.map((writer, index) => writer.appendDurable(events.get(index) ?? [])));
    await expect.poll(() => control.windows.length, { timeout, interval: 2 }).toBeGreaterThan(before);
    if (part < 2) await killNow(child);
  }
  await expect.poll(() => [rowsOf('inputs'), rowsOf('requests')], { timeout }).toEqual([2_000, 2_000]);
  expect(control.findings.filter(({ monitor }) => monitor === 'requests')).toHaveLength(1);
});

test('a damaged checkpoint is set aside and everything is folded again, from Parquet where it has gone there', async () => {
  control.manifest = manifestOf(allMonitors);
  const writer = await openWriter();
  const running = await open();
  await writer.appendDurable(stream());
  await expect.poll(() => control.windows.length, { timeout }).toBe(38);
  await running.stop();
  const compactor = new Compactor({ dir: homeLayout(home).journal, onProblem: () => undefined });
  await compactor.compactAll();
  await compactor.close();
  const folder = homeLayout(home).analyser;
  writeFileSync(join(folder, 'checkpoint.json'), '{"format":1}\n{"positions":{"data-0":999999');
  await open();
  await expect.poll(() => control.repeated, { timeout }).toBe(38);
  expect(control.windows).toHaveLength(38);
  expect(readdirSync(folder).some((name) => name.startsWith('checkpoint.json.corrupt-'))).toBe(true);
});

test('drift is read against what the version that answers was trained on, where its lineage names a sample', async () => {
  const blobs = await openBlobStore(homeLayout(home).blobs, { maximumBytes: 1_000_000 });
  const values = Array.from({ length: 1_000 }, (_, index) => 10_000 + index);
  const profile = { rows: 1_000, inputs: { distance: { kind: 'number', values, missing: 0 } }, features: {} };
  const { digest } = await blobs.put(Buffer.from(JSON.stringify(profile)));
  control.profiles.set('m@1', digest);
  control.manifest = manifestOf(allMonitors);
  const writer = await openWriter();
  await open();
  await writer.appendDurable(new Traffic(seed, nowMs()).next(500));
  const first = () => control.findings.find(({ monitor }) => monitor === 'inputs');
  await expect.poll(first, { timeout }).toMatchObject({
    subject: 'distance',
    severity: 'critical',
    statistics: { referenceVersion: 'm@1', reference: { n: 1_000, mean: 10_499.5 } },
  });
});

test('a window is told only when a checkpoint holds it', async () => {
  control.manifest = manifestOf(allMonitors);
  const writer = await openWriter();
  await open();
  // A file in the folder's place: no checkpoint can be written.
  writeFileSync(homeLayout(home).analyser, '');
  await writer.appendDurable(new Traffic(seed, Date.UTC(2026, 0, 1)).next(1_000));
  await expect.poll(() => control.watermarks.length, { timeout }).toBeGreaterThan(0);
  expect(control.windows).toEqual([]);
  rmSync(homeLayout(home).analyser);
  await expect
    .poll(() => [rowsOf('inputs'), rowsOf('requests'), rowsOf('quality')], { timeout })
    .toEqual([1_000, 800, 900]);
});

test('while control is away nothing is lost', async () => {
  control.manifest = manifestOf(allMonitors);
  control.releases.set('r1', canaryRelease('r1', nowMs()));
  control.down = true;
  const writer = await openWriter();
  await open();
  const traffic = new Traffic(seed, nowMs());
  await writer.appendDurable([...traffic.next(600), ...traffic.next(600, { releaseId: 'r1' })]);
  control.down = false;
  await expect.poll(() => [rowsOf('inputs'), rowsOf('requests')], { timeout }).toEqual([1_000, 1_200]);
  const reading = () => control.conclusions.at(-1)?.readings[0];
  await expect
    .poll(() => (reading()?.challengerSamples ?? 0) + (reading()?.incumbentSamples ?? 0), { timeout })
    .toBe(600);
});
