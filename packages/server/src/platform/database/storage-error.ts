import { MulleError } from '#kernel/errors.ts';

/** Primary result codes of SQLite (https://sqlite.org/rescode.html); the extended code carries them in its low byte. */
const sqlite = { busy: 5, ioError: 10, corrupt: 11, full: 13, notADatabase: 26 } as const;

function propertyOf(thrown: unknown, name: string): unknown {
  return typeof thrown === 'object' && thrown !== null ? Reflect.get(thrown, name) : undefined;
}

/**
 * A failure of the storage under the database as the error that callers can act on; anything else stays as it is.
 * Reads ENOSPC of the file system, SQLite's result codes and PostgreSQL's classes 08, 53 and 57, and its 2201B.
 */
export function toStorageError(thrown: unknown): unknown {
  if (thrown instanceof MulleError) return thrown;
  const code = propertyOf(thrown, 'code');
  const resultCode = propertyOf(thrown, 'errcode');
  const primary = code === 'ERR_SQLITE_ERROR' && typeof resultCode === 'number' ? resultCode & 0xff : undefined;
  const context = { cause: thrown };
  if (primary === sqlite.full || primary === sqlite.ioError || code === 'ENOSPC' || code === '53100') {
    return new MulleError(
      'storage_full',
      'The database cannot write: its disk is full or failing. Free space.',
      context,
    );
  }
  if (primary === sqlite.corrupt || primary === sqlite.notADatabase) {
    return new MulleError(
      'corrupt_data',
      'The database file is damaged. End Mulle, then run "mulle restore" to go back to the newest backup.',
      context,
    );
  }
  if (code === '2201B') {
    return new MulleError('invalid_argument', 'PostgreSQL does not take this regular expression.', context);
  }
  const connection = typeof code === 'string' && /^(08...|57P0.|53300|ECONN.*|ETIMEDOUT|ENOTFOUND)$/.test(code);
  if (primary === sqlite.busy || connection) {
    return new MulleError('unavailable', 'The database cannot be reached or is held by another process. Try again.', {
      ...context,
      retryAfterSeconds: 1,
    });
  }
  return thrown;
}
