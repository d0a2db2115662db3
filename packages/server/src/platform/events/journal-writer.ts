/**
 * The main-thread side of a journal: gives each event its offset, gathers what a tick brings and hands it to the journal
 * thread, which commits it. Never touches the disk and never waits.
 *
 * States: open → refusing → open … → closed. In `refusing` (the storage took no commit) every event is counted and
 * dropped and every durable call is rejected at once with `storage_full`; a probe each 250 ms finds out when space is
 * there again. A journal that cannot be opened for want of space starts in `refusing`.
 *
 * A thread that dies is started again. Events gather meanwhile; the batch that it had in hand stays in memory shared with
 * it, and the journal's end tells the next thread whether it was committed: if not, it is handed over again. So nothing
 * is lost, and nothing written twice. A batch that three threads died of is given up as a loss.
 *
 * Limits: what is gathered and in flight takes at most `bufferBytes` (two bytes a character and 64 an event). Past it the
 * fast policy drops and counts, the durable one rejects with `overloaded`. One batch is in flight at a time; the next is
 * handed over 20 ms after its first event, 5 ms where someone waits, and at the earliest when the one before is done.
 *
 * A kill loses what was not committed: for the fast policy at most the last 20 ms and the commit in flight, for a resolved
 * durable call nothing. Every offset that holds no event is recorded as a loss with its reason.
 */
import type { NewEvent, Topic } from '@mulle/contract';
import { MulleError } from '#kernel/errors.ts';
import { limits } from '#kernel/limits.ts';
import { EventBuffer, type AsciiText } from './event-buffer.ts';
import type { FromJournalThread, JournalBatch, JournalThreadData, Loss } from './journal-batch.ts';
import { journalPaths } from './journal-file.ts';
import { ThreadKeeper } from './journal-thread-keeper.ts';
import { topicIndex } from './topic-index.ts';

const tickMs = 20;
const durableTickMs = 5;
const probeEveryMs = 250;
const eventOverheadBytes = 64;
/** A batch that so many threads died of is given up. */
const mostDeathsOfBatch = 3;
/** So many deaths in a row end the wait for the last commit of a writer that closes. */
const mostDeathsAtClose = 5;
/** The largest value of one event, in characters of JSON: a request body's limit with room for what Mulle adds. */
const valueCharacters = 2 * limits.requestBodyBytes;

export interface JournalWriterOptions {
  dir: string;
  writer: string;
  /** Bound of what waits for its commit. Default `limits.journalBufferBytes`. */
  bufferBytes?: number;
  /** Told of each change for the worse and for the better: full disk, recovery, damaged journal, dead thread. */
  onProblem: (message: string) => void;
  /** Called after each commit with the highest offset that is durable. */
  onCommitted?: (offset: number) => void;
  /** The journal thread's module; tests put in one with planted faults. */
  threadModule?: URL;
}

export interface JournalWriterStats {
  state: 'open' | 'refusing' | 'closed';
  /** Events taken into the buffer. */
  appended: number;
  committed: number;
  /** Events that were offered or taken and will not be in the journal. */
  dropped: number;
  /** Events of the process before, lost when it was killed. */
  lostInCrash: number;
  bufferedBytes: number;
  commits: number;
  lastCommitMs: number;
  /** What the connection itself says of its durability: `wal` and 2 (FULL), or the writer is not durable. */
  journalMode: string;
  synchronous: number;
}

interface Waiter {
  resolve: () => void;
  reject: (error: MulleError) => void;
}

/** Runs of consecutive offsets, as [first, last]. */
type Runs = [number, number][];

interface InFlight {
  batch: JournalBatch;
  /** The highest offset given out when it was handed over: that of its last event or loss. */
  last: number;
  bytes: number;
  runs: Runs;
  waiters: Waiter[];
  /** Threads that died with it in hand. */
  deaths: number;
}

/** Opens or recovers the writer's journal. Rejects with `conflict` when another process owns the name. */
export async function openJournalWriter(options: JournalWriterOptions): Promise<JournalWriter> {
  journalPaths(options.dir, options.writer);
  const writer = new JournalWriter(options);
  await writer.opened;
  return writer;
}

export class JournalWriter {
  readonly opened: Promise<void>;
  readonly #options: JournalWriterOptions;
  readonly #bufferBytes: number;
  readonly #thread: ThreadKeeper;
  readonly #given = new Float64Array(new SharedArrayBuffer(8));
  #settleOpened: Waiter = { resolve: () => {}, reject: () => {} };
  #state: 'opening' | 'open' | 'refusing' | 'closed' = 'opening';
  /** Before the journal was opened offsets count from 1 and are moved up when its end is known. */
  #based = false;
  #nextOffset = 1;
  /** Offsets up to here are in the journal, as events or as losses. */
  #settledThrough = 0;
  /** The thread died and the next one has not opened the journal yet: nothing is handed over. */
  #restarting = false;
  readonly #gathered = new EventBuffer();
  #bytes = 0;
  #runs: Runs = [];
  #losses: Loss[] = [];
  #waiters: Waiter[] = [];
  #inFlight: InFlight | undefined;
  #timer: NodeJS.Timeout | undefined;
  #timerIsShort = false;
  #probeTimer: NodeJS.Timeout | undefined;
  #drained: (() => void) | undefined;
  #stats = { appended: 0, committed: 0, dropped: 0, lostInCrash: 0, commits: 0, lastCommitMs: 0 };
  #durability = { journalMode: '', synchronous: -1 };
  #closing: Promise<void> | undefined;

  constructor(options: JournalWriterOptions) {
    this.#options = options;
    this.#bufferBytes = options.bufferBytes ?? limits.journalBufferBytes;
    this.opened = new Promise((resolve, reject) => (this.#settleOpened = { resolve, reject }));
    this.#thread = new ThreadKeeper(
      {
        module: options.threadModule ?? new URL('./journal-worker-entry.ts', import.meta.url),
        onMessage: (message) => this.#receive(message),
        onDeath: (reason) => this.#threadDied(reason),
      },
      this.#threadData(),
    );
  }

  /**
   * Takes an event without waiting: false when the buffer or the disk is full, and the event is counted as dropped.
   * Throws `invalid_argument` for an unknown topic, an empty type or id, a time that is no number of ms, or a value
   * that is no JSON object.
   */
  append(event: NewEvent): boolean {
    const value = encodeValue(event);
    return this.appendEncoded(event.topic, event.type, event.key, event.id, event.timeMs, event.causeId, value);
  }

  /**
   * `append` for a value that is JSON text already, copied before this returns; it must be that of an object. Fractions
   * of a ms are cut off.
   */
  appendEncoded(
    topic: Topic,
    type: string,
    key: string,
    id: string,
    timeMs: number,
    causeId: string | undefined,
    valueJson: string | AsciiText,
  ): boolean {
    const index = topicIndex(topic);
    checkEvent(type, id, timeMs, valueJson);
    const characters = type.length + key.length + id.length + (causeId?.length ?? 0) + valueJson.length;
    const bytes = 2 * characters + eventOverheadBytes;
    if (this.#state !== 'open' || this.bufferedBytes + bytes > this.#bufferBytes) {
      this.#drop(this.#state === 'open' ? 'buffer_full' : 'storage');
      return false;
    }
    const offset = this.#nextOffset++;
    this.#given[0] = offset;
    this.#gathered.add(offset, index, type, key, id, Math.trunc(timeMs), causeId, valueJson);
    this.#bytes += bytes;
    this.#stats.appended++;
    const run = this.#runs.at(-1);
    if (run !== undefined && run[1] === offset - 1) run[1] = offset;
    else this.#runs.push([offset, offset]);
    if (this.#timer === undefined) this.#startTimer(tickMs);
    return true;
  }

  /**
   * Resolves when all of `events` are committed and synced, in one transaction. Rejects with `storage_full`, with
   * `overloaded` when the buffer has no room for them, with `unavailable` when the journal is closed or its thread
   * died; a rejected call left nothing, unless the process died.
   */
  async appendDurable(events: readonly NewEvent[]): Promise<void> {
    this.#assertTaking();
    const values = events.map((event) => {
      const value = encodeValue(event);
      topicIndex(event.topic);
      checkEvent(event.type, event.id, event.timeMs, value);
      return value;
    });
    const bytes = events.reduce(
      (sum, { type, key, id, causeId = '' }, index) =>
        sum +
        2 * (type.length + key.length + id.length + causeId.length + (values[index] ?? '').length) +
        eventOverheadBytes,
      0,
    );
    if (this.bufferedBytes + bytes > this.#bufferBytes) {
      throw new MulleError('overloaded', `The event buffer (${this.#bufferBytes} bytes) is full. Retry in a second.`, {
        retryAfterSeconds: 1,
      });
    }
    events.forEach(({ topic, type, key, id, timeMs, causeId }, index) => {
      this.appendEncoded(topic, type, key, id, timeMs, causeId, values[index] ?? '{}');
    });
    await this.flush();
  }

  /** Resolves when everything taken so far is committed and synced; rejects like `appendDurable` when it was refused. */
  async flush(): Promise<void> {
    if (this.#gathered.count === 0) {
      const { promise, resolve, reject } = Promise.withResolvers<void>();
      if (this.#inFlight === undefined) resolve();
      else this.#inFlight.waiters.push({ resolve, reject });
      return promise;
    }
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    this.#waiters.push({ resolve, reject });
    if (!this.#timerIsShort) this.#startTimer(durableTickMs);
    return promise;
  }

  get bufferedBytes(): number {
    return this.#bytes + (this.#inFlight?.bytes ?? 0);
  }

  stats(): JournalWriterStats {
    const state = this.#state === 'opening' ? 'refusing' : this.#state;
    return { state, ...this.#stats, ...this.#durability, bufferedBytes: this.bufferedBytes };
  }

  /** Commits what was taken, then ends the thread and gives the name free. What the storage refuses is counted. */
  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #close(): Promise<void> {
    clearInterval(this.#probeTimer);
    const hasThread = this.#state !== 'closed';
    this.#state = 'closed';
    if (!hasThread) return;
    if (this.#based) {
      const drained = new Promise<void>((resolve) => (this.#drained = resolve));
      this.#handOver();
      await drained;
    }
    clearTimeout(this.#timer);
    await this.#thread.end();
  }

  #threadData(): JournalThreadData {
    const { dir, writer } = this.#options;
    const settled = this.#based ? { settledThrough: this.#settledThrough } : {};
    return { dir, writer, highWater: this.#given.buffer, ...settled };
  }

  #assertTaking(): void {
    if (this.#state === 'open') return;
    if (this.#state === 'closed') {
      throw new MulleError('unavailable', `The journal of writer "${this.#options.writer}" is closed.`);
    }
    throw storageFull(this.#options.dir);
  }

  #drop(reason: Loss['reason']): void {
    this.#stats.dropped++;
    const offset = this.#nextOffset++;
    this.#given[0] = this.#based ? offset : 0;
    const last = this.#losses.at(-1);
    if (last !== undefined && last.last === offset - 1 && last.reason === reason) last.last = offset;
    else this.#losses.push({ first: offset, last: offset, reason });
  }

  #startTimer(ms: number): void {
    clearTimeout(this.#timer);
    this.#timerIsShort = ms === durableTickMs;
    if (this.#inFlight === undefined && this.#gathered.count === 1) this.#thread.send({ kind: 'wake' });
    this.#timer = setTimeout(() => {
      this.#timer = undefined;
      this.#timerIsShort = false;
      if (this.#inFlight === undefined) this.#handOver();
    }, ms);
  }

  /** Posts what was gathered; a batch that came due while another was in flight goes when that one is done. */
  #handOver(): void {
    if (this.#inFlight !== undefined || this.#restarting) return;
    if (this.#gathered.count === 0 && this.#losses.length === 0) {
      this.#drained?.();
      return;
    }
    const batch: JournalBatch = { events: this.#gathered.take(), losses: this.#losses };
    this.#inFlight = {
      batch,
      last: this.#nextOffset - 1,
      bytes: this.#bytes,
      runs: this.#runs,
      waiters: this.#waiters,
      deaths: 0,
    };
    this.#bytes = 0;
    this.#runs = [];
    this.#losses = [];
    this.#waiters = [];
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#timerIsShort = false;
    this.#thread.send({ kind: 'batch', batch });
  }

  #receive(message: FromJournalThread): void {
    switch (message.kind) {
      case 'opened':
        this.#base(message.lastOffset);
        this.#stats.lostInCrash = message.lostInCrash;
        this.#durability = { journalMode: message.journalMode, synchronous: message.synchronous };
        this.#settleOpened.resolve();
        this.#recovered();
        if (this.#restarting) this.#resume(message.lastOffset);
        break;
      case 'failed':
        this.#settleOpened.reject(new MulleError(message.code, message.message));
        if (this.#state === 'opening') this.#state = 'closed';
        this.#thread.fail(message.message);
        break;
      case 'committed':
        this.#committed(message.durationMs);
        break;
      case 'refused':
        this.#refused(message);
        break;
      case 'probed':
        this.#recovered();
        break;
      case 'problem':
        this.#options.onProblem(message.message);
        break;
      case 'closed':
        break;
    }
  }

  /** Puts the offsets that were counted before the journal's end was known above that end. */
  #base(lastOffset: number): void {
    if (this.#based) return;
    this.#based = true;
    this.#losses = this.#losses.map((loss) => ({
      ...loss,
      first: loss.first + lastOffset,
      last: loss.last + lastOffset,
    }));
    this.#nextOffset += lastOffset;
    this.#settledThrough = lastOffset;
    this.#given[0] = this.#nextOffset - 1;
  }

  #committed(durationMs: number): void {
    const done = this.#inFlight;
    if (done === undefined) return;
    this.#inFlight = undefined;
    this.#settledThrough = done.last;
    this.#thread.deaths = 0;
    this.#stats.committed += done.batch.events.count;
    this.#stats.commits++;
    this.#stats.lastCommitMs = durationMs;
    for (const waiter of done.waiters) waiter.resolve();
    const last = done.runs.at(-1)?.[1];
    if (last !== undefined) this.#options.onCommitted?.(last);
    this.#next(true);
  }

  #refused({ what, fault, message }: Extract<FromJournalThread, { kind: 'refused' }>): void {
    if (this.#state === 'opening') this.#settleOpened.resolve();
    if (this.#state === 'open' || this.#state === 'opening') {
      this.#options.onProblem(`Events of ${this.#options.writer} are refused: ${message}. They go on when it passes.`);
      this.#state = 'refusing';
      clearInterval(this.#probeTimer);
      this.#probeTimer = setInterval(() => this.#thread.send({ kind: 'probe' }), probeEveryMs);
    }
    if (what === 'probe') return;
    this.#giveUp(fault === 'full' ? storageFull(this.#options.dir) : new MulleError('unavailable', message));
    this.#next(false);
  }

  /** The batch in flight is not in the journal and will not be: its events become losses. */
  #giveUp(error: MulleError): void {
    const refused = this.#inFlight;
    if (refused === undefined) return;
    this.#inFlight = undefined;
    const lost = refused.runs.map(([first, last]): Loss => ({ first, last, reason: 'storage' }));
    this.#stats.dropped += refused.batch.events.count;
    this.#losses = [...refused.batch.losses, ...lost, ...this.#losses].toSorted((a, b) => a.first - b.first);
    for (const waiter of refused.waiters) waiter.reject(error);
  }

  #recovered(): void {
    clearInterval(this.#probeTimer);
    if (this.#state === 'refusing') this.#options.onProblem(`Events of ${this.#options.writer} are written again.`);
    if (this.#state !== 'closed') this.#state = 'open';
    if (this.#losses.length > 0) this.#handOver();
  }

  #next(lossesToo: boolean): void {
    if (this.#drained !== undefined) {
      if (this.#gathered.count > 0 || (lossesToo && this.#losses.length > 0)) this.#handOver();
      else this.#drained();
    } else if (this.#gathered.count > 0 && this.#timer === undefined) {
      this.#handOver();
    }
  }

  /** What the next thread starts with; nothing where the journal was never opened, or the writer closes in vain. */
  #threadDied(reason: string): JournalThreadData | undefined {
    const error = this.#died(reason);
    this.#options.onProblem(error.message);
    this.#settleOpened.reject(error);
    const closesInVain = this.#closing !== undefined && this.#thread.deaths >= mostDeathsAtClose;
    if (this.#state === 'opening' || (this.#state === 'closed' && this.#closing === undefined) || closesInVain) {
      this.#abandon(error);
      return undefined;
    }
    this.#restarting = true;
    if (this.#inFlight !== undefined) this.#inFlight.deaths++;
    return this.#threadData();
  }

  /** A new thread has opened the journal, which ends at `lastOffset`. */
  #resume(lastOffset: number): void {
    this.#restarting = false;
    const batch = this.#inFlight;
    if (batch === undefined) this.#next(true);
    else if (lastOffset >= batch.last) this.#committed(0);
    else if (batch.deaths < mostDeathsOfBatch) this.#thread.send({ kind: 'batch', batch: batch.batch });
    else {
      this.#giveUp(this.#died('again and again over the same events, which are given up'));
      this.#next(true);
    }
  }

  #died(how: string): MulleError {
    return new MulleError('unavailable', `The journal thread of "${this.#options.writer}" died: ${how}.`);
  }

  #abandon(error: MulleError): void {
    this.#state = 'closed';
    clearInterval(this.#probeTimer);
    clearTimeout(this.#timer);
    this.#giveUp(error);
    this.#stats.dropped += this.#gathered.count;
    for (const waiter of this.#waiters) waiter.reject(error);
    this.#waiters = [];
    this.#gathered.take();
    this.#drained?.();
  }
}

function storageFull(dir: string): MulleError {
  return new MulleError(
    'storage_full',
    `The disk of ${dir} takes no more events. Free space; writing resumes by itself.`,
    {
      retryAfterSeconds: 1,
    },
  );
}

function encodeValue(event: NewEvent): string {
  const value: unknown = JSON.stringify(event.value);
  if (typeof value !== 'string') {
    throw new MulleError('invalid_argument', `The value of event "${event.id}" is no JSON object.`);
  }
  return value;
}

function checkEvent(type: string, id: string, timeMs: number, valueJson: string | AsciiText): void {
  if (type === '' || id === '') throw new MulleError('invalid_argument', 'An event needs a type and an id.');
  if (!(Math.abs(timeMs) <= 8.64e15)) {
    throw new MulleError('invalid_argument', `timeMs of event "${id}" is ${timeMs}; it must be ms since the epoch.`);
  }
  if ((typeof valueJson === 'string' ? valueJson.charCodeAt(0) : valueJson.bytes[0]) !== 123) {
    throw new MulleError('invalid_argument', `The value of event "${id}" must be a JSON object.`);
  }
  if (valueJson.length > valueCharacters) {
    throw new MulleError('body_too_large', `The value of event "${id}" has more than ${valueCharacters} characters.`);
  }
}
