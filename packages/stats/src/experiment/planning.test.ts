import { expect, test } from 'vitest';
import {
  bootstrapRatio,
  chanceRateIsHigher,
  confidenceSequence,
  durationDays,
  normalComparison,
  powerOfMeans,
  sampleSizeForMeans,
  sampleSizeForRates,
} from '../index.ts';
import { seededUniform } from '../testing/seeded.ts';

test('sample size and power, as statsmodels 0.15.0 (NormalIndPower)', () => {
  // solve_power(effect_size=0.1, alpha=0.05, power=0.8) = 1569.77; power(0.1, nobs1=1570, alpha=0.05)
  expect(sampleSizeForMeans(0.1, 1)).toBe(1570);
  expect(powerOfMeans(0.1, 1, 1570)).toBeCloseTo(0.8000569268798245, 9);
  // By the formula: (1.959964 + 0.841621)² · (0.1·0.9 + 0.12·0.88) / 0.02² = 3838.0…
  expect(sampleSizeForRates(0.1, 0.12)).toBe(3839);
  expect(sampleSizeForRates(0.1, 0.12, { comparisons: 3 })).toBeGreaterThan(3839);
  expect(() => sampleSizeForRates(0, 0.1)).toThrow(RangeError);
  expect(durationDays(3839, 1_000, [0.5, 0.5])).toBe(8);
});

test('a test that may be looked at always has its power at the planned size', () => {
  const variance = 0.1 * 0.9;
  const perArm = sampleSizeForMeans(0.01, variance, { looks: 'always' });
  const squaredError = (2 * variance) / perArm;
  // Four times in five the estimate is at least this: the interval of the engine just leaves 0 out.
  const estimate = 0.01 - 0.8416212335729143 * Math.sqrt(squaredError);
  const { lower } = confidenceSequence(
    { estimate, squaredError, n: 2 * perArm },
    { alpha: 0.05, tuningSampleSize: 2 * perArm },
  );
  expect(Math.abs(lower) / estimate).toBeLessThan(1e-4);
  expect(perArm / sampleSizeForMeans(0.01, variance)).toBeCloseTo(1.91, 1);
});

test('Bayesian comparisons, as SciPy 1.17.1 integrates them', () => {
  expect(chanceRateIsHigher({ alpha: 8, beta: 14 }, { alpha: 13, beta: 9 })).toBeCloseTo(0.9392635353, 3);
  const { chanceAbove, expectedLoss } = normalComparison({ estimate: 0.3, squaredError: 0.25 });
  expect(expectedLoss).toBeCloseTo(0.08433636612087772, 9);
  expect(chanceAbove).toBeCloseTo(0.7257468822499265, 9);
  // Two measurements of one precision: halfway between prior and estimate, half the variance.
  expect(normalComparison({ estimate: 1, squaredError: 2 }, { mean: 0, variance: 2 })).toMatchObject({
    mean: 0.5,
    deviation: 1,
  });
});

test('bootstrap over users agrees with the error of the clustered mean, and repeats with its seed', () => {
  const random = seededUniform(2);
  const clusters = Array.from({ length: 300 }, () => {
    const count = 1 + Math.floor(random() * 4);
    return { sum: count * random(), count };
  });
  const result = bootstrapRatio(clusters, seededUniform(9));
  expect(result).toEqual(bootstrapRatio(clusters, seededUniform(9)));
  const n = clusters.reduce((total, { count }) => total + count, 0);
  const mean = clusters.reduce((total, { sum }) => total + sum, 0) / n;
  const error = Math.sqrt(clusters.reduce((total, { sum, count }) => total + (sum - mean * count) ** 2, 0)) / n;
  expect(result?.estimate).toBeCloseTo(mean, 12);
  expect(((result?.upper ?? 0) - (result?.lower ?? 0)) / (2 * 1.96 * error)).toBeCloseTo(1, 1);
  expect(bootstrapRatio([], seededUniform(1))).toBeUndefined();
});
