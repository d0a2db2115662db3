import { describe, expect, test } from 'vitest';
import { timestampMs } from './feature-values.ts';
import { transformValue } from './transforms.ts';

describe('transforms', () => {
  test('calendar, in UTC, before and after the epoch', () => {
    // Dates from the printed calendar: 2001-02-28 a Wednesday, 2000-12-31 day 366 and a Sunday, 1969-12-31 a Wednesday.
    const cases = [
      ['2001-02-28T23:59:59.999Z', 23, 3, 59],
      ['2000-12-31T00:00:00Z', 0, 0, 366],
      ['1969-12-31T22:30:00Z', 22, 3, 365],
      ['2001-01-01T01:00:00+02:00', 23, 0, 366],
    ] as const;
    for (const [text, hour, weekday, day] of cases) {
      for (const value of [text, Date.parse(text)]) {
        expect(transformValue('hour-of-day', value)).toBe(hour);
        expect(transformValue('day-of-week', value)).toBe(weekday);
        expect(transformValue('day-of-year', value)).toBe(day);
      }
    }
  });

  test('numbers', () => {
    expect(transformValue('identity', true)).toBe(1);
    expect(transformValue('log1p', 1e-12)).toBeCloseTo(1e-12, 20);
    expect(transformValue('log1p', Math.E - 1)).toBeCloseTo(1, 15);
    for (const value of [null, undefined, 'text', Number.NaN, Infinity, {}]) {
      expect(transformValue('identity', value)).toBeNaN();
      expect(transformValue('hour-of-day', value)).toBeNaN();
      expect(transformValue('day-of-week', value)).toBeNaN();
      expect(transformValue('day-of-year', value)).toBeNaN();
    }
    expect(transformValue('log1p', -1)).toBeNaN();
  });

  test('a text without zone is UTC', () => {
    expect(timestampMs('2001-01-14 21:55')).toBe(Date.UTC(2001, 0, 14, 21, 55));
    expect(timestampMs('2001-01-14')).toBe(Date.UTC(2001, 0, 14));
  });
});
