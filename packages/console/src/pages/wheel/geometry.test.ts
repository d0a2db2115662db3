import { expect, test } from 'vitest';
import { passedThreads, placeOf } from './geometry.ts';

test('a turn lights the threads it passed, over the top and past stations that had nothing to do', () => {
  expect(passedThreads([6, 7, 0, 1])).toEqual([6, 7, 0]);
  expect(passedThreads([6, 0])).toEqual([6, 7]);
  expect(passedThreads([2, 2, 3])).toEqual([2]);
  expect(passedThreads([3, 2])).toEqual([]);
  expect(passedThreads([4])).toEqual([]);
});

test('four stations stand at each side', () => {
  expect([0, 1, 2, 3, 4, 5, 6, 7].map((index) => placeOf(index).x > 450)).toEqual([
    true,
    true,
    true,
    true,
    false,
    false,
    false,
    false,
  ]);
});
