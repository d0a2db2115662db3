/**
 * The language of searches: MLflow's grammar, and beyond it OR, parentheses and BETWEEN.
 *
 *     filter     = [ either ]
 *     either     = all { OR all }                      all = one { AND one }
 *     one        = "(" either ")" | comparison
 *     comparison = key comparator value | key [NOT] BETWEEN value AND value
 *                | key [NOT] IN (value, …) | key IS [NOT] NULL
 *     key        = part { "." part }                   part = word | `quoted` | "quoted"
 *     value      = 'text' | "text" | number | true | false
 */
import { MulleError } from '#kernel/errors.ts';
import { comparators, type Comparator, type Comparison, type Scalar } from './comparator.ts';
import type { Filter } from './filter.ts';
import { FilterCursor } from './filter-tokens.ts';

/** `entity` is what stands before the first dot; undefined where there is none. */
export interface FilterComparison extends Comparison {
  readonly entity: string | undefined;
  readonly key: string;
}

const maximum = { comparisons: 200, depth: 32 } as const;

interface Parse {
  readonly cursor: FilterCursor;
  comparisons: number;
}

/** Throws `invalid_argument`, in MLflow's words. Nothing, or blank text, holds for everything. */
export function parseFilter(filter: string): Filter<FilterComparison> {
  const cursor = new FilterCursor(filter);
  if (cursor.done) return { and: [] };
  const parsed = parseEither({ cursor, comparisons: 0 }, 0);
  return cursor.done ? parsed : cursor.fail();
}

function parseEither(parse: Parse, depth: number): Filter<FilterComparison> {
  if (depth > maximum.depth) throw tooLarge();
  const first = parseAll(parse, depth);
  const or = [first];
  while (parse.cursor.takes('OR')) or.push(parseAll(parse, depth));
  return or.length > 1 ? { or } : first;
}

function parseAll(parse: Parse, depth: number): Filter<FilterComparison> {
  const and = [parseOne(parse, depth)];
  while (parse.cursor.takes('AND')) and.push(parseOne(parse, depth));
  return { and };
}

function parseOne(parse: Parse, depth: number): Filter<FilterComparison> {
  const { cursor } = parse;
  if (!cursor.takes('(')) return parseComparison(parse);
  const inner = parseEither(parse, depth + 1);
  cursor.expect(')');
  return inner;
}

function parseComparison(parse: Parse): Filter<FilterComparison> {
  const { cursor } = parse;
  if (++parse.comparisons > maximum.comparisons) throw tooLarge();
  const parts = [keyPart(cursor)];
  while (cursor.takes('.')) parts.push(keyPart(cursor));
  const [first = '', ...rest] = parts;
  const named = rest.length > 0 ? { entity: first, key: rest.join('.') } : { entity: undefined, key: first };
  const compared = (comparator: Comparator, value: Scalar) => ({ clause: { ...named, comparator, value } });
  const negated = cursor.takes('NOT');
  if (cursor.takes('BETWEEN')) {
    const from = parseValue(cursor);
    cursor.expect('AND');
    const until = parseValue(cursor);
    if (negated) return { or: [compared('<', from), compared('>', until)] };
    return { and: [compared('>=', from), compared('<=', until)] };
  }
  if (negated || cursor.takes('IN')) {
    if (negated) cursor.expect('IN');
    return { clause: { ...named, comparator: negated ? 'NOT IN' : 'IN', value: parseList(cursor) } };
  }
  if (cursor.takes('IS')) {
    const present = cursor.takes('NOT');
    cursor.expect('NULL');
    return { clause: { ...named, comparator: present ? 'IS NOT NULL' : 'IS NULL' } };
  }
  return compared(parseComparator(cursor), parseValue(cursor));
}

function keyPart(cursor: FilterCursor): string {
  const token = cursor.next();
  return token.kind === 'word' || token.kind === 'quoted' ? token.text : cursor.fail();
}

function parseComparator(cursor: FilterCursor): Comparator {
  const name = cursor.next().text.toUpperCase();
  return comparators.find((comparator) => comparator === name) ?? cursor.fail();
}

function parseList(cursor: FilterCursor): Scalar[] {
  cursor.expect('(');
  const values = [parseValue(cursor)];
  while (cursor.takes(',')) values.push(parseValue(cursor));
  cursor.expect(')');
  return values;
}

function parseValue(cursor: FilterCursor): Scalar {
  const token = cursor.next();
  if (token.kind === 'text' || token.kind === 'quoted') return token.text;
  if (token.kind === 'symbol') return cursor.fail();
  // A number with a fraction comes in parts: the dot separates words elsewhere.
  const whole = cursor.takes('.') ? `${token.text}.${cursor.next().text}` : token.text;
  if (/^(true|false)$/i.test(whole)) return whole.toLowerCase();
  const number = Number(whole);
  if (Number.isFinite(number)) return number;
  throw new MulleError(
    'invalid_argument',
    `Parameter value is either not quoted or unidentified quote types used for string value ${whole}. Use either single or double quotes.`,
  );
}

function tooLarge(): MulleError {
  return new MulleError(
    'invalid_argument',
    `A filter has at most ${maximum.comparisons} comparisons and ${maximum.depth} parentheses inside each other. Search in smaller steps.`,
  );
}
