/**
 * Opening a journal after whatever happened to it.
 *
 * - Ended well: continues after its last offset.
 * - Killed: SQLite's own recovery keeps what was committed. Offsets that were given out after the last commit, as far as
 *   the high-water file shows, become a loss with reason `crash`.
 * - Damaged (not a database, failed quick check, unreadable): renamed to `*.corrupt-<time>` with its WAL, reported, and a
 *   new journal begun. Its manifest is carried over where it can be read, so that what is in Parquet stays readable.
 *   Offsets go on above the highest one known; where none is known they go on at the time in ms, which is above what
 *   a journal of fewer than 1,000 events a second since 1970 can have reached.
 */
import { readFileSync, statSync } from 'node:fs';
import { DatabaseSync } from 'node:sqlite';
import { nowMs } from '#kernel/clock.ts';
import { setAside } from '#platform/files/durable-files.ts';
import { endOffset, inTransaction, type JournalPaths } from './journal-file.ts';
import { recordLoss } from './journal-batch.ts';
import { readSegments, insertSegment, type Segment } from './segment-manifest.ts';
import { JournalDamage, storageFault, textOf } from './sqlite-row.ts';

/** Above this a journal is not read through at open: it would hold up the start. */
const quickCheckBytes = 128 * 1024 * 1024;

export interface OpenedJournal {
  database: DatabaseSync;
  /** The highest offset in use. */
  lastOffset: number;
  /** Events that were given an offset and were not committed when the last process died. */
  lostInCrash: number;
  problems: string[];
}

/** Opens or begins a journal; `open` makes the connection with its durability settings. */
export function recoverJournal(paths: JournalPaths, open: (path: string) => DatabaseSync): OpenedJournal {
  const problems: string[] = [];
  const highWater = readHighWater(paths.highWater);
  let database: DatabaseSync;
  try {
    database = openChecked(paths.database, open);
  } catch (thrown) {
    if (storageFault(thrown) !== 'corrupt') throw thrown;
    database = beginAnew(paths, open, (salvaged) => Math.max(salvaged, highWater), problems, thrown);
  }
  const end = endOffset(database);
  const lostInCrash = Math.max(0, highWater - end);
  if (lostInCrash > 0) {
    recordLoss(database, { first: end + 1, last: highWater, reason: 'crash' });
  }
  return { database, lastOffset: Math.max(end, highWater), lostInCrash, problems };
}

/**
 * Opens the journal for a thread that takes a dead one's place: its end says what was committed, nothing is written off.
 * `settledThrough` is the end that the process knows of, where the file is damaged.
 */
export function resumeJournal(
  paths: JournalPaths,
  open: (path: string) => DatabaseSync,
  settledThrough: number,
): OpenedJournal {
  try {
    const database = openChecked(paths.database, open);
    return { database, lastOffset: endOffset(database), lostInCrash: 0, problems: [] };
  } catch (thrown) {
    if (storageFault(thrown) !== 'corrupt') throw thrown;
    return replaceJournal(paths, open, settledThrough, thrown);
  }
}

/** Sets a journal aside that turned out damaged while open; the new one goes on after `lastOffset`. */
export function replaceJournal(
  paths: JournalPaths,
  open: (path: string) => DatabaseSync,
  lastOffset: number,
  cause: unknown,
): OpenedJournal {
  const problems: string[] = [];
  const database = beginAnew(paths, open, () => lastOffset, problems, cause);
  return { database, lastOffset, lostInCrash: 0, problems };
}

function openChecked(path: string, open: (path: string) => DatabaseSync): DatabaseSync {
  const database = open(path);
  try {
    if (statSync(path).size <= quickCheckBytes) {
      const verdict = textOf(database.prepare('PRAGMA quick_check(1)').get(), 'quick_check');
      if (verdict !== 'ok') throw new JournalDamage(verdict);
    }
    endOffset(database);
    return database;
  } catch (thrown) {
    database.close();
    throw thrown;
  }
}

function beginAnew(
  paths: JournalPaths,
  open: (path: string) => DatabaseSync,
  /** The last offset in use, given what the damaged file tells of it; 0 where it is not known. */
  endOf: (salvaged: number) => number,
  problems: string[],
  cause: unknown,
): DatabaseSync {
  const kept = salvage(paths.database);
  const timeMs = nowMs();
  const aside = setAside(paths.database, timeMs);
  for (const suffix of ['-wal', '-shm']) setAside(paths.database + suffix, timeMs);
  const reason = cause instanceof Error ? cause.message : String(cause);
  problems.push(
    `Journal ${paths.database} is damaged (${reason}); set aside as ${aside ?? 'nothing'}, a new one begun. ` +
      `${kept.segments.length} Parquet files of it stay readable; events that were only in it are not.`,
  );
  const known = endOf(kept.lastOffset);
  const lastOffset = known > 0 ? known : timeMs;
  const database = open(paths.database);
  inTransaction(database, () => {
    for (const segment of kept.segments) insertSegment(database, segment);
    database.prepare(`UPDATE meta SET value = ? WHERE name = 'compacted_through'`).run(lastOffset);
    const inParquet = kept.segments.reduce((max, segment) => Math.max(max, segment.roundLast), 0);
    if (known > inParquet) recordLoss(database, { first: inParquet + 1, last: known, reason: 'damage' });
  });
  return database;
}

/** What a damaged journal still tells of its end and its manifest; nothing where it cannot be read. */
function salvage(path: string): { lastOffset: number; segments: Segment[] } {
  let database: DatabaseSync | undefined;
  try {
    database = new DatabaseSync(path, { readOnly: true });
    const segments = readSegments(database);
    const last = segments.reduce((max, segment) => Math.max(max, segment.roundLast), 0);
    return { lastOffset: Math.max(last, tryEndOffset(database)), segments };
  } catch {
    return { lastOffset: 0, segments: [] };
  } finally {
    database?.close();
  }
}

function tryEndOffset(database: DatabaseSync): number {
  try {
    return endOffset(database);
  } catch {
    return 0;
  }
}

function readHighWater(path: string): number {
  try {
    const value = Number(readFileSync(path, 'latin1').trim());
    return Number.isSafeInteger(value) && value > 0 ? value : 0;
  } catch {
    return 0;
  }
}
