import { matches } from '../../format/initial-consonants.ts';
import type { Column, Value } from './column.ts';

/** `:` holds the text (or its initial consonants); the others compare numbers, moments or whole texts. */
export const operators = [':', '=', '>=', '<=', '>', '<'] as const;
export type Operator = (typeof operators)[number];

/** One condition of a filter; without a column it looks in all of them. */
export interface Clause {
  readonly column: string | undefined;
  readonly operator: Operator;
  readonly value: string;
  readonly negated: boolean;
}

/** A term ends at a space outside of double quotes. */
const terms = /(?:"[^"]*"?|[^\s"])+/g;
const comparison = /^(.+?)(>=|<=|:|=|>|<)(.*)$/s;
const bare = (text: string): string => text.replaceAll('"', '');

/**
 * Reads a filter: terms that must all hold, `word`, `"two words"`, `column:part`, `column>=3`, `-state:failed`.
 * What names no column of `columns` is looked for as text, so that nothing typed is an error; `any` takes every name.
 */
export function parseFilter(text: string, columns: readonly string[] | 'any'): Clause[] {
  return (text.match(terms) ?? []).flatMap((term): Clause[] => {
    const negated = term.length > 1 && term.startsWith('-');
    const rest = negated ? term.slice(1) : term;
    const [, name = '', sign, value = ''] = comparison.exec(rest) ?? [];
    const written = bare(name);
    const column =
      columns === 'any' ? written || undefined : columns.find((each) => each.toLowerCase() === written.toLowerCase());
    const operator = operators.find((each) => each === sign);
    if (column === undefined || operator === undefined)
      return bare(rest) === '' ? [] : [{ column: undefined, operator: ':', value: bare(rest), negated }];
    return [{ column, operator, value: bare(value), negated }];
  });
}

const quoted = (text: string): string => (text === '' || /[\s:=<>]/.test(text) ? `"${text}"` : text);

/** Writes what `parseFilter` reads. */
export function printFilter(clauses: readonly Clause[]): string {
  return clauses
    .map(({ column, operator, value, negated }) => {
      const term = column === undefined ? quoted(value) : `${quoted(column)}${operator}${quoted(value)}`;
      return negated ? `-${term}` : term;
    })
    .join(' ');
}

/** Negative, zero or positive, as `Array.sort` wants it; undefined where the two cannot be compared. */
function compare(value: Value, wanted: string, time: boolean): number | undefined {
  if (value === null || value === undefined) return undefined;
  if (typeof value === 'string') return value.localeCompare(wanted, undefined, { numeric: true });
  const limit = time ? Date.parse(wanted) : wanted === '' ? NaN : Number(wanted);
  return Number.isNaN(limit) ? undefined : value - limit;
}

const holds: Record<Exclude<Operator, ':'>, (difference: number) => boolean> = {
  '=': (difference) => difference === 0,
  '>': (difference) => difference > 0,
  '<': (difference) => difference < 0,
  '>=': (difference) => difference >= 0,
  '<=': (difference) => difference <= 0,
};

/** A test of rows by `clauses`. A clause without a value, as in a form half filled, holds for every row. */
export function rowTest<T>(clauses: readonly Clause[], columns: readonly Column<T>[]): (row: T) => boolean {
  const tests = clauses
    .filter(({ value }) => value !== '')
    .map(({ column, operator, value, negated }) => {
      const among = columns.filter(({ id }) => column === undefined || id === column);
      return (row: T): boolean =>
        negated !==
        among.some((each) => {
          const found = each.value?.(row);
          if (operator === ':') return matches(String(found ?? ''), value);
          const difference = compare(found, value, each.time === true);
          return difference !== undefined && holds[operator](difference);
        });
    });
  return (row) => tests.every((test) => test(row));
}
