import { expect, test } from 'vitest';
import { hosmerLemeshow } from './calibration-test.ts';

const repeat = <T>(value: T, count: number): T[] => Array.from({ length: count }, () => value);

test('by hand: of two bins one is off by 3 of 10, and χ² of two degrees has the tail exp(−x/2)', () => {
  const probabilities = [...repeat(0.2, 10), ...repeat(0.6, 10)];
  const labels = [...repeat(1, 5), ...repeat(0, 5), ...repeat(1, 6), ...repeat(0, 4)];
  const { statistic, degreesOfFreedom, pValue } = hosmerLemeshow(probabilities, labels);
  expect(statistic).toBeCloseTo(9 / 1.6, 12);
  expect(degreesOfFreedom).toBe(2);
  expect(pValue).toBeCloseTo(Math.exp(-9 / 3.2), 12);
});

test('certain forecasts: right ones are calibrated, a wrong one cannot be', () => {
  expect(hosmerLemeshow([0, 1], [0, 1])).toMatchObject({ statistic: 0, pValue: 1 });
  expect(hosmerLemeshow([0, 1], [1, 1])).toMatchObject({ statistic: Infinity, pValue: 0 });
});
