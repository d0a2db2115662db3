/**
 * Filters of MLflow's searches: comparisons joined by AND.
 *
 *     filter     = comparison { AND comparison }
 *     comparison = key comparator value | key [NOT] IN (value, …) | key IS [NOT] NULL
 *     key        = part { "." part }      part = word | `quoted` | "quoted"
 *     value      = 'text' | "text" | number | true | false
 */
import { invalidParameter } from './mlflow-error.ts';

/** `entity` is what stands before the first dot; undefined where there is none. */
export interface FilterComparison {
  readonly entity: string | undefined;
  readonly key: string;
  readonly comparator: FilterComparator;
  /** Undefined with IS NULL and IS NOT NULL. */
  readonly value: string | number | readonly string[] | undefined;
}

const comparators = [
  '=',
  '!=',
  '>',
  '>=',
  '<',
  '<=',
  'LIKE',
  'ILIKE',
  'RLIKE',
  'IN',
  'NOT IN',
  'IS NULL',
  'IS NOT NULL',
] as const;
export type FilterComparator = (typeof comparators)[number];

interface Token {
  readonly kind: 'word' | 'quoted' | 'text' | 'symbol';
  readonly text: string;
}

const tokenPattern =
  /\s*(?:'((?:[^'\\]|\\.)*)'|"((?:[^"\\]|\\.)*)"|`([^`]*)`|([<>!]=|[=<>(),.])|([^\s'"`=<>!(),.]+))/uy;

function tokensOf(filter: string): Token[] {
  const tokens: Token[] = [];
  tokenPattern.lastIndex = 0;
  while (filter.slice(tokenPattern.lastIndex).trim() !== '') {
    const match = tokenPattern.exec(filter);
    if (!match) throw invalidParameter(`Invalid filter '${filter}'. Could not be parsed.`);
    const [, single, double, backtick, symbol, word] = match;
    if (single !== undefined) tokens.push({ kind: 'text', text: unescaped(single) });
    else if (double !== undefined) tokens.push({ kind: 'quoted', text: unescaped(double) });
    else if (backtick !== undefined) tokens.push({ kind: 'quoted', text: backtick });
    else if (symbol !== undefined) tokens.push({ kind: 'symbol', text: symbol });
    else tokens.push({ kind: 'word', text: word ?? '' });
  }
  return tokens;
}

function unescaped(text: string): string {
  return text.replaceAll(/\\(['"])/g, '$1');
}

class Cursor {
  readonly #tokens: readonly Token[];
  readonly #filter: string;
  #at = 0;

  constructor(filter: string) {
    this.#filter = filter;
    this.#tokens = tokensOf(filter);
  }

  get done(): boolean {
    return this.#at >= this.#tokens.length;
  }

  next(): Token {
    const token = this.#tokens[this.#at++];
    return token ?? this.fail();
  }

  /** Takes the next token if it is this symbol or word. */
  takes(text: string): boolean {
    const token = this.#tokens[this.#at];
    const same = (token?.kind === 'symbol' || token?.kind === 'word') && token.text.toUpperCase() === text;
    if (same) this.#at++;
    return same;
  }

  fail(): never {
    throw invalidParameter(`Invalid clause(s) in filter string: '${this.#filter}'`);
  }
}

export function parseComparisons(filter: string): FilterComparison[] {
  const cursor = new Cursor(filter);
  const found: FilterComparison[] = [];
  while (!cursor.done) {
    if (found.length > 0 && !cursor.takes('AND')) cursor.fail();
    found.push(parseComparison(cursor));
  }
  return found;
}

function parseComparison(cursor: Cursor): FilterComparison {
  const parts = [keyPart(cursor)];
  while (cursor.takes('.')) parts.push(keyPart(cursor));
  const [first = '', ...rest] = parts;
  const named = rest.length > 0 ? { entity: first, key: rest.join('.') } : { entity: undefined, key: first };
  const comparator = parseComparator(cursor);
  if (comparator === 'IS NULL' || comparator === 'IS NOT NULL') return { ...named, comparator, value: undefined };
  if (comparator !== 'IN' && comparator !== 'NOT IN') return { ...named, comparator, value: parseValue(cursor) };
  if (!cursor.takes('(')) cursor.fail();
  const values = [String(parseValue(cursor))];
  while (cursor.takes(',')) values.push(String(parseValue(cursor)));
  if (!cursor.takes(')')) cursor.fail();
  return { ...named, comparator, value: values };
}

function keyPart(cursor: Cursor): string {
  const token = cursor.next();
  return token.kind === 'word' || token.kind === 'quoted' ? token.text : cursor.fail();
}

function parseComparator(cursor: Cursor): FilterComparator {
  if (cursor.takes('IS')) {
    const negated = cursor.takes('NOT');
    if (!cursor.takes('NULL')) cursor.fail();
    return negated ? 'IS NOT NULL' : 'IS NULL';
  }
  if (cursor.takes('NOT')) return cursor.takes('IN') ? 'NOT IN' : cursor.fail();
  const name = cursor.next().text.toUpperCase();
  return comparators.find((comparator) => comparator === name) ?? cursor.fail();
}

function parseValue(cursor: Cursor): string | number {
  const token = cursor.next();
  if (token.kind === 'text' || token.kind === 'quoted') return token.text;
  if (token.kind === 'symbol') return cursor.fail();
  // A number with a fraction comes in parts: the dot separates words elsewhere.
  const whole = cursor.takes('.') ? `${token.text}.${cursor.next().text}` : token.text;
  if (/^(true|false)$/i.test(whole)) return whole.toLowerCase();
  const number = Number(whole);
  return Number.isFinite(number) ? number : cursor.fail();
}

export interface FilterOrder {
  readonly key: string;
  readonly descending: boolean;
}

/** `key`, `key ASC` or `key DESC`; a key may stand behind `attributes.` and in quotes. */
export function parseOrder(clause: string): FilterOrder {
  const match = /^\s*(?:attributes?\.)?[`"]?([^`"]+?)[`"]?(?:\s+(ASC|DESC))?\s*$/i.exec(clause);
  if (!match) throw invalidParameter(`Invalid order_by clause '${clause}'. Could not be parsed.`);
  return { key: match[1] ?? '', descending: match[2]?.toUpperCase() === 'DESC' };
}
