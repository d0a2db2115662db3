/**
 * Times as people write them in filters: a date, a date and time, or words such as "yesterday" and "3 days ago". Each is
 * a span of time, in the time zone of the server unless an offset is given: `= '2026-01-05'` is that whole day, `> 'last
 * week'` begins where the week ended.
 */
import { nowMs } from '#kernel/clock.ts';
import { MulleError } from '#kernel/errors.ts';
import type { Comparator } from './comparator.ts';
import type { Filter } from './filter.ts';

/** From `fromMs` on, before `untilMs`. */
interface Span {
  readonly fromMs: number;
  readonly untilMs: number;
}
interface NumberComparison {
  readonly comparator: Comparator;
  readonly value: number;
}

const unitMs: Readonly<Record<string, number>> = { second: 1_000, minute: 60_000, hour: 3_600_000 };
const unitDays: Readonly<Record<string, number>> = { day: 1, week: 7 };
const koreanUnits: Readonly<Record<string, string>> = {
  초: 'second',
  분: 'minute',
  시간: 'hour',
  일: 'day',
  주: 'week',
};
const daysBack: Readonly<Record<string, number>> = {
  today: 0,
  오늘: 0,
  yesterday: 1,
  어제: 1,
  'day before yesterday': 2,
  그제: 2,
  그저께: 2,
};

/** A comparison with a time: milliseconds as they are, text as the span that it names. Throws `invalid_argument`. */
export function comparedTime(comparator: Comparator, value: unknown, atMs = nowMs()): Filter<NumberComparison> {
  if (typeof value === 'number') return { clause: { comparator, value } };
  const { fromMs, untilMs } = spanOf(String(value), atMs);
  const from = (sign: '>=' | '<'): Filter<NumberComparison> => ({ clause: { comparator: sign, value: fromMs } });
  const until = (sign: '>=' | '<'): Filter<NumberComparison> => ({ clause: { comparator: sign, value: untilMs } });
  switch (comparator) {
    case '=':
      return { and: [from('>='), until('<')] };
    case '!=':
      return { or: [from('<'), until('>=')] };
    case '>':
      return until('>=');
    case '>=':
      return from('>=');
    case '<':
      return from('<');
    case '<=':
      return until('<');
    default:
      throw new MulleError('invalid_argument', `Invalid comparator '${comparator}' for a time. Use = != < <= > >=.`);
  }
}

function spanOf(text: string, atMs: number): Span {
  const words = text.trim().toLowerCase().replaceAll(/\s+/g, ' ').replace(/^the /, '');
  const span = writtenOut(words) ?? named(words, atMs) ?? ago(words, atMs);
  if (span && Number.isFinite(span.fromMs)) return span;
  throw new MulleError(
    'invalid_argument',
    `Expected numeric value type for numeric attribute. Found '${text}', which is no time either. Write milliseconds, or text such as '2026-01-31', '2026-01-31 14:00', 'yesterday' or '3 days ago'.`,
  );
}

/** A year, month, day, minute or second. */
function writtenOut(words: string): Span | undefined {
  const pattern = /^(\d{4})(?:-(\d\d)(?:-(\d\d)(?:[t ](\d\d):(\d\d)(?::(\d\d)(?:\.\d+)?)?(z|[+-]\d\d:?\d\d)?)?)?)?$/;
  const match = pattern.exec(words);
  if (!match) return undefined;
  const [, year, month, day, hour, minute, second, offset] = match;
  const [y, m, d] = [Number(year), Number(month ?? 1) - 1, Number(day ?? 1)];
  if (m > 11 || d < 1 || d > new Date(y, m + 1, 0).getDate() || Number(hour ?? 0) > 23) return undefined;
  if (hour === undefined) {
    const next =
      day !== undefined ? new Date(y, m, d + 1) : month !== undefined ? new Date(y, m + 1) : new Date(y + 1, 0);
    return { fromMs: new Date(y, m, d).getTime(), untilMs: next.getTime() };
  }
  const fromMs =
    offset === undefined
      ? new Date(y, m, d, Number(hour), Number(minute), Number(second ?? 0)).getTime()
      : Date.parse(words.toUpperCase().replace(' ', 'T'));
  return { fromMs, untilMs: fromMs + (second === undefined ? 60_000 : 1_000) };
}

function named(words: string, atMs: number): Span | undefined {
  const back = Object.hasOwn(daysBack, words) ? daysBack[words] : undefined;
  if (back !== undefined) return days(atMs, -back, 1);
  const now = new Date(atMs);
  const sinceMonday = (now.getDay() + 6) % 7;
  const months = (from: number): Span => ({
    fromMs: new Date(now.getFullYear(), now.getMonth() + from).getTime(),
    untilMs: new Date(now.getFullYear(), now.getMonth() + from + 1).getTime(),
  });
  switch (words) {
    case 'this week':
    case '이번 주':
      return days(atMs, -sinceMonday, 7);
    case 'last week':
    case '지난주':
    case '지난 주':
      return days(atMs, -sinceMonday - 7, 7);
    case 'this month':
    case '이번 달':
      return months(0);
    case 'last month':
    case '지난달':
    case '지난 달':
      return months(-1);
    default:
      return undefined;
  }
}

/** "3 hours ago" is an instant, "3 days ago" that day. */
function ago(words: string, atMs: number): Span | undefined {
  const [, english, unit, korean, koreanUnit] =
    /^(?:(\d{1,6}) ?(second|minute|hour|day|week)s? ago|(\d{1,6}) ?(초|분|시간|일|주) ?전)$/.exec(words) ?? [];
  const count = Number(english ?? korean);
  const name = unit ?? koreanUnits[koreanUnit ?? ''] ?? '';
  const long = unitDays[name];
  if (long !== undefined) return days(atMs, -count * long, 1);
  const short = unitMs[name];
  return short === undefined ? undefined : { fromMs: atMs - count * short, untilMs: atMs - count * short + 1 };
}

/** Whole days of the local calendar, from `shift` days after the one of `atMs` on. */
function days(atMs: number, shift: number, count: number): Span {
  const midnight = (offset: number): number => {
    const day = new Date(atMs);
    return new Date(day.getFullYear(), day.getMonth(), day.getDate() + offset).getTime();
  };
  return { fromMs: midnight(shift), untilMs: midnight(shift + count) };
}
