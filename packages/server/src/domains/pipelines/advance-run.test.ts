import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  advanceRun,
  hasEnded,
  maximumBackoffMs,
  newRun,
  silentLossesForgiven,
  type RunProgress,
  type RunStep,
  type TaskPlan,
} from './advance-run.ts';

const task = (name: string, dependsOn: string[] = [], retries = 0): TaskPlan => ({
  name,
  dependsOn,
  retries,
  backoffMs: 1_000,
});
/** a → b, c → d; e stands alone. */
const diamond = [task('a'), task('b', ['a'], 2), task('c', ['a']), task('d', ['b', 'c']), task('e')];

const states = (run: RunProgress): Record<string, string> =>
  Object.fromEntries(run.tasks.map(({ name, state }) => [name, state]));
const play = (plan: readonly TaskPlan[], steps: readonly RunStep[], from = newRun(plan)): RunProgress =>
  steps.reduce((run, step, index) => advanceRun(plan, run, step, index), from);
const begin: RunStep = { kind: 'begin' };
const lease = (name: string): RunStep => ({ kind: 'lease', task: name });
const succeed = (name: string): RunStep => ({ kind: 'succeed', task: name, outputs: { of: name }, cached: false });
const fail = (name: string, retryable = true): RunStep => ({
  kind: 'fail',
  task: name,
  error: { code: 'internal', message: 'broken' },
  retryable,
});
const lose = (name: string): RunStep => ({ kind: 'lose', task: name });

test('begins with what depends on nothing', () => {
  expect(states(play(diamond, [begin]))).toEqual({ a: 'ready', b: 'waiting', c: 'waiting', d: 'waiting', e: 'ready' });
});

test('all succeed: the run succeeds', () => {
  const steps = ['a', 'b', 'c', 'd', 'e'].flatMap((name) => [lease(name), succeed(name)]);
  expect(play(diamond, [begin, ...steps])).toMatchObject({ state: 'succeeded', endedAtMs: 10 });
});

test('a failure skips what depends on it, all else runs to its end, then the run has failed', () => {
  const failed = play(diamond, [begin, lease('a'), succeed('a'), lease('c'), fail('c')]);
  expect(states(failed)).toEqual({ a: 'succeeded', b: 'ready', c: 'failed', d: 'skipped', e: 'ready' });
  expect(failed.state).toBe('running');
  const done = play(diamond, [lease('b'), succeed('b'), lease('e'), succeed('e')], failed);
  expect(done.state).toBe('failed');
});

test('retries with doubling backoff, and no further than told', () => {
  const plan = [task('x', [], 2)];
  let run = play(plan, [begin]);
  const waits: number[] = [];
  for (let attempt = 0; attempt < 3; attempt++) {
    run = advanceRun(plan, run, lease('x'), 0);
    run = advanceRun(plan, run, fail('x'), 0);
    if (run.tasks[0]?.state === 'ready') waits.push(run.tasks[0].readyAtMs);
  }
  expect(waits).toEqual([1_000, 2_000]);
  expect(run).toMatchObject({ state: 'failed', tasks: [{ attempt: 3, error: { code: 'internal' } }] });
  const patient = [{ ...task('x', [], 10), backoffMs: maximumBackoffMs }];
  expect(play(patient, [begin, lease('x'), fail('x'), lease('x'), fail('x')]).tasks[0]?.readyAtMs).toBe(
    4 + maximumBackoffMs,
  );
});

test('what would fail again is not tried again', () => {
  expect(play([task('x', [], 5)], [begin, lease('x'), fail('x', false)]).state).toBe('failed');
});

test('three silent workers are forgiven, the fourth is a failure', () => {
  const plan = [task('x')];
  let run = play(plan, [begin]);
  for (let loss = 1; loss <= silentLossesForgiven; loss++) {
    run = play(plan, [lease('x'), lose('x')], run);
    expect(run.tasks[0]).toMatchObject({ state: 'ready', attempt: loss, failures: 0 });
  }
  run = play(plan, [lease('x'), lose('x')], run);
  expect(run).toMatchObject({ state: 'failed', tasks: [{ attempt: 4, error: { code: 'unavailable' } }] });
});

describe('cancelling and resuming', () => {
  const failed = play(diamond, [
    begin,
    lease('a'),
    succeed('a'),
    lease('c'),
    fail('c'),
    lease('b'),
    succeed('b'),
    lease('e'),
    succeed('e'),
  ]);
  test('a resumed run keeps what succeeded and goes on from the failed task', () => {
    const resumed = advanceRun(diamond, failed, { kind: 'resume' }, 50);
    expect(resumed.state).toBe('running');
    expect(states(resumed)).toEqual({ a: 'succeeded', b: 'succeeded', c: 'ready', d: 'waiting', e: 'succeeded' });
    const done = play(diamond, [lease('c'), succeed('c'), lease('d'), succeed('d')], resumed);
    expect(done).toMatchObject({ state: 'succeeded' });
    expect(done.tasks.find(({ name }) => name === 'c')?.attempt).toBe(2);
  });
  test('cancelling ends everything at once; only then can it be resumed', () => {
    const cancelled = play(diamond, [begin, lease('a'), { kind: 'cancel' }]);
    expect(cancelled.state).toBe('cancelled');
    expect(new Set(Object.values(states(cancelled)))).toEqual(new Set(['cancelled']));
    expect(() => advanceRun(diamond, cancelled, { kind: 'cancel' }, 9)).toThrow(/nothing to cancel/);
    expect(() => play(diamond, [begin, { kind: 'resume' }])).toThrow(/only a failed or cancelled/);
    expect(states(advanceRun(diamond, cancelled, { kind: 'resume' }, 9))).toMatchObject({ a: 'ready', e: 'ready' });
  });
});

test('whatever happens on any graph: nothing starts before what it depends on, and every run ends', () => {
  const graph = fc.integer({ min: 1, max: 8 }).chain((size) =>
    fc.tuple(
      ...Array.from({ length: size }, (_, index) =>
        fc.record({
          dependsOn: fc.subarray(Array.from({ length: index }, (_unused, earlier) => `t${earlier}`)),
          retries: fc.integer({ min: 0, max: 2 }),
        }),
      ),
    ),
  );
  const failForGood = (name: string): RunStep => fail(name, false);
  const luck = fc.infiniteStream(fc.constantFrom(succeed, fail, failForGood, lose));
  fc.assert(
    fc.property(graph, luck, (tasks, outcomes) => {
      const plan = tasks.map(({ dependsOn, retries }, index) => task(`t${index}`, dependsOn, retries));
      let run = play(plan, [begin]);
      for (let nowMs = 0; run.state === 'running'; nowMs += 1_000_000) {
        const next = run.tasks.find(({ state }) => state === 'ready');
        if (!next) throw new Error(`The run is stuck: ${JSON.stringify(states(run))}`);
        const needed = plan.find(({ name }) => name === next.name)?.dependsOn ?? [];
        for (const name of needed) expect(states(run)[name]).toBe('succeeded');
        run = advanceRun(plan, run, lease(next.name), nowMs);
        run = advanceRun(plan, run, outcomes.next().value(next.name), nowMs);
      }
      expect(run.tasks.every(hasEnded)).toBe(true);
      expect(run.state).toBe(run.tasks.some(({ state }) => state === 'failed') ? 'failed' : 'succeeded');
    }),
    { seed: 20260302 },
  );
});
