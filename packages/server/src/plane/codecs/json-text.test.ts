import fc from 'fast-check';
import { expect, test } from 'vitest';
import { JsonText, shortFloat32 } from './json-text.ts';

const seed = 20_261_121;
const written = (write: (text: JsonText) => void): string => {
  const text = new JsonText();
  write(text);
  return text.toString();
};

test('numbers are written as JSON.stringify writes them', () => {
  const decimal = fc
    .tuple(fc.integer({ min: -(2 ** 40), max: 2 ** 40 }), fc.integer({ min: 0, max: 12 }))
    .map(([digits, places]) => digits / 10 ** places);
  fc.assert(
    fc.property(fc.oneof(fc.double(), fc.integer(), decimal), (value) => {
      expect(written((text) => text.number(value))).toBe(JSON.stringify(value));
    }),
    { seed, numRuns: 20_000 },
  );
  for (const value of [0, -0, 0.1, 1e-8, 1e-9, 16_777_215.99999999, 16_777_216, 1e21, NaN, -Infinity]) {
    expect(written((text) => text.number(value))).toBe(JSON.stringify(value));
  }
});

test('strings are ASCII and parse to what they were', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), (value) => {
      const json = written((text) => text.string(value));
      expect(json).toMatch(/^[\x20-\x7e]*$/);
      expect(JSON.parse(json)).toBe(value);
    }),
    { seed, numRuns: 2_000 },
  );
  expect(written((text) => text.string(null))).toBe('null');
});

test('a text is cut, repeated, and as long as it must be', () => {
  const long = 'x'.repeat(10_000);
  const text = new JsonText();
  text.raw('[1,').raw(long);
  text.truncate(2).raw(',"a"').again(2, 6).raw(`,"${long}"]`);
  expect(JSON.parse(text.toString())).toEqual([1, 'a', 'a', long]);
});

test('a short single-precision number is the same one in single precision', () => {
  fc.assert(
    fc.property(fc.float({ noNaN: true }), (value) => {
      expect(Math.fround(shortFloat32(value))).toBe(Math.fround(value));
    }),
    { seed, numRuns: 20_000 },
  );
  expect(shortFloat32(Math.fround(0.1))).toBe(0.1);
  expect(shortFloat32(Number.NaN)).toBeNaN();
});
