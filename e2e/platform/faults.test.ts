import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { eventually } from './eventually.ts';
import { historyStartMs, writeHistory } from './readings.ts';
import { causes, endOfRun, exported, outputs, runPipeline } from './records.ts';
import { Sandbox, type Platform } from './sandbox.ts';
import { Traffic } from './traffic.ts';

// One installation on one home, hurt again and again; each test leaves it whole.

const patienceMs = 200_000;
vi.setConfig({ testTimeout: 2 * patienceMs, hookTimeout: patienceMs });
const projectFile = fileURLToPath(new URL('./project/mulle.config.ts', import.meta.url));
const sandbox = new Sandbox();
const tells: Traffic[] = [];
let platform: Platform;

beforeAll(async () => {
  writeHistory(sandbox.project);
  platform = await sandbox.up();
  expect(await platform.mulle('apply', '-f', projectFile)).toMatchObject({ code: 0 });
  await runPipeline(platform, 'first-model');
  await answered('1');
});
afterAll(async () => {
  for (const traffic of tells) await traffic.stop();
  await sandbox.remove();
});

/** Traffic that is stopped whatever becomes of the test. */
function traffic(options: { seed: number; tells: boolean }): Traffic {
  const made = new Traffic(platform, options);
  tells.push(made);
  return made;
}

/** Waits until this version answers a caller. */
function answered(version: string): Promise<unknown> {
  const ask = async (): Promise<string> => {
    try {
      const input = { at: new Date(historyStartMs).toISOString(), line: 'A', load: 0 };
      const { metadata } = await platform.inference.predict('stops', input);
      return `${metadata.source} ${metadata.model_version}`;
    } catch (error) {
      return String(error);
    }
  };
  return eventually(`version ${version} answers`, ask, (source) => source === `variant ${version}`, 30_000);
}

/** A further version of the model's own artifact, as any client could register it. */
async function registerAgain(): Promise<number> {
  const { latest } = await platform.control.call('getModel', { params: { model: 'stops' } });
  if (latest === null) throw new Error('There is no version.');
  const { artifact, features, metrics, lineage } = latest;
  const made = await platform.control.call('createModelVersion', {
    params: { model: 'stops' },
    body: { artifactDigest: artifact.digest, features, metrics, lineage },
  });
  return made.version;
}

function kill(role: string): number {
  const pid = sandbox.pidOf(role);
  process.kill(pid, 'SIGKILL');
  return pid;
}

function isBack(role: string, pid: number): Promise<unknown> {
  const running = (): string[] => sandbox.processes().map((one) => `${one.pid} ${one.command}`);
  const fits = (all: string[]): boolean =>
    all.some((one) => one.endsWith(` role ${role}`)) && !all.some((one) => one.startsWith(`${pid} `));
  return eventually(`${role} is back`, running, fits);
}

test('SIGKILL of a model host: no request fails, the host is back, exit and return are on record', async () => {
  const callers = traffic({ seed: 21, tells: false });
  callers.start();
  await eventually(
    'traffic flows',
    () => callers.answered,
    (count) => count > 50,
  );
  const pid = kill('host');
  await eventually(
    'another host',
    () => sandbox.processes().filter(({ command }) => /onnx-host/.test(command)),
    (hosts) => hosts.some((host) => host.pid !== pid),
  );
  const before = callers.bySource['variant'] ?? 0;
  await eventually(
    'the variant answers',
    () => callers.bySource['variant'] ?? 0,
    (count) => count > before + 50,
  );
  await callers.stop();
  expect(callers.failures).toEqual([]);
  const events = await eventually(
    'the return is on record',
    () => exported(platform),
    (all) => all.some(({ type }) => type === 'host-restarted'),
  );
  const back = events.find(({ type }) => type === 'host-restarted');
  expect(causes(events, back)).toEqual(['host-exited', 'host-restarted']);
  expect(events.find(({ id }) => id === back?.causeId)).toMatchObject({ value: { pid } });
  const { items } = await eventually(
    'control has taken it in',
    () => platform.control.call('listActivity', { query: { type: 'host-restarted' } }),
    ({ items: taken }) => taken.length > 0,
  );
  expect(items).toMatchObject([{ id: back?.id, causeId: back?.causeId }]);
});

test('SIGKILL of control: predictions go on, control returns, a deploy works', async () => {
  const callers = traffic({ seed: 22, tells: true });
  callers.start();
  await eventually(
    'traffic flows',
    () => callers.answered,
    (count) => count > 20,
  );
  const pid = kill('control');
  const atKill = callers.answered;
  await isBack('control', pid);
  await eventually(
    'control answers',
    () =>
      platform.control.call('health', {}).then(
        () => true,
        () => false,
      ),
    Boolean,
  );
  expect(callers.answered).toBeGreaterThan(atKill);
  const version = await registerAgain();
  expect(await platform.mulle('deploy', `stops@${version}`, '--at-once')).toMatchObject({ code: 0 });
  await answered(String(version));
  await callers.stop();
  expect(callers.failures).toEqual([]);
  expect(Object.keys(callers.bySource)).toEqual(['variant']);
});

test('SIGKILL of data while control stands still: it is back from disk with the same definitions', async () => {
  const before = await platform.control.call('getEndpoint', { params: { name: 'stops' } });
  const metric = async (): Promise<string | undefined> =>
    /^mulle_definitions_version\S* (\d+)$/m.exec(await (await fetch(`${platform.dataUrl}/metrics`)).text())?.[1];
  const definitions = await metric();
  expect(definitions).toBeDefined();
  const control = sandbox.pidOf('control');
  process.kill(control, 'SIGSTOP');
  try {
    const pid = kill('data');
    await isBack('data', pid);
    await answered(before.incumbent?.split('@')[1] ?? '');
    expect(await metric()).toBe(definitions);
  } finally {
    process.kill(control, 'SIGCONT');
  }
  const status = async () =>
    (await platform.control.call('getEndpointStatus', { params: { name: 'stops' } })).processes;
  await eventually('data is connected again', status, ([data]) => data?.controlConnected === true);
});

test('SIGKILL of work in the middle of a training: its lease is taken again and the run succeeds', async () => {
  const { id } = await platform.control.call('startPipeline', { params: { name: 'long-training' }, body: {} });
  const read = () => platform.control.call('getPipelineRun', { params: { id } });
  await eventually(
    'the training is on its way',
    read,
    (run) => (run.tasks.find(({ name }) => name === 'train')?.progress ?? 0) > 0,
    patienceMs,
  );
  const pid = kill('work');
  await eventually(
    'children of work ended with it',
    () => sandbox.processes().filter(({ command }) => command.endsWith(' role task')),
    (tasks) => tasks.length === 0,
    2_000,
  );
  await isBack('work', pid);
  const run = await endOfRun(platform, id, patienceMs);
  expect(run.tasks.find(({ name }) => name === 'train')).toMatchObject({ attempt: 2 });
  const { items } = await platform.control.call('getPipelineLogs', { params: { id }, query: { task: 'train' } });
  expect(items.map(({ message }) => message)).toContainEqual(expect.stringMatching(/went silent/));
  expect(outputs(run, 'train')['model']).toMatch(/^[0-9a-f]{64}$/);
});

test.each([
  ['the supervisor alone', (): unknown => process.kill(platform.program.pid, 'SIGKILL')],
  ['the whole tree', (): unknown => sandbox.processes().map(({ pid }) => process.kill(pid, 'SIGKILL'))],
])(
  'SIGKILL of %s: no role lives on, and all that was acknowledged is there after the next start',
  async (_, killAll) => {
    const callers = traffic({ seed: 23, tells: true });
    callers.start();
    await eventually(
      'outcomes are told',
      () => callers.recorded.length,
      (count) => count > 50,
    );
    const version = await registerAgain();
    const deployed = await platform.control.call('deploy', {
      params: { name: 'stops' },
      body: { model: 'stops', version, policy: { kind: 'single' } },
    });
    killAll();
    await sandbox.nothingRuns(2_000);
    await callers.stop();

    platform = await sandbox.up();
    await answered(String(version));
    expect(await platform.control.call('getRelease', { params: { id: deployed.id } })).toMatchObject({
      state: 'promoted',
    });
    expect(await platform.control.call('getModel', { params: { model: 'stops' } })).toMatchObject({
      latest: { version },
    });
    expect(await platform.control.call('verifyAudit', {})).toMatchObject({ ok: true });
    const events = await exported(platform);
    const outcomes = events.flatMap(({ topic, value }) => (topic === 'outcomes' ? [value['decisionId']] : []));
    expect(new Set(outcomes).size).toBe(outcomes.length);
    expect(callers.recorded.filter((id) => !outcomes.includes(id))).toEqual([]);
    const places = events.map(({ writer, offset }) => `${writer}/${offset}`);
    expect(new Set(places).size).toBe(places.length);
    const activity = events.filter(({ topic }) => topic === 'activity').map(({ id }) => id);
    expect(new Set(activity).size).toBe(activity.length);
  },
);

test('after all of it: SIGTERM ends with 0', async () => {
  expect(await platform.stop()).toBe(0);
  expect(sandbox.processes()).toEqual([]);
});
