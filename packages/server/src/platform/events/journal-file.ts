/**
 * The journal: one SQLite file per writing process, `<dir>/<writer>.sqlite`, in WAL mode with synchronous=FULL.
 *
 * What is in it:
 * - `events`   the tail: every committed event that is not yet in Parquet, by offset.
 * - `losses`   ranges of offsets that were given out and hold no event, each with its reason. Offsets grow by one per
 *              event offered, never repeat, and every offset up to the end is in the tail, in a segment, or in here.
 * - `segments` the manifest: the Parquet files that hold what was compacted. What is not here does not exist.
 * - `intents`  names of files that a compactor is about to make or to remove; the next one sweeps what a crash left.
 * - `probes`   empty; written to and emptied again to find out whether a full disk has space.
 * - `meta`     `compacted_through`: offsets up to it are in segments (or expired), offsets above it in the tail.
 *
 * One process may write events (`<writer>.writer-lock`), one may compact (`<writer>.compactor-lock`), any number read.
 * Both locks are SQLite's own on an empty file: the system drops them with the process, however it ends.
 */
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { MulleError } from '#kernel/errors.ts';
import { integerOf, JournalDamage, storageFault } from './sqlite-row.ts';

export const journalFormat = 1;
const busyTimeoutMs = 10_000;
const pageBytes = 16 * 1024;
const checkpointBytes = 16 * 1024 * 1024;
const writerPattern = /^[a-z0-9][a-z0-9_-]{0,63}$/;
const journalPattern = /^([a-z0-9][a-z0-9_-]{0,63})\.sqlite$/;

const schema = `
  CREATE TABLE IF NOT EXISTS events (
    offset INTEGER PRIMARY KEY, topic TEXT NOT NULL, type TEXT NOT NULL, key TEXT NOT NULL, id TEXT NOT NULL,
    time_ms INTEGER NOT NULL, cause_id TEXT, value TEXT NOT NULL, committed_ms INTEGER NOT NULL) STRICT;
  CREATE TABLE IF NOT EXISTS losses (
    first_offset INTEGER PRIMARY KEY, last_offset INTEGER NOT NULL, reason TEXT NOT NULL,
    recorded_ms INTEGER NOT NULL) STRICT;
  CREATE TABLE IF NOT EXISTS segments (
    file TEXT PRIMARY KEY, topic TEXT NOT NULL, key TEXT, first_offset INTEGER NOT NULL, last_offset INTEGER NOT NULL,
    rows INTEGER NOT NULL, min_time_ms INTEGER NOT NULL, max_time_ms INTEGER NOT NULL, bytes INTEGER NOT NULL,
    sha256 TEXT NOT NULL, value_type TEXT NOT NULL, round_last INTEGER NOT NULL, state TEXT NOT NULL) STRICT;
  CREATE TABLE IF NOT EXISTS intents (file TEXT PRIMARY KEY) STRICT;
  CREATE TABLE IF NOT EXISTS probes (data BLOB NOT NULL) STRICT;
  CREATE TABLE IF NOT EXISTS meta (name TEXT PRIMARY KEY, value INTEGER NOT NULL) STRICT;
  INSERT OR IGNORE INTO meta VALUES ('compacted_through', 0);
  PRAGMA user_version = ${journalFormat};
`;

export interface JournalPaths {
  database: string;
  writerLock: string;
  compactorLock: string;
  /** The highest offset given out, written without sync: it outlives the process, and shows what a kill lost. */
  highWater: string;
  segments: string;
}

/** Where a writer's files are. Throws `invalid_argument` for a name that is not 1–64 of `a-z 0-9 _ -`. */
export function journalPaths(dir: string, writer: string): JournalPaths {
  if (!writerPattern.test(writer)) {
    throw new MulleError('invalid_argument', `Writer name "${writer}" must be 1 to 64 of a-z, 0-9, "_" and "-".`);
  }
  const base = join(dir, writer);
  return {
    database: `${base}.sqlite`,
    writerLock: `${base}.writer-lock`,
    compactorLock: `${base}.compactor-lock`,
    highWater: `${base}.high-water`,
    segments: join(dir, 'segments'),
  };
}

/** Names of the writers that have a journal in `dir`, sorted. */
export function listWriters(dir: string): string[] {
  return readdirSync(dir)
    .flatMap((name) => journalPattern.exec(name)?.[1] ?? [])
    .toSorted();
}

/** Opens a journal for writing, creating it; each commit is synced. A damaged file throws SQLite's error. */
export function openJournalDatabase(path: string): DatabaseSync {
  const database = new DatabaseSync(path, { timeout: busyTimeoutMs });
  try {
    // Of a new file: a commit is many events, and each page costs two writes to the WAL and one to the file.
    database.exec(`PRAGMA page_size = ${pageBytes}; PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;`);
    database.exec(`PRAGMA wal_autocheckpoint = ${checkpointBytes / pageBytes};`);
    database.exec(`PRAGMA journal_size_limit = 67108864; BEGIN IMMEDIATE; ${schema} COMMIT;`);
    const version = integerOf(database.prepare('PRAGMA user_version').get(), 'user_version');
    if (version !== journalFormat) throw new JournalDamage(`format ${version} is not ${journalFormat}`);
    return database;
  } catch (thrown) {
    database.close();
    throw thrown;
  }
}

/** Runs `work` in one synced transaction; rolls back on a throw. */
export function inTransaction<T>(database: DatabaseSync, work: () => T): T {
  database.exec('BEGIN IMMEDIATE');
  try {
    const result = work();
    database.exec('COMMIT');
    return result;
  } catch (thrown) {
    if (database.isTransaction) database.exec('ROLLBACK');
    throw thrown;
  }
}

/** The end of a journal: the highest offset that it knows, whether its event is here, in Parquet, expired or lost. */
export function endOffset(database: DatabaseSync): number {
  const row = database
    .prepare(
      `SELECT max((SELECT value FROM meta WHERE name = 'compacted_through'),
                  coalesce((SELECT max(offset) FROM events), 0),
                  coalesce((SELECT last_offset FROM losses ORDER BY first_offset DESC LIMIT 1), 0)) AS last`,
    )
    .get();
  return integerOf(row, 'last');
}

/** The highest offset that left the tail. */
export function compactedThrough(database: DatabaseSync): number {
  return integerOf(database.prepare(`SELECT value FROM meta WHERE name = 'compacted_through'`).get(), 'value');
}

/**
 * Takes a lock file for as long as the returned connection is open; undefined when another process has it.
 * The lock dies with its process.
 */
export function takeLock(path: string): DatabaseSync | undefined {
  const lock = new DatabaseSync(path, { timeout: 0 });
  try {
    lock.exec('BEGIN EXCLUSIVE');
    return lock;
  } catch (thrown) {
    lock.close();
    if (storageFault(thrown) === 'busy') return undefined;
    throw thrown;
  }
}
