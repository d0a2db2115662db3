import { expect, test } from 'vitest';
import { parseTimeRange, within } from './time-range.ts';

const now = Date.UTC(2026, 0, 10, 12);

test('hours back from now', () => {
  const range = parseTimeRange('24h', now);
  expect(within(range, now - 86_400_000)).toBe(true);
  expect(within(range, now - 86_400_001)).toBe(false);
  expect(within(range, now + 1_000)).toBe(true);
});

test('whole days of the reader, the last one included', () => {
  const range = parseTimeRange('2001-01-31..2001-02-01', now);
  expect(within(range, new Date(2001, 0, 31).getTime())).toBe(true);
  expect(within(range, new Date(2001, 1, 2).getTime() - 1)).toBe(true);
  expect(within(range, new Date(2001, 1, 2).getTime())).toBe(false);
});

test.each(['', 'all', '3h', '2001-02-01..2001-01-01', '2001-99-01..2001-99-02'])('%j is all of time', (text) => {
  expect(parseTimeRange(text, now)).toBeUndefined();
});
