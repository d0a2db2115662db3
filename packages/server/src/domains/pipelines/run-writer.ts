import type { PipelineRun, TaskRun } from '@mulle/contract';
import type { ActivityService, ActivityTables } from '#domains/activity/index.ts';
import type { Transaction } from '#platform/database/index.ts';
import { advanceRun, type RunStep } from './advance-run.ts';
import { cancelLeases } from './lease-store.ts';
import type { PipelineTables } from './pipeline-tables.ts';
import {
  planOf,
  readUnfinished,
  taskOf,
  toPipelineRun,
  toTaskRun,
  updateRun,
  withProgress,
  type RunRecord,
} from './run-store.ts';

/** Characters of JSON. */
const longestToldOutput = 500;

type Trx = Transaction<PipelineTables & ActivityTables>;

/** How an attempt ended: the state of its task, or `lost` when its worker went silent. */
type AttemptEnd = 'succeeded' | 'failed' | 'lost' | 'cancelled';

/**
 * Takes steps of runs: asks the engine, writes what changed and tells it as activity, in the caller's transaction.
 *
 * Causes: `task-started` follows from the run's `pipeline-run-started`, `task-ended` from its `task-started`, one pair
 * for each attempt; `pipeline-run-ended` from `pipeline-run-started`.
 */
export class RunWriter {
  readonly #activity: ActivityService;

  constructor(activity: ActivityService) {
    this.#activity = activity;
  }

  /** Begins a run, or goes on with a resumed one; `causeId` is what it follows from. */
  async begin(trx: Trx, record: RunRecord, step: 'begin' | 'resume', causeId: string | null, nowMs: number) {
    const after = withProgress(record, advanceRun(planOf(record.definition), record, { kind: step }, nowMs));
    const value = step === 'resume' ? { ...runValue(after), resumed: true } : runValue(after);
    const told = await this.#activity.record(trx, { type: 'pipeline-run-started', subject: record.id, causeId, value });
    const begun = { ...after, queued: false, startedEventId: told.id };
    await updateRun(trx, record, begun);
    return begun;
  }

  /** Leases a task: its attempt begins. The record has the id of its `task-started` event. */
  async lease(
    trx: Trx,
    record: RunRecord,
    task: string,
    inputsDigest: string | null,
    nowMs: number,
  ): Promise<RunRecord> {
    const leased = withProgress(record, advanceRun(planOf(record.definition), record, { kind: 'lease', task }, nowMs));
    const told = await this.#activity.record(trx, {
      type: 'task-started',
      subject: `${record.id}/${task}`,
      causeId: record.startedEventId,
      value: this.#taskValue(leased, task),
    });
    const tasks = leased.tasks.map((stored) =>
      stored.name === task ? { ...stored, inputsDigest, eventId: told.id } : stored,
    );
    const after = { ...leased, tasks };
    await updateRun(trx, record, after);
    return after;
  }

  /** Passes a task over, and ends the run where that was its last. */
  async skip(trx: Trx, record: RunRecord, task: string, nowMs: number): Promise<void> {
    const after = withProgress(record, advanceRun(planOf(record.definition), record, { kind: 'skip', task }, nowMs));
    await updateRun(trx, record, after);
    if (after.state !== 'running') await this.#tellEnd(trx, after, nowMs);
  }

  /** Ends an attempt, and the run with it where that was its last task. */
  async end(
    trx: Trx,
    record: RunRecord,
    step: Extract<RunStep, { kind: 'succeed' | 'fail' | 'lose' }>,
    nowMs: number,
  ): Promise<RunRecord> {
    const after = withProgress(record, advanceRun(planOf(record.definition), record, step, nowMs));
    await updateRun(trx, record, after);
    const end = { succeed: 'succeeded', fail: 'failed', lose: 'lost' } as const;
    await this.#tellAttempt(trx, after, step.task, end[step.kind]);
    if (after.state !== 'running') await this.#tellEnd(trx, after, nowMs);
    return after;
  }

  /** Cancels a run: everything that has not ended is, leases are withdrawn. */
  async cancel(trx: Trx, record: RunRecord, nowMs: number): Promise<RunRecord> {
    const after = withProgress(record, advanceRun(planOf(record.definition), record, { kind: 'cancel' }, nowMs));
    await updateRun(trx, record, { ...after, queued: false });
    await cancelLeases(trx, record.id);
    for (const task of record.tasks)
      if (task.state === 'running') await this.#tellAttempt(trx, after, task.name, 'cancelled');
    if (!record.queued) await this.#tellEnd(trx, after, nowMs);
    return after;
  }

  async #tellAttempt(trx: Trx, record: RunRecord, task: string, state: AttemptEnd): Promise<void> {
    const value = { ...this.#taskValue(record, task), state };
    const causeId = taskOf(record, task).stored.eventId;
    await this.#activity.record(trx, { type: 'task-ended', subject: `${record.id}/${task}`, causeId, value });
  }

  async #tellEnd(trx: Trx, record: RunRecord, nowMs: number): Promise<void> {
    await this.#activity.record(trx, {
      type: 'pipeline-run-ended',
      subject: record.id,
      causeId: record.startedEventId,
      value: runValue(record),
    });
    const next = (await readUnfinished(trx, record.pipeline)).find(({ queued }) => queued);
    if (next) await this.begin(trx, next, 'begin', next.causeId, nowMs);
  }

  #taskValue(record: RunRecord, task: string): TaskRun & { runId: string; pipeline: string } {
    const { stored, definition } = taskOf(record, task);
    const run = toTaskRun(stored, definition.kind);
    return { ...run, outputs: briefOutputs(run.outputs), runId: record.id, pipeline: record.pipeline };
  }
}

/** The run as its events tell it: what its tasks put out is told by their own. */
function runValue(record: RunRecord): PipelineRun {
  const run = toPipelineRun(record);
  return { ...run, tasks: run.tasks.map((task) => ({ ...task, outputs: {} })) };
}

/** Outputs without long ones (reports, lists of parts): they stay with the run; events hold what refers to them. */
function briefOutputs(outputs: Record<string, unknown>): Record<string, unknown> {
  const brief = ([, value]: [string, unknown]): boolean => (JSON.stringify(value) ?? '').length <= longestToldOutput;
  return Object.fromEntries(Object.entries(outputs).filter(brief));
}
