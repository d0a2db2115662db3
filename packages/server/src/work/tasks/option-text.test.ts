import { expect, test } from 'vitest';
import { eventTimeMs, jsonText } from './option-text.ts';

const endMs = Date.UTC(2001, 1, 1);

test.each([
  ['2001-01-08', Date.UTC(2001, 0, 8)],
  ['2001-01-08T06:00', Date.UTC(2001, 0, 8, 6)],
  ['2001-01-08T06:00+09:00', Date.UTC(2001, 0, 7, 21)],
  ['-3d', Date.UTC(2001, 0, 29)],
  ['-90m', Date.UTC(2001, 0, 31, 22, 30)],
])('%s is a time', (text, ms) => {
  expect(eventTimeMs(text, 'from', endMs)).toBe(ms);
});

test.each(['yesterday', '-3w', '2001-13-01', ''])('"%s" is none, and the option is named', (text) => {
  expect(() => eventTimeMs(text, 'from', endMs)).toThrow(/"from" is no time/);
});

test('JSON of the wrong shape is refused by name', () => {
  const isText = (value: unknown): value is string => typeof value === 'string';
  expect(jsonText('"a"', 'features', isText)).toBe('a');
  expect(() => jsonText('1', 'features', isText)).toThrow(/"features" has the wrong shape/);
  expect(() => jsonText('{', 'features', isText)).toThrow(/"features" is no JSON/);
});
