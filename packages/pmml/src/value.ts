import { PmmlError } from './pmml-error.ts';

/** A value of a field; null is missing. Dates are ms since the epoch (UTC), times of day and differences are seconds. */
export type Value = string | number | boolean | null;

export type Optype = 'continuous' | 'categorical' | 'ordinal';

const plainTypes = ['string', 'integer', 'float', 'double', 'boolean', 'date', 'time', 'timeSeconds', 'dateTime'];
const sinceTypes = /^date(Days|Time|TimeSeconds|Seconds)Since\[(\d{4})\]$/;

/** A data type by its name in the standard. */
export type DataType = string & { readonly dataType?: true };

export function dataTypeNamed(name: string | undefined, fallback: DataType): DataType {
  if (name === undefined) return fallback;
  if (!plainTypes.includes(name) && !sinceTypes.test(name)) throw new PmmlError(`The data type "${name}" is unknown.`);
  return name;
}

const words: Readonly<Record<string, number>> = { NaN: Number.NaN, INF: Infinity, '-INF': -Infinity };

function numberOf(value: Value): number | undefined {
  if (typeof value === 'number') return value;
  if (typeof value === 'boolean') return Number(value);
  const text = value?.trim() ?? '';
  if (text === '') return undefined;
  const number = words[text] ?? Number(text);
  return Number.isNaN(number) && text !== 'NaN' ? undefined : number;
}

function integerOf(value: Value): number | undefined {
  const number = numberOf(value);
  return number !== undefined && Number.isInteger(number) ? number : undefined;
}

function floatOf(value: Value): number | undefined {
  const number = numberOf(value);
  return number === undefined ? undefined : Math.fround(number);
}

function booleanOf(value: Value): boolean | undefined {
  if (typeof value === 'boolean') return value;
  if (value === 1 || value === '1') return true;
  if (value === 0 || value === '0') return false;
  const text = String(value).toLowerCase();
  return text === 'true' ? true : text === 'false' ? false : undefined;
}

const withZone = /([zZ]|[+-]\d\d:?\d\d)$/;

function momentOf(value: Value): number | undefined {
  if (typeof value === 'number') return value;
  if (typeof value !== 'string') return undefined;
  const ms = Date.parse(/[T ]\d/.test(value) && !withZone.test(value) ? `${value.replace(' ', 'T')}Z` : value);
  return Number.isNaN(ms) ? undefined : ms;
}

function secondsOfDay(value: Value): number | undefined {
  if (typeof value === 'number') return value;
  const [, hours, minutes, seconds = '0'] = /^(\d{1,2}):(\d{2})(?::(\d{2}(?:\.\d+)?))?$/.exec(String(value)) ?? [];
  return hours === undefined ? undefined : Number(hours) * 3_600 + Number(minutes) * 60 + Number(seconds);
}

const dayMs = 86_400_000;

/** Whole days or seconds from the beginning of a year. */
function since(value: Value, kind: string, year: number): number | undefined {
  const moment = typeof value === 'number' ? undefined : momentOf(value);
  if (moment === undefined) return integerOf(value);
  return Math.floor((moment - Date.UTC(year, 0, 1)) / (kind === 'Days' ? dayMs : 1_000));
}

const casts: Readonly<Record<string, (value: Value) => Value | undefined>> = {
  string: (value) => String(value),
  integer: integerOf,
  float: floatOf,
  double: numberOf,
  boolean: booleanOf,
  date: momentOf,
  dateTime: momentOf,
  time: secondsOfDay,
  timeSeconds: secondsOfDay,
};

/** Turns values into those of a type: undefined where a value is none of it; missing stays missing. */
export function castTo(type: DataType): (value: Value) => Value | undefined {
  const cast = casts[type];
  if (cast !== undefined) return (value) => (value === null ? null : cast(value));
  const [, kind = '', year = ''] = sinceTypes.exec(type) ?? [];
  return (value) => (value === null ? null : since(value, kind, Number(year)));
}

/** Reads text of the document as a value of the type. */
export function literal(text: string, type: DataType): Value {
  const value = castTo(type)(text);
  // Whole numbers are compared with parts of them.
  if (value === undefined && type === 'integer') return literal(text, 'double');
  if (value === undefined) throw new PmmlError(`"${text}" is no value of the type ${type}.`);
  return value;
}

/** Negative, zero or positive as `a` comes before, with or after `b`; NaN where they cannot be compared. */
export function compareValues(a: Value, b: Value): number {
  if (typeof a === 'number' || typeof b === 'number') return (numberOf(a) ?? Number.NaN) - (numberOf(b) ?? Number.NaN);
  if (typeof a === 'boolean' || typeof b === 'boolean') return Number(booleanOf(a)) - Number(booleanOf(b));
  const [left, right] = [String(a), String(b)];
  return left < right ? -1 : left > right ? 1 : 0;
}

export function equalValues(a: Value, b: Value): boolean {
  return a === b || (typeof a !== typeof b && compareValues(a, b) === 0);
}

/** Words of an `Array` element: separated by white space, in quotes where they hold some. */
export function arrayWords(text: string): string[] {
  const found = text.match(/"(?:[^"\\]|\\.)*"|[^\s"]+/g) ?? [];
  return found.map((word) => (word.startsWith('"') ? word.slice(1, -1).replaceAll(/\\(.)/g, '$1') : word));
}
