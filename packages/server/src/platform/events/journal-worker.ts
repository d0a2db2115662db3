/**
 * The journal thread of a writing process. It owns the connection and does all that may block.
 *
 * States: unopened → open → closed. While unopened (the disk was full at the start) a `probe` tries again.
 * A batch is one transaction: committed and synced, or rolled back and `refused`, never in between. After a refusal for
 * other reasons than space the connection is opened afresh. A journal found damaged while open is set aside, and the
 * batch goes into a new one.
 *
 * While events arrive, the highest offset given out is written every 5 ms to the high-water file, without a sync: after
 * a kill it shows how many events were lost before their commit (all but those of the last 5 ms).
 */
import { closeSync, constants, mkdirSync, openSync, writeSync } from 'node:fs';
import type { DatabaseSync, StatementSync } from 'node:sqlite';
import type { MessagePort } from 'node:worker_threads';
import { monotonicMs } from '#kernel/clock.ts';
import { syncPath } from '#platform/files/durable-files.ts';
import { fieldsPerEvent } from './event-buffer.ts';
import {
  insertBatch,
  prepareInsert,
  type FromJournalThread,
  type JournalBatch,
  type JournalThreadData,
  type ToJournalThread,
} from './journal-batch.ts';
import { inTransaction, journalPaths, takeLock, type JournalPaths } from './journal-file.ts';
import { recoverJournal, replaceJournal, resumeJournal, type OpenedJournal } from './journal-recovery.ts';
import { integerOf, storageFault, textOf } from './sqlite-row.ts';

const highWaterEveryMs = 5;
const highWaterIdleTicks = 200;

interface OpenState {
  database: DatabaseSync;
  insert: StatementSync;
}

export class JournalThread {
  readonly #port: MessagePort;
  readonly #dir: string;
  readonly #paths: JournalPaths;
  readonly #open: (path: string) => DatabaseSync;
  readonly #given: Float64Array;
  /** Of the place of a dead thread: what the living process knows of the journal. */
  readonly #settledThrough: number | undefined;
  #lock: DatabaseSync | undefined;
  #highWaterFile: number | undefined;
  /** Whether the journal was opened once; from then on its end is known, and only the connection may be lost. */
  #adopted = false;
  #state: OpenState | undefined;
  #lastOffset = 0;
  #highWaterWritten = 0;
  #highWaterTimer: NodeJS.Timeout | undefined;
  #idleTicks = 0;

  /** `open` makes the connection, with the settings that durability rests on. */
  constructor(port: MessagePort, data: JournalThreadData, open: (path: string) => DatabaseSync) {
    this.#port = port;
    this.#open = open;
    this.#given = new Float64Array(data.highWater);
    this.#settledThrough = data.settledThrough;
    this.#dir = data.dir;
    this.#paths = journalPaths(data.dir, data.writer);
    port.on('message', (message: ToJournalThread) => this.#receive(message));
    this.#tryOpen();
  }

  #post(message: FromJournalThread): void {
    this.#port.postMessage(message);
  }

  #receive(message: ToJournalThread): void {
    switch (message.kind) {
      case 'batch':
        this.#watchHighWater();
        this.#commit(message.batch);
        break;
      case 'wake':
        this.#watchHighWater();
        break;
      case 'probe':
        this.#probe();
        break;
      case 'close':
        this.#close();
        break;
    }
  }

  #tryOpen(): void {
    try {
      mkdirSync(this.#dir, { recursive: true });
      this.#lock ??= takeLock(this.#paths.writerLock);
      if (this.#lock === undefined) {
        const message = `${this.#paths.database} is written by another process. Stop it, or choose another writer name.`;
        this.#post({ kind: 'failed', code: 'conflict', message });
        return;
      }
      const settled = this.#settledThrough;
      const opened =
        settled === undefined
          ? recoverJournal(this.#paths, this.#open)
          : resumeJournal(this.#paths, this.#open, settled);
      try {
        syncPath(this.#dir);
        this.#highWaterFile ??= openSync(this.#paths.highWater, constants.O_RDWR | constants.O_CREAT);
      } catch (thrown) {
        opened.database.close();
        throw thrown;
      }
      this.#adopt(opened);
    } catch (thrown) {
      const message = describe(thrown);
      if (storageFault(thrown) === 'full') this.#post({ kind: 'refused', what: 'probe', fault: 'full', message });
      else this.#post({ kind: 'failed', code: 'internal', message: `Journal ${this.#paths.database}: ${message}` });
    }
  }

  #adopt(opened: OpenedJournal): void {
    const { database } = opened;
    const journalMode = textOf(database.prepare('PRAGMA journal_mode').get(), 'journal_mode');
    const synchronous = integerOf(database.prepare('PRAGMA synchronous').get(), 'synchronous');
    this.#state = { database, insert: prepareInsert(database) };
    this.#adopted = true;
    this.#lastOffset = opened.lastOffset;
    this.#given[0] = Math.max(this.#given[0] ?? 0, opened.lastOffset);
    for (const message of opened.problems) this.#post({ kind: 'problem', message });
    this.#post({
      kind: 'opened',
      lastOffset: opened.lastOffset,
      lostInCrash: opened.lostInCrash,
      journalMode,
      synchronous,
    });
  }

  #commit(batch: JournalBatch): void {
    const startMs = monotonicMs();
    try {
      this.#insert(batch);
    } catch (thrown) {
      if (storageFault(thrown) !== 'corrupt' || !this.#replace(thrown, batch)) {
        const fault = storageFault(thrown) === 'full' ? 'full' : 'other';
        this.#post({ kind: 'refused', what: 'batch', fault, message: describe(thrown) });
        return;
      }
    }
    this.#post({ kind: 'committed', durationMs: monotonicMs() - startMs });
  }

  #insert(batch: JournalBatch): void {
    this.#state ??= this.#reopen();
    const { database, insert } = this.#state;
    try {
      inTransaction(database, () => insertBatch(database, insert, batch));
    } catch (thrown) {
      if (storageFault(thrown) === 'other') {
        database.close();
        this.#state = undefined;
      }
      throw thrown;
    }
    const { fields, count } = batch.events;
    const end = (count - 1) * fieldsPerEvent;
    this.#lastOffset = Math.max(this.#lastOffset, fields[end] ?? 0, batch.losses.at(-1)?.last ?? 0);
  }

  #reopen(): OpenState {
    const database = this.#open(this.#paths.database);
    return { database, insert: prepareInsert(database) };
  }

  /** True when a new journal was begun and holds the batch. */
  #replace(cause: unknown, batch: JournalBatch): boolean {
    try {
      this.#state?.database.close();
      this.#state = undefined;
      const opened = replaceJournal(this.#paths, this.#open, this.#lastOffset, cause);
      for (const message of opened.problems) this.#post({ kind: 'problem', message });
      this.#state = { database: opened.database, insert: prepareInsert(opened.database) };
      this.#insert(batch);
      return true;
    } catch (thrown) {
      this.#post({ kind: 'problem', message: describe(thrown) });
      return false;
    }
  }

  /** Is there space again? Writes something of the size of a small batch, and takes it back. */
  #probe(): void {
    if (!this.#adopted) {
      this.#tryOpen();
      return;
    }
    try {
      this.#state ??= this.#reopen();
      const { database } = this.#state;
      inTransaction(database, () => {
        database.exec('INSERT INTO probes VALUES (zeroblob(65536))');
      });
      inTransaction(database, () => database.exec('DELETE FROM probes'));
      this.#post({ kind: 'probed' });
    } catch (thrown) {
      this.#post({ kind: 'refused', what: 'probe', fault: 'full', message: describe(thrown) });
    }
  }

  #watchHighWater(): void {
    this.#idleTicks = 0;
    this.#highWaterTimer ??= setInterval(() => {
      if (this.#writeHighWater()) this.#idleTicks = 0;
      else if (++this.#idleTicks > highWaterIdleTicks) {
        clearInterval(this.#highWaterTimer);
        this.#highWaterTimer = undefined;
      }
    }, highWaterEveryMs);
    this.#writeHighWater();
  }

  #writeHighWater(): boolean {
    const given = this.#given[0] ?? 0;
    if (given === this.#highWaterWritten || this.#highWaterFile === undefined) return false;
    try {
      writeSync(this.#highWaterFile, `${String(given).padStart(16, '0')}\n`, 0, 'latin1');
      this.#highWaterWritten = given;
    } catch {
      // A full disk: the count of a crash's losses would be lower, nothing else depends on it.
    }
    return true;
  }

  #close(): void {
    clearInterval(this.#highWaterTimer);
    this.#writeHighWater();
    try {
      this.#state?.database.close();
    } catch (thrown) {
      this.#post({ kind: 'problem', message: describe(thrown) });
    }
    if (this.#highWaterFile !== undefined) closeSync(this.#highWaterFile);
    this.#lock?.close();
    this.#post({ kind: 'closed' });
    this.#port.close();
  }
}

function describe(thrown: unknown): string {
  return thrown instanceof Error ? thrown.message : String(thrown);
}
