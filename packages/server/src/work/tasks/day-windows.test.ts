import { expect, test } from 'vitest';
import { dayMs, missingDays, startOfDay } from './day-windows.ts';

const day = (n: number) => ({ fromMs: n * dayMs, toMs: (n + 1) * dayMs });

test('only whole days that nobody holds', () => {
  expect(missingDays(0, 4 * dayMs, [day(1)])).toEqual([day(0), day(2), day(3)]);
  expect(missingDays(1, 3 * dayMs - 1, [])).toEqual([day(1)]);
  expect(missingDays(0, 2 * dayMs, [{ fromMs: dayMs - 1, toMs: dayMs + 1 }])).toEqual([]);
  expect(missingDays(5, 5, [])).toEqual([]);
});

test('a day starts at midnight UTC', () => {
  expect(startOfDay(Date.UTC(2001, 1, 3, 23, 59))).toBe(Date.UTC(2001, 1, 3));
});
