import Table from 'cli-table3';
import type { Session } from './session.ts';

/** Data goes to stdout; everything said about it to stderr. */
export function printJson(value: unknown): void {
  process.stdout.write(`${JSON.stringify(value, null, process.stdout.isTTY ? 2 : 0)}\n`);
}

export function say(line: string): void {
  process.stderr.write(`${line}\n`);
}

const plainChars = {
  top: '',
  'top-mid': '',
  'top-left': '',
  'top-right': '',
  bottom: '',
  'bottom-mid': '',
  'bottom-left': '',
  'bottom-right': '',
  left: '',
  'left-mid': '',
  mid: '',
  'mid-mid': '',
  right: '',
  'right-mid': '',
  middle: '  ',
};

/** Rows as aligned columns; Hangul counts two cells wide. Without rows `whenEmpty` is said instead. */
export function printTable(
  head: readonly string[],
  rows: readonly (readonly (string | number)[])[],
  whenEmpty?: string,
): void {
  if (rows.length === 0 && whenEmpty !== undefined) return say(whenEmpty);
  const table = new Table({
    head: [...head],
    chars: plainChars,
    style: { head: process.stdout.isTTY ? ['bold'] : [], border: [], 'padding-left': 0, 'padding-right': 0 },
  });
  for (const row of rows) table.push(row.map(String));
  process.stdout.write(`${table.toString()}\n`);
}

/** The value as JSON, or as people read it. */
export function print<T>(session: Session, value: T, forPeople: (value: T) => void): void {
  if (session.json) printJson(value);
  else forPeople(value);
}

/** `2001-02-01 06:00:00`, UTC. */
export function time(ms: number | null): string {
  return ms === null ? '' : new Date(ms).toISOString().slice(0, 19).replace('T', ' ');
}
