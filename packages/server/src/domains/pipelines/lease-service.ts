/**
 * Hands ready tasks to workers and hears how they end.
 *
 * A lease lasts 15 s and is prolonged by heartbeats; a worker that goes silent loses it, and the task is ready again.
 * An attempt over its timeout has failed, whatever its worker says. What a worker says about a lease that it lost is
 * refused: another attempt may run already. Saying twice that a task ended is saying it once.
 *
 * When control starts anew every live lease gets its full time again: the silence was control's own.
 */
import { canonicalJson, durationMs, fits, Task, type LeasedTask } from '@mulle/contract';
import type { ActivityService, ActivityTables } from '#domains/activity/index.ts';
import { monotonicMs, nowMs, sleep } from '#kernel/clock.ts';
import { MulleError, toMulleError } from '#kernel/errors.ts';
import { newId, sha256 } from '#kernel/ids.ts';
import type { Database, Transaction } from '#platform/database/index.ts';
import { insertLease, prolongLeases, readLease, readOverdue, setLeaseState, type Lease } from './lease-store.ts';
import { appendLog, type NewLogLine } from './log-store.ts';
import type { PipelineTables } from './pipeline-tables.ts';
import { nextReadyAtMs, readCached, readReadyTasks, readRun, taskOf, type RunRecord } from './run-store.ts';
import { RunWriter } from './run-writer.ts';
import { resolveTemplates } from './templates.ts';

type Tables = PipelineTables & ActivityTables;

export const leaseMs = 15_000;
const longPollMs = 10_000;
const sweepMs = 1_000;

export interface LeaseServiceOptions {
  readonly database: Database<Tables>;
  readonly activity: ActivityService;
  /** How long a lease call waits for a task; default 10 s. */
  readonly longPollMs?: number;
  /** Hears what goes wrong while nobody waits for an answer. */
  readonly onProblem: (error: unknown) => void;
}

export interface Heartbeat {
  readonly progress?: number;
  readonly logs?: readonly Omit<NewLogLine, 'task'>[];
}

export interface Completion {
  readonly outputs?: Record<string, unknown>;
  readonly error?: { code: string; message: string };
  /** Whether another attempt may go better; default true. */
  readonly retryable?: boolean;
}

export class LeaseService {
  readonly #options: LeaseServiceOptions;
  readonly #writer: RunWriter;
  #sweeping: NodeJS.Timeout | undefined;

  constructor(options: LeaseServiceOptions) {
    this.#options = options;
    this.#writer = new RunWriter(options.activity);
  }

  /** Prolongs what was leased before the start, then looks every second for workers that went silent. */
  async start(): Promise<void> {
    await this.#options.database.transaction((trx) => prolongLeases(trx, nowMs() + leaseMs));
    this.#sweeping = setInterval(() => {
      this.sweep().catch((error: unknown) => this.#options.onProblem(error));
    }, sweepMs);
    this.#sweeping.unref();
  }

  close(): void {
    clearInterval(this.#sweeping);
  }

  /** Up to `slots` ready tasks; waits for the first, 10 s at most. */
  async lease(worker: string, slots: number, signal: AbortSignal): Promise<LeasedTask[]> {
    const { kysely } = this.#options.database;
    const untilMs = monotonicMs() + (this.#options.longPollMs ?? longPollMs);
    for (;;) {
      // Listened for before reading: what becomes ready in between is not missed.
      const committed = this.#nextCommit();
      try {
        const ready = await readReadyTasks(kysely, nowMs(), 1);
        const tasks = ready.length > 0 && !signal.aborted ? await this.#take(worker, slots) : [];
        const leftMs = untilMs - monotonicMs();
        if (tasks.length > 0 || leftMs <= 0 || signal.aborted) return tasks;
        const retryInMs = ((await nextReadyAtMs(kysely)) ?? Number.POSITIVE_INFINITY) - nowMs();
        await this.#wait(committed.promise, Math.min(leftMs, Math.max(1, retryInMs)), signal);
      } finally {
        committed.stop();
      }
    }
  }

  /** Prolongs a lease; `cancel` when the worker shall stop. Throws `not_found`. */
  heartbeat(leaseId: string, { progress, logs }: Heartbeat): Promise<{ cancel: boolean }> {
    return this.#options.database.transaction(async (trx) => {
      const lease = await this.#read(trx, leaseId);
      if (logs) await this.#log(trx, lease, logs);
      if (await this.#expire(trx, lease)) return { cancel: true };
      await prolongLeases(trx, nowMs() + leaseMs, leaseId);
      if (progress !== undefined) {
        const task = trx.updateTable('task_runs').set({ progress });
        await task.where('run_id', '=', lease.runId).where('name', '=', lease.task).execute();
      }
      return { cancel: false };
    });
  }

  /** Ends an attempt. Throws `not_found`, `invalid_argument`, and `conflict` on a lease that was lost. */
  async complete(leaseId: string, completion: Completion): Promise<void> {
    const { outputs, error, retryable = true } = completion;
    if ((outputs === undefined) === (error === undefined))
      throw new MulleError('invalid_argument', 'A task ends with its outputs or with its error: send one of them.');
    return this.#options.database.transaction(async (trx) => {
      const lease = await this.#read(trx, leaseId);
      if (lease.state === 'done' || lease.state === 'cancelled') return;
      if (await this.#expire(trx, lease))
        throw new MulleError('conflict', `Lease ${leaseId} of '${lease.task}' was lost: its result is not taken.`);
      const { task } = lease;
      const record = await this.#run(trx, lease.runId);
      await setLeaseState(trx, leaseId, 'done');
      if (error) await this.#writer.end(trx, record, { kind: 'fail', task, error, retryable }, nowMs());
      else
        await this.#writer.end(trx, record, { kind: 'succeed', task, outputs: outputs ?? {}, cached: false }, nowMs());
    });
  }

  /** Takes leases back whose time is over. */
  async sweep(): Promise<void> {
    const { database } = this.#options;
    if ((await readOverdue(database.kysely, nowMs())).length === 0) return;
    await database.transaction(async (trx) => {
      for (const lease of await readOverdue(trx, nowMs())) await this.#expire(trx, lease);
    });
  }

  /** Takes a lease back where it is over; true when it is, now or since earlier. */
  async #expire(trx: Transaction<Tables>, lease: Lease): Promise<boolean> {
    const at = nowMs();
    const { task } = lease;
    if (lease.state !== 'live') return true;
    if (at < lease.deadlineAtMs && at < lease.expiresAtMs) return false;
    const record = await this.#run(trx, lease.runId);
    await setLeaseState(trx, lease.id, 'lost');
    if (at < lease.deadlineAtMs) {
      await this.#writer.end(trx, record, { kind: 'lose', task }, at);
      await this.#log(trx, lease, [{ timeMs: at, level: 'warning', message: `Worker ${lease.worker} went silent.` }]);
      return true;
    }
    const message = `Task '${task}' took longer than its timeout. Give it more time, or less to do.`;
    const error = { code: 'deadline_exceeded', message };
    await this.#writer.end(trx, record, { kind: 'fail', task, error, retryable: true }, at);
    return true;
  }

  #take(worker: string, slots: number): Promise<LeasedTask[]> {
    return this.#options.database.transaction(async (trx) => {
      const leased: LeasedTask[] = [];
      while (leased.length < slots) {
        const [next] = await readReadyTasks(trx, nowMs(), 1);
        if (!next) break;
        const task = await this.#begin(trx, await this.#run(trx, next.runId), next.task, worker);
        if (task) leased.push(task);
      }
      return leased;
    });
  }

  /** Begins an attempt; null when it was skipped or ended at once, from the cache or because its templates mean nothing. */
  async #begin(trx: Transaction<Tables>, record: RunRecord, name: string, worker: string): Promise<LeasedTask | null> {
    const at = nowMs();
    const task = resolveTask(record, name);
    if ('when' in task && isNothing(task.when)) {
      await this.#writer.skip(trx, record, name, at);
      const message = `Skipped: ${taskOf(record, name).definition.when ?? ''} is '${task.when}'.`;
      await appendLog(trx, record.id, [{ timeMs: at, task: name, level: 'info', message }]);
      return null;
    }
    const digest = 'error' in task || task.cache !== true ? null : inputsDigest(task, record);
    const begun = await this.#writer.lease(trx, record, name, digest, at);
    if ('error' in task) {
      await this.#writer.end(trx, begun, { kind: 'fail', task: name, error: task.error, retryable: false }, at);
      return null;
    }
    const outputs = digest === null ? null : await readCached(trx, digest);
    if (outputs) {
      await this.#writer.end(trx, begun, { kind: 'succeed', task: name, outputs, cached: true }, at);
      return null;
    }
    const timeoutMs = durationMs(task.timeout ?? '1h');
    const lease: Lease = {
      id: newId('lease'),
      runId: record.id,
      task: name,
      worker,
      state: 'live',
      expiresAtMs: at + leaseMs,
      deadlineAtMs: at + timeoutMs,
    };
    await insertLease(trx, lease);
    const { stored } = taskOf(begun, name);
    return {
      leaseId: lease.id,
      runId: record.id,
      pipeline: record.pipeline,
      task,
      attempt: stored.attempt,
      parameters: { ...record.parameters },
      codeDigest: record.codeDigest,
      causeId: stored.eventId ?? '',
      timeoutMs,
    };
  }

  #log(trx: Transaction<Tables>, { runId, task }: Lease, lines: NonNullable<Heartbeat['logs']>): Promise<void> {
    return appendLog(
      trx,
      runId,
      lines.map((line) => ({ ...line, task })),
    );
  }

  async #read(trx: Transaction<Tables>, leaseId: string): Promise<Lease> {
    const lease = await readLease(trx, leaseId);
    if (!lease) throw new MulleError('not_found', `There is no lease '${leaseId}'.`);
    return lease;
  }

  async #run(trx: Transaction<Tables>, id: string): Promise<RunRecord> {
    const record = await readRun(trx, id);
    if (!record) throw new MulleError('corrupt_data', `Run ${id} has tasks but is not there itself.`);
    return record;
  }

  #nextCommit(): { promise: Promise<void>; stop: () => void } {
    const { promise, resolve } = Promise.withResolvers<void>();
    return { promise, stop: this.#options.database.onCommit(resolve) };
  }

  /** Until the promise resolves, the time is over or the caller has gone. */
  async #wait(promise: Promise<void>, ms: number, signal: AbortSignal): Promise<void> {
    const done = new AbortController();
    const either = AbortSignal.any([signal, done.signal]);
    await Promise.race([promise, sleep(ms, either).catch(() => undefined)]);
    done.abort();
  }
}

/** The task with its templates resolved, or why they cannot be. */
function resolveTask(record: RunRecord, name: string): Task | { error: { code: string; message: string } } {
  const { definition } = taskOf(record, name);
  const succeeded = record.tasks.filter((task) => task.state === 'succeeded');
  const outputs = Object.fromEntries(succeeded.map((task) => [task.name, task.outputs]));
  try {
    const resolve = (value: unknown): unknown => resolveTemplates(value, { parameters: record.parameters, outputs });
    const when = definition.when === undefined ? {} : { when: resolve(definition.when) };
    const task: unknown = { ...definition, ...when, with: resolve(definition.with) };
    if (fits(Task, task)) return task;
    throw new MulleError('invalid_argument', `With its templates resolved, the options of '${name}' are not valid.`);
  } catch (thrown) {
    const { code, message } = toMulleError(thrown);
    return { error: { code, message } };
  }
}

const nothing = new Set(['', '0', 'false', 'null']);
const isNothing = (when: string | undefined): when is string => when !== undefined && nothing.has(when);

/** What decides whether an earlier success may stand in: the kind, the resolved options and the code. */
function inputsDigest(task: Task, { codeDigest }: RunRecord): string {
  return sha256(canonicalJson({ kind: task.kind, with: task.with, codeDigest }));
}
