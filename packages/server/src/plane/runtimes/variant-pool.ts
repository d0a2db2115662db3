/**
 * The model hosts of one variant, and the queue in front of them.
 *
 * Batching without waiting: a host that is free takes, after the I/O of the present turn of the event loop, all that
 * came in with it; what comes in while it is busy is the next batch. Batches are counted in rows, at most
 * `batchRows`; a larger request goes alone. One batch is in flight per host.
 *
 * States: idle (no process; for variants that are only pinned) → starting → serving → stopped. `unavailable` holds the
 * reason while the model does not load or its hosts keep crashing.
 *
 * Limits: `queueRows` rows wait at most, more is refused with `overloaded`. A job leaves at its deadline, wherever it is.
 * A host that answers nothing for `stallMs` is killed.
 *
 * Failure: when a host dies its jobs go back to the front of the queue, for another host or the restarted one; a job
 * that met three deaths fails with `model_failed`, so that one request cannot kill hosts for ever.
 */
import { monotonicMs, sleep } from '#kernel/clock.ts';
import { MulleError } from '#kernel/errors.ts';
import { frameValues, type Frame } from './frames.ts';
import type { HostCommand } from './host-process.ts';
import { shortFloat32 } from '../codecs/json-text.ts';
import { ModelHost, type HostExit, type HostOwner } from './model-host.ts';

const batchRows = 256;
const queueRows = 65_536;
const stallMs = 10_000;
const idleUnloadMs = 300_000;
const deathsPerJob = 3;
/** A restart that takes longer is not waited for: callers get their fallback at once. */
const patienceMs = 1_000;

/** Rows of features in the endpoint's order, one after the other; NaN is missing. */
export interface FeatureRows {
  readonly count: number;
  readonly width: number;
  readonly values: Float64Array;
}

export interface VariantPoolOptions {
  command: () => Promise<HostCommand>;
  /** For each column of the model, its index in a row of the endpoint's features. */
  columns: readonly number[];
  hosts: number;
  /** Told of a process that ended without being asked to; returns the id of the event that records it. */
  onExit: (exit: HostExit & { rowsInFlight: number }) => string;
  onRestart: (restart: { pid: number | null; downMs: number; causeId: string }) => void;
  /** Told of each batch that was answered. */
  onBatch: (rows: number) => void;
}

interface Job {
  readonly rows: FeatureRows;
  readonly deadlineMs: number;
  readonly resolve: (scores: number[]) => void;
  readonly reject: (error: MulleError) => void;
  settled: boolean;
  deaths: number;
}

interface Slot {
  readonly host: ModelHost;
  jobs: Job[];
  sentAtMs: number;
  down: { causeId: string; atMs: number } | undefined;
}

export class VariantPool implements HostOwner {
  unavailable: string | undefined;
  readonly #options: VariantPoolOptions;
  #slots: Slot[] = [];
  #queue: Job[] = [];
  #queuedRows = 0;
  #batchId = 0;
  #scheduled = false;
  #timer: NodeJS.Timeout | undefined;
  #timerAtMs = Number.POSITIVE_INFINITY;
  #usedAtMs = 0;
  #settled: PromiseWithResolvers<void> | undefined;
  #wasSettled = false;

  constructor(options: VariantPoolOptions) {
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

  /** Starts the hosts where they are not; resolves when one is ready or the model is known to be unavailable. */
  start(): Promise<void> {
    if (this.#settled === undefined) {
      this.#settled = Promise.withResolvers<void>();
      const slot = (): Slot => ({ host: new ModelHost(this), jobs: [], sentAtMs: 0, down: undefined });
      this.#usedAtMs = monotonicMs();
      this.#slots = Array.from({ length: this.#options.hosts }, slot);
    }
    return this.#settled.promise;
  }

  /**
   * Scores of the rows, in order. Rejects with `deadline_exceeded`, `overloaded`, `unavailable` (the model does not load,
   * or its hosts keep dying) or `model_failed`.
   */
  infer(rows: FeatureRows, deadlineMs: number): Promise<number[]> {
    if (this.unavailable !== undefined) return Promise.reject(new MulleError('unavailable', this.unavailable));
    if (this.#queuedRows + rows.count > queueRows) {
      return Promise.reject(
        new MulleError('overloaded', `${this.#queuedRows} rows wait for this model. Retry in a second.`, {
          retryAfterSeconds: 1,
        }),
      );
    }
    if (this.#settled === undefined) void this.start();
    return new Promise((resolve, reject) => {
      this.#queue.push({ rows, deadlineMs, resolve, reject, settled: false, deaths: 0 });
      this.#queuedRows += rows.count;
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

  /** To be called every second or so: kills what stalls, and with `mayUnload` ends hosts that nobody used for long. */
  tick(mayUnload: boolean): void {
    const atMs = monotonicMs();
    for (const { host, jobs, sentAtMs } of this.#slots) if (jobs.length > 0 && atMs - sentAtMs > stallMs) host.kill();
    if (mayUnload && this.#settled !== undefined && atMs - this.#usedAtMs > idleUnloadMs) this.#unload();
  }

  /** Ends the hosts once the accepted jobs are answered, and those that still come within `graceMs`. */
  async stop(graceMs: number): Promise<void> {
    await sleep(graceMs);
    while (this.#queue.length > 0 || this.#slots.some(({ jobs }) => jobs.some(({ settled }) => !settled))) {
      await sleep(10);
    }
    this.unavailable = 'This version was taken out of service.';
    this.#unload();
    clearTimeout(this.#timer);
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
    if (frame.columns === 0) {
      const message = `The model failed: ${frame.payload.toString('utf8')}`;
      for (const job of jobs) settle(job, new MulleError('model_failed', message));
    } else {
      const scores = frameValues(frame);
      const scoreOf = frame.precision === 4 ? shortFloat32 : (score: number) => score;
      let at = 0;
      for (const job of jobs) {
        const own: number[] = [];
        for (const end = at + job.rows.count; at < end; at++) own.push(scoreOf(scores[at] ?? Number.NaN));
        settle(job, own);
      }
      this.#options.onBatch(frame.rows);
    }
    this.#dispatch(slot);
  }

  hostExited(host: ModelHost, exit: HostExit, restartInMs: number): void {
    const slot = this.#slotOf(host);
    if (slot === undefined) return;
    const jobs = slot.jobs;
    slot.jobs = [];
    const causeId = this.#options.onExit({ ...exit, rowsInFlight: rowCount(jobs) });
    slot.down ??= { causeId, atMs: monotonicMs() };
    const retried: Job[] = [];
    for (const job of jobs) {
      if (job.settled) continue;
      job.deaths++;
      if (job.deaths < deathsPerJob) retried.push(job);
      else settle(job, new MulleError('model_failed', `The model host died ${job.deaths} times under this request.`));
    }
    this.#queue.unshift(...retried);
    this.#queuedRows += rowCount(retried);
    if (!this.isReady && restartInMs > patienceMs) {
      this.#giveUp(exit.loadError ?? 'The model host keeps crashing; it is started again with delays.');
      return;
    }
    for (const other of this.#slots) this.#dispatch(other);
  }

  #giveUp(reason: string): void {
    this.unavailable = reason;
    this.#settle();
    for (const job of this.#queue) settle(job, new MulleError('unavailable', reason));
    this.#queue = [];
    this.#queuedRows = 0;
  }

  #settle(): void {
    this.#wasSettled = true;
    this.#settled?.resolve();
  }

  #unload(): void {
    for (const { host } of this.#slots) host.stop();
    this.#slots = [];
    this.#settled = undefined;
  }

  #slotOf(host: ModelHost): Slot | undefined {
    return this.#slots.find((slot) => slot.host === host);
  }

  #dispatch(slot: Slot): void {
    if (slot.jobs.length > 0 || slot.host.state !== 'ready' || this.#queue.length === 0) return;
    const jobs: Job[] = [];
    let rows = 0;
    for (const job of this.#queue) {
      if (jobs.length > 0 && rows + job.rows.count > batchRows) break;
      jobs.push(job);
      rows += job.rows.count;
    }
    const { columns } = this.#options;
    const frame = slot.host.begin(++this.#batchId, rows, columns.length);
    if (frame === undefined) return;
    if (jobs.length === this.#queue.length) this.#queue = [];
    else this.#queue.splice(0, jobs.length);
    this.#queuedRows -= rows;
    const { values } = frame;
    let at = 0;
    for (const { rows: own } of jobs) {
      for (let row = 0; row < own.count; row++) {
        for (const column of columns) values[at++] = own.values[row * own.width + column] ?? Number.NaN;
      }
    }
    slot.jobs = jobs;
    slot.sentAtMs = monotonicMs();
    slot.host.send(frame);
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
    const check = (job: Job): void => {
      if (job.settled) return;
      if (job.deadlineMs > nowMs) next = Math.min(next, job.deadlineMs);
      else settle(job, new MulleError('deadline_exceeded', 'The model gave no answer in time. Raise the timeout.'));
    };
    for (const { jobs } of this.#slots) for (const job of jobs) check(job);
    for (const job of this.#queue) check(job);
    this.#queue = this.#queue.filter(({ settled }) => !settled);
    this.#queuedRows = rowCount(this.#queue);
    this.#timerAtMs = next;
    if (Number.isFinite(next)) this.#armTimer(next);
  }
}

function settle(job: Job, result: number[] | MulleError): void {
  if (job.settled) return;
  job.settled = true;
  if (result instanceof MulleError) job.reject(result);
  else job.resolve(result);
}

function rowCount(jobs: readonly Job[]): number {
  return jobs.reduce((sum, job) => sum + (job.settled ? 0 : job.rows.count), 0);
}
