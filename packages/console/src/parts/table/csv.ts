import type { Column, Value } from './column.ts';

/** A text that a spreadsheet would take for a formula stands behind an apostrophe (OWASP, CSV injection). */
function field(value: Value, time: boolean): string {
  if (value === null || value === undefined) return '';
  if (typeof value === 'number') return time ? new Date(value).toISOString() : String(value);
  const safe = /^[=+\-@\t\r]/.test(value) ? `'${value}` : value;
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}

/** Rows as CSV (RFC 4180): column ids as the head, plain numbers, moments in ISO 8601. */
export function toCsv<T>(rows: readonly T[], columns: readonly Column<T>[]): string {
  const written = columns.filter(({ value }) => value !== undefined);
  const lines = rows.map((row) => written.map(({ value, time }) => field(value?.(row), time === true)).join(','));
  return [written.map(({ id }) => field(id, false)).join(','), ...lines].map((line) => `${line}\r\n`).join('');
}
