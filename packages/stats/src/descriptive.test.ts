import { expect, test } from 'vitest';
import {
  mean,
  meanAbsoluteError,
  meanSquaredError,
  quantile,
  rootMeanSquaredError,
  rSquared,
  standardDeviation,
  variance,
} from './index.ts';

// References: NumPy 2.4.6, scikit-learn 1.9.1.
test('mean, variance and standard deviation as NumPy', () => {
  const values = Float64Array.from({ length: 50 }, (_, index) => ((index + 1) * 0.7320508075688772) % 1);
  expect(mean(values)).toBeCloseTo(0.5072955930063685, 15);
  expect(variance(values)).toBeCloseTo(0.08283497392808413, 15);
  expect(variance(values, 0)).toBeCloseTo(0.08117827444952244, 15);
  expect(standardDeviation(values)).toBeCloseTo(Math.sqrt(0.08283497392808413), 15);
  expect(variance([1e9 + 4, 1e9 + 7, 1e9 + 13, 1e9 + 16])).toBe(30);
  expect([mean([]), variance([1]), variance([1], 0)]).toEqual([Number.NaN, Number.NaN, 0]);
});

test('quantiles of type 7 as NumPy', () => {
  const values = [3, 1, 4, 1, 5, 9, 2, 6];
  const expected = [1, 1, 1.75, 3.5, 6.8999999999999995, 9];
  for (const [index, probability] of [0, 0.1, 0.25, 0.5, 0.9, 1].entries()) {
    expect(quantile(values, probability)).toBeCloseTo(expected[index] ?? Number.NaN, 14);
  }
  expect(() => quantile([], 0.5)).toThrow(RangeError);
  expect(() => quantile([1], 1.5)).toThrow(RangeError);
});

test('regression errors as scikit-learn', () => {
  const actuals = [3, -0.5, 2, 7];
  const predictions = [2.5, 0, 2, 8];
  expect(meanSquaredError(predictions, actuals)).toBe(0.375);
  expect(rootMeanSquaredError(predictions, actuals)).toBe(Math.sqrt(0.375));
  expect(meanAbsoluteError(predictions, actuals)).toBe(0.5);
  expect(rSquared(predictions, actuals)).toBeCloseTo(0.9486081370449679, 15);
  expect(rSquared([3, 2, 1], [1, 2, 3])).toBe(-3);
  expect([rSquared([2, 2], [2, 2]), rSquared([1, 3], [2, 2])]).toEqual([1, 0]);
  expect(() => meanSquaredError([1], [1, 2])).toThrow(RangeError);
});
