/**
 * The states of a pipeline run and of its tasks, and the only place that changes them. Pure: times come in.
 *
 *   waiting    some task that it depends on has not succeeded yet.
 *   ready      may start from `readyAtMs` on.
 *   running    leased to a worker.
 *   succeeded | failed | cancelled | skipped (its `when` came to nothing, or something that it depends on failed or was
 *   skipped): ended.
 *
 *   waiting → ready | skipped | cancelled
 *   ready   → running | skipped | cancelled
 *   running → succeeded | failed | ready (another attempt) | cancelled
 *   failed, skipped, cancelled → waiting, when the run is resumed; what succeeded keeps its outputs.
 *
 * A failed attempt is tried again while `retries` last, after `backoff` · 2^(failures − 1), 10 minutes at most, unless
 * the worker says that it would fail again. An attempt whose worker went silent is given out again at once and counts
 * as no failure, three times; from the fourth on it does. An attempt over its time failed with `deadline_exceeded`.
 *
 * Branches that do not depend on a failed task run to their end. A run has ended when all of its tasks have: cancelled
 * if it was cancelled, failed if a task failed, else succeeded.
 */
import type { PipelineRun, TaskState } from '@mulle/contract';
import { MulleError } from '#kernel/errors.ts';

export const silentLossesForgiven = 3;
export const maximumBackoffMs = 600_000;

/** What the engine needs to know of a task's definition. */
export interface TaskPlan {
  readonly name: string;
  readonly dependsOn: readonly string[];
  readonly retries: number;
  readonly backoffMs: number;
}

export interface TaskError {
  readonly code: string;
  readonly message: string;
}

export interface TaskProgress {
  readonly name: string;
  readonly state: TaskState;
  /** Attempts begun. */
  readonly attempt: number;
  readonly failures: number;
  readonly losses: number;
  readonly cached: boolean;
  readonly progress: number | null;
  readonly outputs: Readonly<Record<string, unknown>>;
  readonly error: TaskError | null;
  readonly readyAtMs: number;
  readonly startedAtMs: number | null;
  readonly endedAtMs: number | null;
}

export interface RunProgress {
  readonly state: PipelineRun['state'];
  readonly endedAtMs: number | null;
  readonly tasks: readonly TaskProgress[];
}

export type RunStep =
  | { kind: 'begin' }
  | { kind: 'lease'; task: string }
  | { kind: 'skip'; task: string }
  | { kind: 'succeed'; task: string; outputs: Record<string, unknown>; cached: boolean }
  | { kind: 'fail'; task: string; error: TaskError; retryable: boolean }
  | { kind: 'lose'; task: string }
  | { kind: 'cancel' }
  | { kind: 'resume' };

const untouched = {
  state: 'waiting',
  failures: 0,
  losses: 0,
  cached: false,
  progress: null,
  outputs: {},
  error: null,
  readyAtMs: 0,
  startedAtMs: null,
  endedAtMs: null,
} as const;

const ended: readonly TaskState[] = ['succeeded', 'failed', 'skipped', 'cancelled'];
export const hasEnded = (task: TaskProgress): boolean => ended.includes(task.state);

/** A run none of whose tasks has begun; the step `begin` makes those without dependencies ready. */
export function newRun(plan: readonly TaskPlan[]): RunProgress {
  return { state: 'running', endedAtMs: null, tasks: plan.map(({ name }) => ({ ...untouched, name, attempt: 0 })) };
}

/** The run after a step, with everything that follows from it. Throws `invalid_state` where the step is not possible. */
export function advanceRun(plan: readonly TaskPlan[], run: RunProgress, step: RunStep, nowMs: number): RunProgress {
  switch (step.kind) {
    case 'begin':
      return settle(plan, run, nowMs);
    case 'cancel':
      return cancel(run, nowMs);
    case 'resume':
      return settle(plan, resume(run), nowMs);
    case 'lease':
    case 'skip':
    case 'succeed':
    case 'fail':
    case 'lose': {
      const tasks = run.tasks.map((task) =>
        task.name === step.task ? stepTask(planOf(plan, task.name), task, step, nowMs) : task,
      );
      return settle(plan, { ...run, tasks }, nowMs);
    }
  }
}

function planOf(plan: readonly TaskPlan[], name: string): TaskPlan {
  const found = plan.find((task) => task.name === name);
  if (!found) throw new Error(`The run has a task '${name}' that its pipeline has not.`);
  return found;
}

function stepTask(
  plan: TaskPlan,
  task: TaskProgress,
  step: Extract<RunStep, { task: string }>,
  nowMs: number,
): TaskProgress {
  const from = (...states: TaskState[]): void => {
    if (states.includes(task.state)) return;
    throw new MulleError('invalid_state', `Task '${task.name}' is ${task.state}: it cannot ${step.kind} now.`);
  };
  switch (step.kind) {
    case 'lease':
      from('ready');
      return {
        ...task,
        state: 'running',
        attempt: task.attempt + 1,
        progress: null,
        error: null,
        startedAtMs: task.startedAtMs ?? nowMs,
      };
    case 'skip':
      from('ready');
      return { ...task, state: 'skipped', endedAtMs: nowMs };
    case 'succeed': {
      from('running');
      const { outputs, cached } = step;
      return { ...task, state: 'succeeded', outputs, cached, error: null, progress: 1, endedAtMs: nowMs };
    }
    case 'fail': {
      from('running');
      const failures = task.failures + 1;
      const failed = { ...task, failures, error: step.error };
      if (!step.retryable || failures > plan.retries) return { ...failed, state: 'failed', endedAtMs: nowMs };
      const waitMs = Math.min(plan.backoffMs * 2 ** (failures - 1), maximumBackoffMs);
      return { ...failed, state: 'ready', progress: null, readyAtMs: nowMs + waitMs };
    }
    case 'lose': {
      from('running');
      const lost = { ...task, losses: task.losses + 1 };
      if (lost.losses <= silentLossesForgiven) return { ...lost, state: 'ready', progress: null, readyAtMs: nowMs };
      const message = `The worker of '${task.name}' went silent ${lost.losses} times.`;
      return stepTask(
        plan,
        lost,
        { kind: 'fail', task: task.name, error: { code: 'unavailable', message }, retryable: true },
        nowMs,
      );
    }
  }
}

/** Makes ready and skips what follows from the states of the tasks, and ends the run when all of them have ended. */
function settle(plan: readonly TaskPlan[], run: RunProgress, nowMs: number): RunProgress {
  const tasks = new Map(run.tasks.map((task) => [task.name, task]));
  let changed = true;
  while (changed) {
    changed = false;
    for (const { name, dependsOn } of plan) {
      const task = tasks.get(name);
      if (task?.state !== 'waiting') continue;
      const before = dependsOn.map((dependency) => tasks.get(dependency)?.state);
      if (before.every((state) => state === 'succeeded'))
        tasks.set(name, { ...task, state: 'ready', readyAtMs: nowMs });
      else if (before.includes('failed') || before.includes('skipped'))
        tasks.set(name, { ...task, state: 'skipped', endedAtMs: nowMs });
      else continue;
      changed = true;
    }
  }
  const settled = [...tasks.values()];
  if (!settled.every(hasEnded)) return { ...run, tasks: settled };
  const state = settled.some((task) => task.state === 'failed') ? 'failed' : 'succeeded';
  return { state, endedAtMs: nowMs, tasks: settled };
}

function cancel(run: RunProgress, nowMs: number): RunProgress {
  if (run.state !== 'running') throw new MulleError('invalid_state', `The run has ${run.state}: nothing to cancel.`);
  const tasks = run.tasks.map((task): TaskProgress =>
    hasEnded(task) ? task : { ...task, state: 'cancelled', endedAtMs: nowMs },
  );
  return { state: 'cancelled', endedAtMs: nowMs, tasks };
}

function resume(run: RunProgress): RunProgress {
  if (run.state !== 'failed' && run.state !== 'cancelled') {
    throw new MulleError('invalid_state', `The run is ${run.state}: only a failed or cancelled one can be resumed.`);
  }
  const tasks = run.tasks.map((task): TaskProgress =>
    task.state === 'succeeded' ? task : { ...untouched, name: task.name, attempt: task.attempt },
  );
  return { state: 'running', endedAtMs: null, tasks };
}
