import { execFileSync } from 'node:child_process';
import { closeSync, cpSync, mkdirSync, openSync, rmSync, writeFileSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { env, getuid, stderr } from 'node:process';
import { fileURLToPath } from 'node:url';
import { defineProject } from '@mulle/client';
import type { EndpointDefinition, Manifest } from '@mulle/contract';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { logistic, logisticModel } from '../../packages/server/src/plane/testing/onnx-fixture.ts';
import { eventually } from '../platform/eventually.ts';
import { seeded } from '../platform/readings.ts';
import { exported } from '../platform/records.ts';
import { Sandbox, type Platform } from '../platform/sandbox.ts';
import { makersPython } from './makers-python.ts';

// A model that dies, hangs, leaks, raises and gives nonsense, in an order drawn by a seed, beside one that is well: every
// request is answered and says by whom, the one that is well answers all of its own, the host comes back.

const seed = 77;
const patienceMs = 300_000;
vi.setConfig({ testTimeout: patienceMs, hookTimeout: patienceMs });
const sandbox = new Sandbox();
const hostsFolder = join(sandbox.home, 'hosts');
const models = join(sandbox.folder, 'models');
const fallbackScore = -1;
const weights = [1, -1];
let platform: Platform;

function endpoint(name: string, inputs: readonly string[], more: Partial<EndpointDefinition> = {}): EndpointDefinition {
  return {
    name,
    inputs: inputs.map((field) => ({ name: field, type: 'number' })),
    policy: { kind: 'single' },
    fallback: [{ kind: 'default', score: fallbackScore }],
    timeout: '1s',
    ...more,
  };
}

const project: Manifest = {
  ...defineProject({ name: 'faults' }),
  endpoints: [
    endpoint('faulty', ['fault', 'value'], { hostLimits: { memoryMb: 512 } }),
    endpoint('well', ['a', 'b']),
    endpoint('later', ['fault', 'value']),
  ],
};

/** A small file system for what hosts need, where one can be mounted; root in CI must be able to. */
function mounted(): boolean {
  mkdirSync(hostsFolder, { recursive: true });
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=400m', 'tmpfs', hostsFolder], { stdio: 'pipe' });
    return true;
  } catch (cause) {
    if (env['CI'] === 'true' && getuid?.() === 0) throw new Error('No tmpfs can be mounted here.', { cause });
    return false;
  }
}

const isMounted = mounted();

beforeAll(async () => {
  const python = await makersPython();
  const script = fileURLToPath(new URL('./make_faulty_model.py', import.meta.url));
  const version = (name: string): string =>
    execFileSync(python, ['-c', `import ${name}; print(${name}.__version__)`], { encoding: 'utf8' }).trim();
  mkdirSync(models);
  execFileSync(python, [script, join(models, 'faulty'), version('numpy'), version('cloudpickle')]);
  cpSync(join(models, 'faulty'), join(models, 'later'), { recursive: true });
  writeFileSync(join(models, 'later', 'extra.bin'), Buffer.alloc(65_536, 1));
  writeFileSync(join(models, 'well.onnx'), logisticModel(weights, 0));
  platform = await sandbox.up();
  await platform.control.call('applyManifest', { body: project });
  for (const [name, ...options] of [['faulty'], ['well.onnx', '--features', 'a,b'], ['later']] as const) {
    const model = name.replace('.onnx', '');
    expect(await platform.mulle('register', model, join(models, name), ...options)).toMatchObject({ code: 0 });
    if (model !== 'later') expect(await platform.mulle('deploy', `${model}@1`)).toMatchObject({ code: 0 });
  }
  await answers('well');
  await answers('faulty');
});
afterAll(async () => {
  for (const { pid } of sandbox.processes()) process.kill(pid, 'SIGKILL');
  await sandbox.nothingRuns(10_000);
  if (isMounted) execFileSync('umount', [hostsFolder]);
  await sandbox.remove();
});

interface Answer {
  score: number;
  source: string;
}

async function ask(name: string, input: Record<string, number>): Promise<Answer> {
  const { score, metadata } = await platform.inference.predict(name, input);
  return { score, source: metadata.source };
}

/** A request of the model that misbehaves, answered by it or marked as not. */
async function askFaulty(fault: number, value: number): Promise<string> {
  const { score, source } = await ask('faulty', { fault, value });
  expect(source === 'variant' ? value / 2 : fallbackScore).toBe(score);
  expect(['variant', 'fallback:default']).toContain(source);
  return source;
}

/** Waits until a model answers itself. */
function answers(name: 'well' | 'faulty' | 'later'): Promise<unknown> {
  const input: Record<string, number> = name === 'well' ? { a: 1, b: 2 } : { fault: 0, value: 4 };
  const source = (): Promise<string> => ask(name, input).then((answer) => answer.source, String);
  return eventually(`${name} answers`, source, (told) => told === 'variant', patienceMs);
}

function hostPid(): number {
  return sandbox.processes().find(({ command }) => command.includes('host.py') && command.includes('python'))?.pid ?? 0;
}

/** Calls the model that is well until told to stop; its latencies in ms. */
async function wellTraffic(random: () => number, isOver: () => boolean): Promise<number[]> {
  const latencies: number[] = [];
  while (!isOver()) {
    const a = random();
    const b = random();
    const startedMs = performance.now();
    const { score, source } = await ask('well', { a, b });
    latencies.push(performance.now() - startedMs);
    expect(source).toBe('variant');
    expect(score).toBeCloseTo(logistic(weights, 0, [a, b]), 6);
  }
  return latencies;
}

const p99 = (latencies: readonly number[]): number =>
  latencies.toSorted((a, b) => a - b)[Math.floor(0.99 * latencies.length)] ?? Number.NaN;

const faults: Record<string, () => Promise<unknown>> = {
  'a crash of the process': () => askFaulty(1, 2),
  'SIGKILL from outside': () => {
    process.kill(hostPid(), 'SIGKILL');
    return askFaulty(0, 2);
  },
  'SIGSTOP from outside': () => {
    process.kill(hostPid(), 'SIGSTOP');
    return askFaulty(0, 2);
  },
  'a hang': () => askFaulty(2, 2),
  'a leak to the limit': async () => {
    const pid = hostPid();
    for (let call = 0; call < 40 && hostPid() === pid; call++) await askFaulty(3, 2);
    expect(hostPid()).not.toBe(pid);
  },
  'a storm of NaN': async () => {
    const sources = await Promise.all(Array.from({ length: 20 }, () => askFaulty(4, 2)));
    expect(new Set(sources)).toEqual(new Set(['fallback:default']));
  },
  'answers of another shape': async () => expect(await askFaulty(5, 2)).toBe('fallback:default'),
  'slow by a hundred times': () => Promise.all(Array.from({ length: 4 }, (_, value) => askFaulty(6, value))),
  'a poisoned input': async () => expect(await askFaulty(7, 2)).toBe('fallback:default'),
};

test(`each fault beside requests that are well (seed ${seed}): all answered, the host back, the neighbour untouched`, async () => {
  const random = seeded(seed);
  let calls = 0;
  const before = await wellTraffic(random, () => calls++ >= 400);
  const order = Object.entries(faults)
    .map((fault) => ({ fault, at: random() }))
    .toSorted((a, b) => a.at - b.at);
  let isOver = false;
  const neighbour = wellTraffic(random, () => isOver);
  const backMs: Record<string, number> = {};
  for (const { fault } of order) {
    const [name, cause] = fault;
    const startedMs = performance.now();
    const innocent = Array.from({ length: 8 }, (_, value) => askFaulty(0, value));
    await Promise.all([cause(), ...innocent]);
    await answers('faulty');
    backMs[name] = Math.round(performance.now() - startedMs);
  }
  isOver = true;
  const during = await neighbour;
  stderr.write(`back after, ms: ${JSON.stringify(backMs)}\n`);
  stderr.write(
    `p99 of the model that is well: ${p99(before).toFixed(1)} ms before, ${p99(during).toFixed(1)} ms beside faults\n`,
  );

  const told = await eventually(
    'exits and returns are on record',
    () => exported(platform),
    (events) => events.filter(({ type }) => type === 'host-restarted').length >= 5,
  );
  const reasons = told.flatMap(({ type, value }) => (type === 'host-exited' ? [value['reason']] : []));
  expect(reasons).toContainEqual(expect.stringMatching(/hangs: a batch is in hand/));
  expect(reasons).toContainEqual(expect.stringMatching(/stopped by a signal/));
});

describe.skipIf(!isMounted)('a disk that fills while a model is loaded', () => {
  test('its callers get their fallback and the reason; with space it loads', async () => {
    const filler = join(hostsFolder, 'filler');
    const file = openSync(filler, 'w');
    for (const size of [1_048_576, 4_096, 1]) {
      try {
        for (;;) writeSync(file, Buffer.alloc(size, 1));
      } catch (error) {
        if (!(error instanceof Error && 'code' in error && error.code === 'ENOSPC')) throw error;
      }
    }
    closeSync(file);
    expect(await platform.mulle('deploy', 'later@1')).toMatchObject({ code: 0 });
    const load = (): Promise<Response> =>
      fetch(`${platform.dataUrl}/v2/repository/models/later/load`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: '{}',
      });
    const told = await eventually(
      'the reason is told',
      async () => (await load()).text(),
      (text) => text.includes('do not fit on the disk'),
    );
    expect(told).toMatch(/unavailable.*Free some space/);
    expect(await ask('later', { fault: 0, value: 4 })).toEqual({ score: fallbackScore, source: 'fallback:default' });
    rmSync(filler);
    expect((await load()).status).toBe(200);
    expect(await ask('later', { fault: 0, value: 4 })).toEqual({ score: 2, source: 'variant' });
    await answers('well');
  });
});
