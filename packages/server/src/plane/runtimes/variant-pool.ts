/**
 * The model hosts of one variant, and the queue in front of them.
 *
 * Batching without waiting: a host that is free takes, after the I/O of the present turn of the event loop, all that
 * came in with it; what comes in while it is busy is the next batch. Batches are counted in rows, at most
 * `batchRows`; a larger request goes alone, and what cannot share a batch waits for its own. One batch is in flight per
 * host.
 *
 * States: idle (no process; for variants that are only pinned) → starting → serving → stopped. `unavailable` holds the
 * reason while the model does not load or its hosts keep crashing.
 *
 * Those that name a priority wait in its order, and all leave at their own deadline.
 *
 * Limits: `queueRows` rows wait at most, more is refused with `overloaded`. A job leaves at its deadline, wherever it is.
 * A host that hangs, takes too long over a batch or holds too much memory is killed (see `HostWatch`).
 *
 * Failure: when a host dies its jobs go back to the front of the queue, for another host or the restarted one; a job
 * that met three deaths (two, where the host was killed for what it did with it) fails with `model_failed`, so that one request cannot kill hosts for ever. When the model refuses
 * a batch its jobs are asked again one by one, so that one request cannot spoil the answers of others.
 */
import type { HostLimits } from '@mulle/contract';
import { monotonicMs, sleep } from '#kernel/clock.ts';
import { MulleError } from '#kernel/errors.ts';
import type { Batching, Job, QueuedInput } from './batching.ts';
import { insertByPriority } from './queue-order.ts';
import type { Frame } from './frames.ts';
import type { HostCommand } from './host-process.ts';
import { HostWatch } from './host-watch.ts';
import { ModelHost, type HostExit, type HostOwner } from './model-host.ts';
import { processUsage } from './process-usage.ts';

const batchRows = 256;
const queueRows = 65_536;
const idleUnloadMs = 300_000;
/** How long an unload waits for a pause. */
const drainMs = 5_000;
const deathsPerJob = 3;
/** A host that was ended for what it did with a batch is not given it a third time. */
const deathsPerKill = 2;
/** A restart that takes longer is not waited for: callers get their fallback at once. */
const patienceMs = 1_000;

export interface VariantPoolOptions<Input extends QueuedInput, Output> {
  command: () => Promise<HostCommand>;
  batching: Batching<Input, Output>;
  hosts: number;
  limits: HostLimits | undefined;
  /** Told of a process that ended without being asked to; returns the id of the event that records it. */
  onExit: (exit: HostExit & { rowsInFlight: number }) => string;
  onRestart: (restart: { pid: number | null; downMs: number; causeId: string }) => void;
  /** Told of each batch that was answered. */
  onBatch: (rows: number) => void;
}

interface Slot<Input, Output> {
  readonly host: ModelHost;
  readonly watch: HostWatch;
  jobs: Job<Input, Output>[];
  sentAtMs: number;
  down: { causeId: string; atMs: number } | undefined;
}

export class VariantPool<Input extends QueuedInput, Output> implements HostOwner {
  unavailable: string | undefined;
  readonly #options: VariantPoolOptions<Input, Output>;
  #slots: Slot<Input, Output>[] = [];
  #queue: Job<Input, Output>[] = [];
  #queuedRows = 0;
  /** Whether one of those that wait has named a priority. */
  #isOrdered = false;
  #batchId = 0;
  #scheduled = false;
  #timer: NodeJS.Timeout | undefined;
  #timerAtMs = Number.POSITIVE_INFINITY;
  #usedAtMs = 0;
  #settled: PromiseWithResolvers<void> | undefined;
  #wasSettled = false;

  constructor(options: VariantPoolOptions<Input, Output>) {
    this.#options = options;
  }

  get hosts(): readonly ModelHost[] {
    return this.#slots.map(({ host }) => host);
  }

  /** Whether a host is ready, or the model is known to be unavailable. */
  get isSettled(): boolean {
    return this.unavailable !== undefined || this.isReady;
  }

  /** Whether it is being loaded for the first time, which for a new environment takes minutes: nobody waits for it. */
  get isLoading(): boolean {
    return this.#settled !== undefined && !this.#wasSettled;
  }

  get isReady(): boolean {
    return this.#slots.some(({ host }) => host.state === 'ready');
  }

  /** Rows that wait for a host. */
  get waitingRows(): number {
    return this.#queuedRows;
  }

  /** Starts the hosts where they are not; resolves when one is ready or the model is known to be unavailable. */
  start(): Promise<void> {
    if (this.#settled === undefined) {
      this.#settled = Promise.withResolvers<void>();
      const slot = (): Slot<Input, Output> => ({
        host: new ModelHost(this),
        watch: new HostWatch(this.#options.limits),
        jobs: [],
        sentAtMs: 0,
        down: undefined,
      });
      this.#usedAtMs = monotonicMs();
      this.#slots = Array.from({ length: this.#options.hosts }, slot);
    }
    return this.#settled.promise;
  }

  /**
   * What the model says of an input. Rejects with `deadline_exceeded`, `overloaded`, `unavailable` (the model does not load,
   * or its hosts keep dying) `model_failed` or `invalid_feature` (the model
   * refuses the input by its own rules).
   */
  infer(input: Input, deadlineMs: number): Promise<Output> {
    if (this.unavailable !== undefined) return Promise.reject(new MulleError('unavailable', this.unavailable));
    if (this.#queuedRows + input.count > queueRows) {
      return Promise.reject(
        new MulleError('overloaded', `${this.#queuedRows} rows wait for this model. Retry in a second.`, {
          retryAfterSeconds: 1,
        }),
      );
    }
    if (this.#settled === undefined) void this.start();
    return new Promise((resolve, reject) => {
      const job = { input, deadlineMs, resolve, reject, settled: false, deaths: 0, isAlone: false };
      this.#isOrdered ||= input.priority !== undefined;
      if (this.#isOrdered) insertByPriority(this.#queue, job);
      else this.#queue.push(job);
      this.#queuedRows += input.count;
      if (deadlineMs < this.#timerAtMs) this.#armTimer(deadlineMs);
      if (this.#scheduled) return;
      this.#scheduled = true;
      setImmediate(() => {
        this.#scheduled = false;
        this.#usedAtMs = monotonicMs();
        for (const slot of this.#slots) this.#dispatch(slot);
      });
    });
  }

  /** To be called every second or so: ends hosts beyond their limits, and with `mayUnload` ends hosts that nobody used for long. */
  tick(mayUnload: boolean): void {
    const atMs = monotonicMs();
    for (const slot of this.#slots) void this.#watch(slot);
    if (mayUnload && this.#settled !== undefined && atMs - this.#usedAtMs > idleUnloadMs) this.#unload();
  }

  /** Starts the hosts as `start` does, at once where they wait for another try. */
  load(): Promise<void> {
    if (this.unavailable !== undefined) {
      this.#unload();
      this.unavailable = undefined;
    }
    return this.start();
  }

  /** Ends the hosts in a pause between requests; the next one starts them again. False where there was no pause. */
  async unload(): Promise<boolean> {
    const untilMs = monotonicMs() + drainMs;
    while (this.#isBusy && monotonicMs() < untilMs) await sleep(10);
    if (this.#isBusy) return false;
    this.#unload();
    return true;
  }

  /** Ends the hosts once the accepted jobs are answered, and those that still come within `graceMs`. */
  async stop(graceMs: number): Promise<void> {
    await sleep(graceMs);
    while (this.#isBusy) await sleep(10);
    this.unavailable = 'This version was taken out of service.';
    this.#unload();
    clearTimeout(this.#timer);
  }

  async #watch({ host, watch, jobs, sentAtMs }: Slot<Input, Output>): Promise<void> {
    const { pid } = host;
    const usage = await processUsage(pid);
    if (pid === null || usage === null || host.pid !== pid) return;
    const isLoading = host.state === 'starting' || host.state === 'restarting';
    const occupation = {
      kind: isLoading ? ('loading' as const) : jobs.length > 0 ? ('batch' as const) : ('idle' as const),
      sinceMs: isLoading ? host.startedAtMs : sentAtMs,
    };
    const reason = watch.verdict(pid, usage, occupation, monotonicMs());
    if (reason !== undefined) host.kill(reason);
  }

  command(): Promise<HostCommand> {
    return this.#options.command();
  }

  hostReady(host: ModelHost): void {
    const slot = this.#slotOf(host);
    if (slot === undefined) return;
    this.unavailable = undefined;
    this.#settle();
    if (slot.down !== undefined) {
      const { causeId, atMs } = slot.down;
      slot.down = undefined;
      this.#options.onRestart({ pid: host.pid, downMs: monotonicMs() - atMs, causeId });
    }
    this.#dispatch(slot);
  }

  hostAnswered(host: ModelHost, frame: Frame): void {
    const slot = this.#slotOf(host);
    if (slot === undefined) return;
    const jobs = slot.jobs;
    slot.jobs = [];
    if (frame.kind === 'text' || frame.kind === 'refusal') this.#refused(jobs, frame);
    else {
      const outputs = this.#options.batching.split(frame, jobs);
      if (outputs === undefined) this.#askAlone(jobs);
      else {
        for (let index = 0; index < jobs.length; index++) settle(jobs[index], outputs[index]);
        this.#options.onBatch(rowCount(jobs));
      }
    }
    for (const other of this.#slots) this.#dispatch(other);
  }

  hostExited(host: ModelHost, exit: HostExit, restartInMs: number): void {
    const slot = this.#slotOf(host);
    if (slot === undefined) return;
    const jobs = slot.jobs;
    slot.jobs = [];
    const causeId = this.#options.onExit({ ...exit, rowsInFlight: waitingRows(jobs) });
    slot.down ??= { causeId, atMs: monotonicMs() };
    const retried: Job<Input, Output>[] = [];
    for (const job of jobs) {
      if (job.settled) continue;
      job.deaths += exit.reason === null ? 1 : deathsPerKill;
      // It may be why: the others are not asked with it again.
      job.isAlone = true;
      if (job.deaths < deathsPerJob) retried.push(job);
      else
        fail(
          job,
          new MulleError(
            'model_failed',
            `The model host died under this request again and again${exit.reason === null ? '' : `: ${exit.reason}`}`,
          ),
        );
    }
    this.#requeue(retried);
    if (!this.isReady && restartInMs > patienceMs) {
      this.#giveUp(exit.loadError ?? exit.reason ?? 'The model host keeps crashing; it is started again with delays.');
      return;
    }
    for (const other of this.#slots) this.#dispatch(other);
  }

  #refused(jobs: readonly Job<Input, Output>[], { kind, payload }: Frame): void {
    const [only] = jobs;
    if (jobs.length === 1 && only !== undefined) {
      const reason = payload.toString('utf8');
      fail(only, kind === 'refusal' ? refusal(reason) : new MulleError('model_failed', `The model failed: ${reason}`));
      return;
    }
    this.#options.batching.refused();
    this.#askAlone(jobs);
  }

  #askAlone(jobs: readonly Job<Input, Output>[]): void {
    const left = jobs.filter(({ settled }) => !settled);
    for (const job of left) job.isAlone = true;
    this.#requeue(left);
  }

  /** To the front. */
  #requeue(jobs: readonly Job<Input, Output>[]): void {
    this.#queue = [...jobs, ...this.#queue];
    this.#queuedRows += waitingRows(jobs);
  }

  #giveUp(reason: string): void {
    this.unavailable = reason;
    this.#settle();
    for (const job of this.#queue) fail(job, new MulleError('unavailable', reason));
    this.#queue = [];
    this.#queuedRows = 0;
  }

  #settle(): void {
    this.#wasSettled = true;
    this.#settled?.resolve();
  }

  /** Whether somebody waits for an answer. */
  get #isBusy(): boolean {
    return this.#queue.length > 0 || this.#slots.some(({ jobs }) => jobs.some(({ settled }) => !settled));
  }

  #unload(): void {
    for (const { host } of this.#slots) host.stop();
    this.#slots = [];
    this.#settled = undefined;
  }

  #slotOf(host: ModelHost): Slot<Input, Output> | undefined {
    return this.#slots.find((slot) => slot.host === host);
  }

  #dispatch(slot: Slot<Input, Output>): void {
    if (slot.jobs.length > 0 || slot.host.state !== 'ready') return;
    const jobs = this.#nextBatch();
    if (jobs.length === 0) return;
    const rows = rowCount(jobs);
    if (!this.#options.batching.send(slot.host, ++this.#batchId, rows, jobs)) return;
    if (jobs.length === this.#queue.length) {
      this.#queue = [];
      this.#isOrdered = false;
    } else if (jobs.at(-1) === this.#queue[jobs.length - 1]) this.#queue.splice(0, jobs.length);
    else {
      const taken = new Set(jobs);
      this.#queue = this.#queue.filter((job) => !taken.has(job));
    }
    this.#queuedRows -= rows;
    slot.jobs = jobs;
    slot.sentAtMs = monotonicMs();
  }

  /** The first job of the queue and, in their order, those that may share its batch. */
  #nextBatch(): Job<Input, Output>[] {
    const { batching } = this.#options;
    const jobs: Job<Input, Output>[] = [];
    let rows = 0;
    for (const job of this.#queue) {
      const [first] = jobs;
      if (first !== undefined) {
        if (first.isAlone || rows + job.input.count > batchRows) break;
        if (job.isAlone || !batching.joins(first.input, job.input)) continue;
      }
      jobs.push(job);
      rows += job.input.count;
    }
    return jobs;
  }

  /** One timer for all jobs: it is set to the earliest deadline, and seldom fires since answers come before it. */
  #armTimer(atMs: number): void {
    clearTimeout(this.#timer);
    this.#timerAtMs = atMs;
    this.#timer = setTimeout(() => this.#expire(), Math.max(0, atMs - monotonicMs()));
  }

  #expire(): void {
    const nowMs = monotonicMs();
    let next = Number.POSITIVE_INFINITY;
    const check = (job: Job<Input, Output>): void => {
      if (job.settled) return;
      if (job.deadlineMs > nowMs) next = Math.min(next, job.deadlineMs);
      else fail(job, new MulleError('deadline_exceeded', 'The model gave no answer in time. Raise the timeout.'));
    };
    for (const { jobs } of this.#slots) for (const job of jobs) check(job);
    for (const job of this.#queue) check(job);
    this.#queue = this.#queue.filter(({ settled }) => !settled);
    this.#queuedRows = waitingRows(this.#queue);
    this.#timerAtMs = next;
    if (Number.isFinite(next)) this.#armTimer(next);
  }
}

function settle<Output>(job: Job<unknown, Output> | undefined, output: Output | undefined): void {
  if (job === undefined || job.settled) return;
  if (output === undefined) throw new RangeError('A batch was split into fewer answers than it has requests.');
  job.settled = true;
  job.resolve(output);
}

function refusal(reason: string): MulleError {
  return new MulleError('invalid_feature', `The model refuses this input: ${reason}`);
}

function fail(job: Job<unknown, never>, error: MulleError): void {
  if (job.settled) return;
  job.settled = true;
  job.reject(error);
}

function rowCount(jobs: readonly { readonly input: { readonly count: number } }[]): number {
  let rows = 0;
  for (const { input } of jobs) rows += input.count;
  return rows;
}

/** Rows of the jobs that somebody still waits for. */
function waitingRows(
  jobs: readonly { readonly input: { readonly count: number }; readonly settled: boolean }[],
): number {
  return rowCount(jobs.filter(({ settled }) => !settled));
}
