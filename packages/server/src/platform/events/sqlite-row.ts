import type { SQLOutputValue } from 'node:sqlite';

/** One row as `node:sqlite` hands it over. */
export type SqliteRow = Record<string, SQLOutputValue>;

/** The integer in a column; throws where the column holds something else, which only a damaged file does. */
export function integerOf(row: SqliteRow | undefined, column: string): number {
  const value = row?.[column];
  if (typeof value !== 'number') throw new JournalDamage(`column ${column} holds ${typeof value}, not a number`);
  return value;
}

/** The text in a column; throws like `integerOf`. */
export function textOf(row: SqliteRow | undefined, column: string): string {
  const value = row?.[column];
  if (typeof value !== 'string') throw new JournalDamage(`column ${column} holds ${typeof value}, not text`);
  return value;
}

/** The text in a column that may be NULL. */
export function optionalTextOf(row: SqliteRow | undefined, column: string): string | undefined {
  const value = row?.[column];
  return value === null || value === undefined ? undefined : textOf(row, column);
}

/** A journal whose pages are readable and whose content is not what a writer of this format left. */
export class JournalDamage extends Error {}

const fullCodes = new Set([10, 13]); // SQLITE_IOERR, SQLITE_FULL
const corruptCodes = new Set([11, 26]); // SQLITE_CORRUPT, SQLITE_NOTADB
const busyCodes = new Set([5, 6]); // SQLITE_BUSY, SQLITE_LOCKED

function primaryCode(thrown: unknown): number | undefined {
  if (!(thrown instanceof Error) || !('errcode' in thrown)) return undefined;
  return typeof thrown.errcode === 'number' ? thrown.errcode & 0xff : undefined;
}

/**
 * What an error of the storage means for the caller: `full` (SQLITE_FULL, SQLITE_IOERR, ENOSPC, EIO, EDQUOT: space or
 * device, may pass), `corrupt` (the file), `busy` (somebody else holds the write lock), else `other`.
 */
export function storageFault(thrown: unknown): 'full' | 'corrupt' | 'busy' | 'other' {
  if (thrown instanceof JournalDamage) return 'corrupt';
  const code = primaryCode(thrown);
  if (code !== undefined && fullCodes.has(code)) return 'full';
  if (code !== undefined && corruptCodes.has(code)) return 'corrupt';
  if (code !== undefined && busyCodes.has(code)) return 'busy';
  if (thrown instanceof Error && 'code' in thrown && ['ENOSPC', 'EIO', 'EDQUOT'].includes(String(thrown.code))) {
    return 'full';
  }
  return 'other';
}
