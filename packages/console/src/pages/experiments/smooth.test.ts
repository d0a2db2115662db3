import { expect, test } from 'vitest';
import { smoothed } from './smooth.ts';

test('smoothing keeps a constant, starts at the first value and leaves gaps', () => {
  expect(smoothed([2, 2, 2], 0.9).map((value) => value?.toFixed(12))).toEqual(Array(3).fill((2).toFixed(12)));
  expect(smoothed([1, null, 3], 0)).toEqual([1, null, 3]);
  // By hand: (0.5·0.5·1 + 0.5·3) / 0.75.
  expect(smoothed([1, null, 3], 0.5)).toEqual([1, null, 1.75 / 0.75]);
});
