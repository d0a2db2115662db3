import { canonicalJson, Definitions, SnapshotLine, type AppliedManifest } from '@mulle/contract';
import { Value } from 'typebox/value';
import { expect, test, vi } from 'vitest';
import { accessMigrations, AccessService, AuditLog, type AccessTables, type Actor } from '#domains/access/index.ts';
import { activityMigrations, ActivityService, type ActivityTables } from '#domains/activity/index.ts';
import { exampleManifest } from '#domains/project/index.ts';
import { exampleModels, ReleaseService, releaseMigrations, type ReleaseTables } from '#domains/releases/index.ts';
import { sha256 } from '#kernel/ids.ts';
import { ruleMigrations, RulesService, type RuleTables } from '#domains/rules/index.ts';
import { describeOnEveryDatabase } from '#platform/database/contract-suite.ts';
import { testedWeightsStaleAfterMs } from './compile-snapshot.ts';
import { endpointMigrations, type EndpointTables } from './endpoint-tables.ts';
import { heartbeatMs, SnapshotPublisher, waitingLines } from './snapshot-publisher.ts';
import { SnapshotSource } from './snapshot-source.ts';

const kim: Actor = { name: 'kim', role: 'maintainer' };

describeOnEveryDatabase('the snapshot', (openDatabase) => {
  const open = async () => {
    const database = await openDatabase<EndpointTables & ReleaseTables & RuleTables & ActivityTables & AccessTables>([
      ...activityMigrations,
      ...accessMigrations,
      ...releaseMigrations,
      ...ruleMigrations,
      ...endpointMigrations,
    ]);
    const activity = new ActivityService(database);
    const audit = new AuditLog(database);
    const access = new AccessService({ database, audit, internalToken: 'token', host: '127.0.0.1' });
    const applied: AppliedManifest = {
      version: 1,
      digest: '',
      manifest: exampleManifest(),
      changes: [],
      actor: 'kim',
      createdAtMs: 0,
    };
    const manifest = () => applied;
    const models = exampleModels();
    const rules = new RulesService({ database, activity, audit, manifest });
    const releases = new ReleaseService({ database, activity, audit, models, rules, manifest });
    const source = new SnapshotSource({ manifest, releases, models, rules, access, onLoopback: true });
    const problems: unknown[] = [];
    const onProblem = (problem: unknown): void => void problems.push(problem);
    const publisher = new SnapshotPublisher({ database, source, onProblem });
    await publisher.start();
    const deploy = async (version: number, rest = {}) => {
      const release = await releases.deploy('delay', { model: 'delay', version, ...rest }, kim);
      await publisher.settled();
      return release;
    };
    const current = (): Definitions => {
      if (!publisher.definitions) throw new Error('There are no definitions.');
      return publisher.definitions;
    };
    /** Reads lines until one is a heartbeat. */
    const read = async (lines: AsyncGenerator<SnapshotLine>): Promise<SnapshotLine[]> => {
      const read: SnapshotLine[] = [];
      for (let next = await lines.next(); !next.done; next = await lines.next()) {
        read.push(next.value);
        if (next.value.kind === 'heartbeat') break;
      }
      return read;
    };
    return { database, applied, access, releases, publisher, source, problems, deploy, current, read };
  };
  const single = { policy: { kind: 'single' } } as const;

  test('an endpoint before anything was deployed: its features and no release', async () => {
    const { publisher, current } = await open();
    expect(Value.Check(Definitions, current())).toBe(true);
    const { version, digest, createdAtMs: _time, ...content } = current();
    expect([version, digest]).toEqual([1, sha256(canonicalJson(content))]);
    expect(content).toMatchObject({ authentication: false, keys: [], featureViews: [{ name: 'origin' }] });
    expect(content.endpoints).toMatchObject([
      { features: { eventTime: 'departure', references: [{ name: 'hour' }, {}] }, variants: [], release: null },
    ]);
    await publisher.close();
  });

  test('a canary: both variants, the strategy, and a dial that falls back to the incumbent', async () => {
    const { publisher, current, deploy, read, releases } = await open();
    await deploy(1);
    const { id } = await deploy(2);
    const [endpoint] = current().endpoints;
    expect(endpoint?.variants.map((variant) => variant.id)).toEqual(['delay@2', 'delay@1']);
    expect(endpoint?.release).toMatchObject({ id, strategy: { kind: 'canary' } });
    const lines = await read(publisher.open(new AbortController().signal));
    expect(lines.every((line) => Value.Check(SnapshotLine, line))).toBe(true);
    expect(lines.map(({ kind }) => kind)).toEqual(['definitions', 'dial', 'heartbeat']);
    const epoch = await releases.lastEpoch();
    expect(lines[1]).toMatchObject({
      dial: { subject: id, epoch, value: { incumbent: 0.9, challenger: 0.1 }, safe: { incumbent: 1, challenger: 0 } },
    });
    expect(lines[1]).toMatchObject({ dial: { staleAfterMs: testedWeightsStaleAfterMs } });
    expect(lines[2]).toMatchObject({ epoch, definitionsVersion: current().version });
    await publisher.close();
  });

  test('a step moves a dial only; a promotion leaves one variant that never goes stale', async () => {
    const { publisher, current, deploy, releases, read } = await open();
    await deploy(1);
    const { id } = await deploy(2);
    const { version } = current();
    const lines = publisher.open(new AbortController().signal);
    await read(lines);
    const conclude = (step: number, conclusion: 'advance' | 'promote') =>
      releases.conclude(id, { step, conclusion, readings: [], reason: { en: '', ko: '' } });
    await conclude(0, 'advance');
    await publisher.settled();
    expect((await lines.next()).value).toMatchObject({ kind: 'dial', dial: { value: { challenger: 0.5 } } });
    expect(current().version).toBe(version);
    await conclude(1, 'promote');
    await publisher.settled();
    const [definitions, dial] = [await lines.next(), await lines.next()];
    expect(definitions.value).toMatchObject({ kind: 'definitions', definitions: { version: version + 1 } });
    expect(current().endpoints[0]?.release).toMatchObject({
      id,
      strategy: { kind: 'single', variant: { version: 2 } },
    });
    expect(dial.value).toMatchObject({ dial: { value: { only: 1 }, safe: { only: 1 }, staleAfterMs: 0 } });
    await publisher.close();
  });

  test('a challenger taken back leaves the incumbent’s own release', async () => {
    const { publisher, current, deploy, releases } = await open();
    const first = await deploy(1);
    await deploy(2);
    await releases.rollbackEndpoint('delay', 'bad', kim);
    await publisher.settled();
    expect(current().endpoints[0]).toMatchObject({ release: { id: first.id }, variants: [{ id: 'delay@1' }] });
    await publisher.close();
  });

  test('the last three released versions can be pinned, unless they need what is computed no more', async () => {
    const { publisher, current, deploy, applied, database } = await open();
    for (const version of [1, 2, 3, 4, 5]) await deploy(version, single);
    const ids = () => current().endpoints[0]?.variants.map((variant) => variant.id);
    expect(ids()).toEqual(['delay@5', 'delay@4', 'delay@3']);
    const features = applied.manifest.featureServices[0]?.features.slice(0, 1) ?? [];
    const manifest = { ...applied.manifest, featureServices: [{ ...exampleManifest().featureServices[0], features }] };
    Object.assign(applied, { version: 2, manifest });
    await database.transaction(async () => undefined);
    await publisher.settled();
    expect(ids()).toEqual([]);
    await publisher.close();
  });

  test('keys are in it as soon as they are made; then callers need one', async () => {
    const { publisher, current, access } = await open();
    const { id, key } = await access.createKey({ name: 'kim', role: 'owner' }, { name: 'first', role: 'owner' });
    await publisher.settled();
    expect(current()).toMatchObject({ authentication: true, keys: [{ id, secretSha256: sha256(key) }] });
    await publisher.close();
  });

  test('versions grow over restarts, and stay where nothing has changed', async () => {
    const first = await open();
    await first.deploy(1);
    const { version, digest } = first.current();
    await first.publisher.close();
    const { publisher, current, deploy } = await open();
    expect(current()).toMatchObject({ version, digest });
    await deploy(2, single);
    expect(current().version).toBe(version + 1);
    await publisher.close();
  });

  test('a reader that is too slow, or gone, is cut off; others go on', async () => {
    vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] });
    const { publisher, read } = await open();
    const slow = publisher.open(new AbortController().signal);
    const leaving = new AbortController();
    const left = publisher.open(leaving.signal);
    await Promise.all([read(slow), read(left)]);
    vi.advanceTimersByTime(heartbeatMs);
    expect((await left.next()).value).toMatchObject({ kind: 'heartbeat' });
    const waiting = left.next();
    leaving.abort();
    expect((await waiting).done).toBe(true);
    vi.advanceTimersByTime(heartbeatMs * (waitingLines + 1));
    expect((await slow.next()).done).toBe(true);
    const again = publisher.open(new AbortController().signal);
    expect((await read(again)).map(({ kind }) => kind)).toEqual(['definitions', 'heartbeat']);
    await publisher.close();
    expect((await again.next()).done).toBe(true);
    vi.useRealTimers();
  });

  test('while it cannot be compiled nothing vouches for it; then it is made up for', async () => {
    vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] });
    const { publisher, source, problems, read, deploy, current } = await open();
    const lines = publisher.open(new AbortController().signal);
    await read(lines);
    const failing = vi.spyOn(source, 'fingerprint').mockRejectedValue(new Error('away'));
    await deploy(1);
    vi.advanceTimersByTime(heartbeatMs);
    await publisher.settled();
    expect(problems.length).toBeGreaterThan(0);
    failing.mockRestore();
    vi.advanceTimersByTime(heartbeatMs);
    await publisher.settled();
    expect((await lines.next()).value).toMatchObject({ kind: 'definitions', definitions: { version: 2 } });
    expect(current().endpoints[0]?.release).not.toBeNull();
    await publisher.close();
    vi.useRealTimers();
  });
});
