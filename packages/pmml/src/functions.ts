import { PmmlError } from './pmml-error.ts';
import { compareValues, equalValues, type DataType, type Value } from './value.ts';

/** A built-in function: what it gives, by the types of its arguments, and how. */
export interface BuiltIn {
  readonly typeOf: (types: readonly DataType[]) => DataType;
  readonly call: (values: readonly Value[]) => Value;
  /** Called with missing arguments, too; the others then give nothing. */
  readonly takesMissing?: boolean;
}

const number = (value: Value | undefined): number => (typeof value === 'number' ? value : Number(value));
const text = (value: Value | undefined): string => String(value);

/** The wider of two types of numbers. */
function widest(types: readonly DataType[]): DataType {
  if (types.includes('double')) return 'double';
  if (types.includes('float')) return 'float';
  return types.every((type) => type === 'integer') ? 'integer' : 'double';
}

const always =
  (type: DataType): BuiltIn['typeOf'] =>
  () =>
    type;

const arithmetic = (call: (a: number, b: number) => number): BuiltIn => ({
  typeOf: widest,
  call: ([a, b]) => call(number(a), number(b)),
});

/** Of a real number, in double precision (single for single). */
const real = (call: (x: number) => number): BuiltIn => ({
  typeOf: (types) => (types[0] === 'float' ? 'float' : 'double'),
  call: ([x]) => call(number(x)),
});

/** Of a number, in its own type. */
const own = (call: (x: number) => number): BuiltIn => ({
  typeOf: ([type = 'double']) => type,
  call: ([x]) => call(number(x)),
});

/** Of all arguments that are there. */
const aggregate = (type: BuiltIn['typeOf'], call: (values: number[]) => number): BuiltIn => ({
  typeOf: type,
  takesMissing: true,
  call: (values) => {
    const present = values.filter((value) => value !== null).map(number);
    return present.length === 0 ? null : call(present);
  },
});

const test = (call: (values: readonly Value[]) => boolean): BuiltIn => ({ typeOf: always('boolean'), call });
const ordering = (holds: (order: number) => boolean): BuiltIn =>
  test(([a = null, b = null]) => holds(compareValues(a, b)));
const presence = (call: (value: Value) => boolean): BuiltIn => ({
  ...test(([value = null]) => call(value)),
  takesMissing: true,
});

/** Settled by one value, else unknown where an argument is missing. */
const junction = (settling: boolean): BuiltIn => ({
  typeOf: always('boolean'),
  takesMissing: true,
  call: (values) => {
    if (values.includes(settling)) return settling;
    return values.includes(null) ? null : !settling;
  },
});

function median(values: number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted.length / 2;
  const upper = sorted[Math.floor(middle)] ?? Number.NaN;
  return Number.isInteger(middle) ? ((sorted[middle - 1] ?? Number.NaN) + upper) / 2 : upper;
}

const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0);
const isMember = ([value = null, ...members]: readonly Value[]): boolean =>
  members.some((member) => equalValues(value, member));

function divide(a: number, b: number): number {
  if (b === 0) throw new PmmlError('A division by zero has no result.');
  return a / b;
}

/** Half away from zero upwards, as `Math.round` of Java. */
const round = (x: number): number => Math.floor(x + 0.5);

function roundToEven(x: number): number {
  const below = Math.floor(x);
  if (x - below !== 0.5) return Math.round(x);
  return below % 2 === 0 ? below : below + 1;
}

function pattern(source: Value | undefined): RegExp {
  try {
    return new RegExp(text(source), 'u');
  } catch {
    throw new PmmlError(`The regular expression ${JSON.stringify(source)} is not understood.`);
  }
}

const dayMs = 86_400_000;
const dateParts: Record<string, BuiltIn> = {
  dateDaysSinceYear: {
    typeOf: always('integer'),
    call: ([date, year]) => Math.floor((number(date) - Date.UTC(number(year), 0, 1)) / dayMs),
  },
  dateSecondsSinceYear: {
    typeOf: always('integer'),
    call: ([date, year]) => Math.floor((number(date) - Date.UTC(number(year), 0, 1)) / 1_000),
  },
  dateSecondsSinceMidnight: {
    typeOf: always('integer'),
    call: ([moment]) => Math.floor((number(moment) - Math.floor(number(moment) / dayMs) * dayMs) / 1_000),
  },
};

const texts: Record<string, BuiltIn> = {
  uppercase: { typeOf: always('string'), call: ([value]) => text(value).toUpperCase() },
  lowercase: { typeOf: always('string'), call: ([value]) => text(value).toLowerCase() },
  trimBlanks: { typeOf: always('string'), call: ([value]) => text(value).trim() },
  stringLength: { typeOf: always('integer'), call: ([value]) => text(value).length },
  substring: {
    typeOf: always('string'),
    call: ([value, from, length]) => text(value).slice(number(from) - 1, number(from) - 1 + number(length)),
  },
  concat: {
    typeOf: always('string'),
    takesMissing: true,
    call: (values) => values.filter((value) => value !== null).join(''),
  },
  matches: test(([value, source]) => pattern(source).test(text(value))),
  replace: {
    typeOf: always('string'),
    call: ([value, source, replacement]) =>
      text(value).replaceAll(new RegExp(pattern(source).source, 'gu'), text(replacement)),
  },
};

/** https://dmg.org/pmml/v4-4-1/BuiltinFunctions.html; `if` is an expression, for it computes one branch only. */
export const builtIns: ReadonlyMap<string, BuiltIn> = new Map(
  Object.entries({
    '+': arithmetic((a, b) => a + b),
    '-': arithmetic((a, b) => a - b),
    '*': arithmetic((a, b) => a * b),
    '/': { typeOf: widest, call: ([a, b]) => divide(number(a), number(b)) },
    pow: arithmetic((a, b) => a ** b),
    modulo: arithmetic((a, b) => a - Math.floor(divide(a, b)) * b),
    threshold: { typeOf: ([type = 'double']) => type, call: ([a, b]) => (number(a) > number(b) ? 1 : 0) },
    min: aggregate(widest, (values) => Math.min(...values)),
    max: aggregate(widest, (values) => Math.max(...values)),
    sum: aggregate(widest, sum),
    product: aggregate(widest, (values) => values.reduce((total, value) => total * value, 1)),
    avg: aggregate(always('double'), (values) => sum(values) / values.length),
    median: aggregate(always('double'), median),
    abs: own(Math.abs),
    floor: own(Math.floor),
    ceil: own(Math.ceil),
    round: own(round),
    rint: own(roundToEven),
    log10: real(Math.log10),
    ln: real(Math.log),
    ln1p: real(Math.log1p),
    sqrt: real(Math.sqrt),
    exp: real(Math.exp),
    expm1: real(Math.expm1),
    sin: real(Math.sin),
    cos: real(Math.cos),
    tan: real(Math.tan),
    asin: real(Math.asin),
    acos: real(Math.acos),
    atan: real(Math.atan),
    sinh: real(Math.sinh),
    cosh: real(Math.cosh),
    tanh: real(Math.tanh),
    hypot: { typeOf: always('double'), call: ([a, b]) => Math.hypot(number(a), number(b)) },
    atan2: { typeOf: always('double'), call: ([a, b]) => Math.atan2(number(a), number(b)) },
    isMissing: presence((value) => value === null),
    isNotMissing: presence((value) => value !== null),
    isValid: presence((value) => value !== null),
    isNotValid: presence((value) => value === null),
    equal: ordering((order) => order === 0),
    notEqual: ordering((order) => order !== 0),
    lessThan: ordering((order) => order < 0),
    lessOrEqual: ordering((order) => order <= 0),
    greaterThan: ordering((order) => order > 0),
    greaterOrEqual: ordering((order) => order >= 0),
    and: junction(false),
    or: junction(true),
    not: test(([value]) => value !== true),
    isIn: test(isMember),
    isNotIn: test((values) => !isMember(values)),
    ...texts,
    ...dateParts,
  } satisfies Record<string, BuiltIn>),
);
