import { expect, test } from 'vitest';
import { comparedTime } from './compared-time.ts';
import type { Comparator } from './comparator.ts';
import type { Filter } from './filter.ts';

// Wednesday, 25 November 2026, 10:30 where the server stands.
const nowMs = new Date(2026, 10, 25, 10, 30).getTime();
const local = (year: number, month: number, day = 1, hour = 0, minute = 0, second = 0): number =>
  new Date(year, month - 1, day, hour, minute, second).getTime();

/** The times at which the comparison holds, as [from, until). */
function span(text: string): [number, number] {
  const bound = (comparator: Comparator): number => {
    const filter: Filter<{ value: number }> = comparedTime(comparator, text, nowMs);
    return 'clause' in filter ? filter.clause.value : Number.NaN;
  };
  return [bound('>='), bound('>')];
}

test.each<[string, number, number]>([
  ['2026', local(2026, 1), local(2027, 1)],
  ['2026-02', local(2026, 2), local(2026, 3)],
  ['2026-12-31', local(2026, 12, 31), local(2027, 1, 1)],
  ['2026-01-05 14:30', local(2026, 1, 5, 14, 30), local(2026, 1, 5, 14, 31)],
  ['2026-01-05T14:30:10', local(2026, 1, 5, 14, 30, 10), local(2026, 1, 5, 14, 30, 11)],
  ['2026-01-05T14:30:10Z', Date.UTC(2026, 0, 5, 14, 30, 10), Date.UTC(2026, 0, 5, 14, 30, 11)],
  ['2026-01-05 14:30+09:00', Date.UTC(2026, 0, 5, 5, 30), Date.UTC(2026, 0, 5, 5, 31)],
  ['Today', local(2026, 11, 25), local(2026, 11, 26)],
  ['어제', local(2026, 11, 24), local(2026, 11, 25)],
  ['the day  before yesterday', local(2026, 11, 23), local(2026, 11, 24)],
  ['그제', local(2026, 11, 23), local(2026, 11, 24)],
  ['3 days ago', local(2026, 11, 22), local(2026, 11, 23)],
  ['2주 전', local(2026, 11, 11), local(2026, 11, 12)],
  ['this week', local(2026, 11, 23), local(2026, 11, 30)],
  ['지난주', local(2026, 11, 16), local(2026, 11, 23)],
  ['last month', local(2026, 10), local(2026, 11)],
  ['90 minutes ago', nowMs - 5_400_000, nowMs - 5_400_000 + 1],
])('%s', (text, from, until) => {
  expect(span(text)).toEqual([from, until]);
});

test('each comparator with a span; milliseconds as they are', () => {
  const of = (comparator: Comparator) => JSON.stringify(comparedTime(comparator, '2026', nowMs));
  const [from, until] = [local(2026, 1), local(2027, 1)];
  const clause = (comparator: Comparator, value: number) => ({ clause: { comparator, value } });
  expect(of('=')).toBe(JSON.stringify({ and: [clause('>=', from), clause('<', until)] }));
  expect(of('!=')).toBe(JSON.stringify({ or: [clause('<', from), clause('>=', until)] }));
  expect(of('<')).toBe(JSON.stringify(clause('<', from)));
  expect(of('<=')).toBe(JSON.stringify(clause('<', until)));
  expect(comparedTime('!=', 5, nowMs)).toEqual(clause('!=', 5));
});

test.each(['soon', '2026-13', '2026-02-30', '2026-01-01 25:00', '-1 days ago', ''])('%j is no time', (text) => {
  expect(() => comparedTime('=', text, nowMs)).toThrow('which is no time');
});
