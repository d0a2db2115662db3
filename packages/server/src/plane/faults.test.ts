import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { monotonicMs } from '#kernel/clock.ts';
import { logistic, logisticModel } from './testing/onnx-fixture.ts';
import { eventually, numberEndpoint, PlaneFixture, SnapshotPublisher } from './testing/plane-fixture.ts';

const predict = '/v1/endpoints/e/predict';
const weights = [1, -1];
let plane: PlaneFixture;
let digest: string;

beforeEach(async () => {
  plane = await PlaneFixture.create();
  digest = await plane.putBlob(logisticModel(weights, 0));
});
afterEach(() => plane.remove());

async function hostPid(): Promise<number> {
  return (await plane.status()).endpoints[0]?.hosts[0]?.pid ?? 0;
}

test('SIGKILL of the only host under load: every request is answered by the variant', async () => {
  const version = plane.publisher.define({ endpoints: [numberEndpoint(2, [{ version: 1, digest }])] });
  await plane.start();
  await plane.serves(version);
  const victims = new Set<number>();
  let isOver = false;
  const loop = async (): Promise<number[]> => {
    const statuses: number[] = [];
    while (!isOver) {
      const row = [statuses.length % 7, statuses.length % 5];
      const { status, json } = await plane.post(predict, { input: { f0: row[0], f1: row[1] } });
      statuses.push(status);
      expect((json as { score: number }).score).toBeCloseTo(logistic(weights, 0, row), 5);
    }
    return statuses;
  };
  const loops = Array.from({ length: 16 }, loop);
  for (let kill = 0; kill < 2; kill++) {
    const pid = await hostPid();
    victims.add(pid);
    process.kill(pid, 'SIGKILL');
    await eventually(async () => {
      const next = (await plane.status()).endpoints[0]?.hosts[0];
      return next?.state === 'ready' && next.pid !== pid;
    });
  }
  isOver = true;
  const statuses = (await Promise.all(loops)).flat();
  expect(new Set(statuses)).toEqual(new Set([200]));
  expect(victims.size).toBe(2);

  await plane.stop();
  const activity = await plane.events('activity');
  const exits = activity.filter(({ type }) => type === 'host-exited');
  const restarts = activity.filter(({ type }) => type === 'host-restarted');
  expect(exits.map(({ value }) => value['pid'])).toEqual([...victims]);
  expect(exits[0]).toMatchObject({ key: 'm@1', value: { endpoint: 'e', signal: 'SIGKILL' } });
  expect(restarts.map(({ causeId }) => causeId)).toEqual(exits.map(({ id }) => id));
});

test('a host that stalls: callers get their fallback in time, and the guard stops asking', async () => {
  const fallback = [
    { kind: 'stale' as const, maxAge: '1h' },
    { kind: 'default' as const, score: 0.125 },
  ];
  const endpoint = numberEndpoint(2, [{ version: 1, digest }], { timeout: '150ms', fallback });
  const version = plane.publisher.define({ endpoints: [endpoint] });
  await plane.start();
  await plane.serves(version);
  const known = await plane.post(predict, { input: { f0: 1, f1: 2 } });
  process.kill(await hostPid(), 'SIGSTOP');
  const startedMs = monotonicMs();
  const stale = await plane.post(predict, { input: { f0: 1, f1: 2 } });
  expect(monotonicMs() - startedMs).toBeLessThan(1_000);
  expect(stale.headers.get('x-mulle-source')).toBe('fallback:stale');
  expect(Number(stale.headers.get('x-mulle-age-ms'))).toBeGreaterThan(0);
  expect(stale.json).toMatchObject({ score: (known.json as { score: number }).score });
  const unknown = await plane.post(predict, { input: { f0: 3, f1: 2 } });
  expect(unknown.json).toMatchObject({ score: 0.125, metadata: { source: 'fallback:default', model_version: null } });

  for (let request = 0; request < 4; request++) await plane.post(predict, { input: { f0: 9, f1: request } });
  expect((await plane.status()).endpoints[0]?.guarded).toHaveProperty('m@1');
  const heldMs = monotonicMs();
  await plane.post(predict, { input: { f0: 9, f1: 9 } });
  expect(monotonicMs() - heldMs).toBeLessThan(150);

  process.kill(await hostPid(), 'SIGKILL');
  await eventually(async () => {
    const { headers } = await plane.post(predict, { input: { f0: 5, f1: 5 } });
    return headers.get('x-mulle-source') === 'variant';
  });
  expect((await plane.status()).endpoints[0]?.guarded).toEqual({});
});

test('without control: goes on, and starts again from disk', async () => {
  const version = plane.publisher.define({ endpoints: [numberEndpoint(2, [{ version: 1, digest }])] });
  await plane.start();
  await plane.serves(version);
  await eventually(async () => (await readdir(join(plane.folder, 'data-0'))).includes('definitions.json'));
  await plane.publisher.close();
  await eventually(async () => !(await plane.status()).controlConnected);
  expect((await plane.post(predict, { input: { f0: 1, f1: 0 } })).status).toBe(200);
  await plane.stop();
  await plane.start();
  const { status, headers } = await plane.post(predict, { input: { f0: 1, f1: 0 } });
  expect({ status, version: headers.get('x-model-version') }).toEqual({ status: 200, version: '1' });

  const { port } = new URL(plane.publisher.url);
  const back = await SnapshotPublisher.start(Number(port));
  back.define({ endpoints: [] });
  const next = back.define({ endpoints: [numberEndpoint(2, [{ version: 7, digest }])] });
  await plane.serves(next);
  expect((await plane.post(predict, { input: { f0: 1, f1: 0 } })).headers.get('x-model-version')).toBe('7');
  await back.close();
});

test.each([
  ['cut off', (text: string) => text.slice(0, text.length / 2)],
  ['changed in one place', (text: string) => text.replace('"5s"', '"6s"')],
])('a snapshot file that is %s is set aside; control sends a new one', async (_, damage) => {
  const version = plane.publisher.define({ endpoints: [numberEndpoint(2, [{ version: 1, digest }])] });
  await plane.start();
  await plane.serves(version);
  const folder = join(plane.folder, 'data-0');
  await plane.stop();
  const path = join(folder, 'definitions.json');
  await writeFile(path, damage(await readFile(path, 'utf8')));
  await plane.start();
  await plane.serves(version);
  expect((await plane.post(predict, { input: { f0: 1, f1: 0 } })).status).toBe(200);
  expect(plane.logged.join('\n')).toMatch(/definitions\.json is damaged.*set aside/);
  expect((await readdir(folder)).some((name) => /^definitions\.json\.corrupt-\d+$/.test(name))).toBe(true);
});

test('definitions that were tampered with on their way are not served', async () => {
  const version = plane.publisher.define({ endpoints: [numberEndpoint(2, [{ version: 1, digest }])] });
  await plane.start();
  await plane.serves(version);
  plane.publisher.sendText(
    `${JSON.stringify({ kind: 'definitions', definitions: { version: 9, digest: '0'.repeat(64), createdAtMs: 0, authentication: false, keys: [], featureViews: [], endpoints: [] } })}\n`,
  );
  await eventually(() => Promise.resolve(/digest of definitions 9/.test(plane.logged.join('\n'))));
  expect((await plane.post(predict, { input: { f0: 1, f1: 0 } })).status).toBe(200);
});

test('a model of another width does not take the role down, and says why', async () => {
  const fallback = [{ kind: 'default' as const, score: 0.5 }];
  const version = plane.publisher.define({ endpoints: [numberEndpoint(3, [{ version: 1, digest }], { fallback })] });
  await plane.start();
  await plane.serves(version);
  const { json } = await plane.post(predict, { input: { f0: 1, f1: 2, f2: 3 } });
  expect(json).toMatchObject({ score: 0.5, metadata: { source: 'fallback:default' } });
  expect((await plane.status()).endpoints[0]?.guarded['m@1']).toMatch(/takes 2 columns.*names 3/);
});
