import { existsSync, mkdirSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { MulleError } from '#kernel/errors.ts';
import { listBackups } from './backups.ts';
import { regexp } from './regular-expression.ts';
import { toStorageError } from './storage-error.ts';

/** Above this a database is not read through at open: it would hold up the start. */
const quickCheckBytes = 128 * 1024 * 1024;

function holdsNothing(path: string): boolean {
  return !existsSync(path) || statSync(path).size === 0;
}

/** What a person does about a damaged or missing database, given what backups there are. */
function wayOut(backupFolder: string | undefined): string {
  const newest = backupFolder === undefined ? undefined : listBackups(backupFolder)[0];
  if (newest === undefined) {
    return 'There is no backup of it. Keep the file: "sqlite3 FILE .recover" may save most of it. To begin empty, move it away.';
  }
  const at = new Date(newest.atMs).toISOString();
  return `The newest backup is of ${at} (${newest.path}). To put it in place, with the damaged file kept beside it, run "mulle restore" with the same --home or --config, then start again.`;
}

/** What is wrong with the content of an open database; undefined where nothing was found. */
function faultOf(database: DatabaseSync, bytes: number): string | undefined {
  const check = bytes <= quickCheckBytes ? 'PRAGMA quick_check(1)' : 'SELECT count(*) FROM sqlite_schema';
  const verdict = Object.values(database.prepare(check).get() ?? {})[0];
  return typeof verdict === 'string' && verdict !== 'ok' ? verdict.replaceAll('\n', ' ') : undefined;
}

/**
 * Opens the file at `path` (made with its folder when absent): write-ahead log, every commit synced
 * (`synchronous=FULL`), foreign keys checked. Throws `corrupt_data`, with nothing changed, on a file that is damaged, and
 * on one that is gone while backups of it are there: an empty database never takes the place of somebody's data.
 */
export function openSqliteFile(path: string, backupFolder?: string): DatabaseSync {
  if (path === ':memory:') return connect(path);
  if (holdsNothing(path) && backupFolder !== undefined && listBackups(backupFolder).length > 0) {
    throw new MulleError('corrupt_data', `The database ${path} is gone. ${wayOut(backupFolder)}`);
  }
  mkdirSync(dirname(path), { recursive: true });
  let database: DatabaseSync | undefined;
  try {
    database = connect(path);
    const fault = faultOf(database, statSync(path).size);
    if (fault !== undefined) throw new MulleError('corrupt_data', fault);
    return database;
  } catch (thrown) {
    database?.close();
    const error = toStorageError(thrown);
    if (!(error instanceof MulleError && error.code === 'corrupt_data')) throw error;
    const reason = thrown instanceof Error ? thrown.message : String(thrown);
    const message = `The database ${path} is damaged (${reason}); nothing was changed. ${wayOut(backupFolder)}`;
    throw new MulleError('corrupt_data', message, { cause: thrown });
  }
}

function connect(path: string): DatabaseSync {
  const database = new DatabaseSync(path, { timeout: 5_000, enableForeignKeyConstraints: true });
  try {
    database.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA journal_size_limit = 67108864;');
    database.function('regexp', { deterministic: true }, regexp);
    return database;
  } catch (thrown) {
    database.close();
    throw thrown;
  }
}
