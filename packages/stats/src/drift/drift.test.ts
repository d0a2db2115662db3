import { describe, expect, test } from 'vitest';
import {
  categoryCounts,
  categoryDrift,
  countDrift,
  driftKind,
  equalWidthBins,
  histogram,
  momentsOf,
  normalSurvival,
  numericDrift,
  proportions,
  quantileBins,
  sturgesBinCount,
} from '../index.ts';

const ramp = Float64Array.from({ length: 1000 }, (_, index) => index / 100);

describe('bins', () => {
  test('quantile bins hold equal shares; a value on a cut belongs below it', () => {
    const bins = quantileBins([1, 2, 3, 4, 5], 4);
    expect(bins).toEqual({ method: 'quantile', cuts: [2, 3, 4] });
    expect(histogram([1, 2, 3, 4, 5, -100, 100], bins)).toEqual([3, 1, 1, 2]);
    expect(histogram(ramp, quantileBins(ramp, 10))).toEqual(new Array<number>(10).fill(100));
  });

  test('repeated values merge bins instead of leaving empty ones', () => {
    const mostlyZero = [0, 0, 0, 0, 0, 0, 0, 1, 2, 3];
    const bins = quantileBins(mostlyZero, 10);
    expect(histogram(mostlyZero, bins).every((count) => count > 0)).toBe(true);
    expect(quantileBins([4, 4, 4], 10).cuts).toEqual([]);
  });

  test('equal width', () => {
    expect(equalWidthBins([0, 10, 4], 5).cuts).toEqual([2, 4, 6, 8]);
    expect(equalWidthBins([3, 3], 5).cuts).toEqual([]);
    expect([1, 2, 3, 1000].map(sturgesBinCount)).toEqual([1, 2, 3, 11]);
    expect(() => equalWidthBins([], 5)).toThrow(RangeError);
    expect(() => quantileBins([1], 0)).toThrow(RangeError);
  });
});

test('zero fill', () => {
  expect(proportions([1, 0, 3], { method: 'none' })).toEqual([0.25, 0, 0.75]);
  expect(proportions([1, 0, 3], { method: 'floor' })).toEqual([0.25, 1e-4, 0.75]);
  expect(proportions([1, 0, 99_999], { method: 'floor' })[1]).toBeCloseTo(1e-11, 20);
  expect(proportions([1, 0, 3], { method: 'additive', pseudoCount: 1 })).toEqual([2 / 7, 1 / 7, 4 / 7]);
  expect(() => proportions([0, 0], { method: 'floor' })).toThrow(RangeError);
});

describe('results', () => {
  test('PSI of categories [3,2,2] → [1,2,3] with Evidently’s fill is its 2.93', () => {
    const result = categoryDrift(
      'population-stability-index',
      categoryCounts(['3', '2', '2']),
      categoryCounts(['1', '2', '3']),
    );
    expect(result.statistic).toBeGreaterThan(2.92);
    expect(result.statistic).toBeLessThan(2.94);
    expect(result).toEqual({
      test: 'population-stability-index',
      statistic: result.statistic,
      pValue: null,
      pValueMethod: null,
      threshold: 0.1,
      drifted: true,
      reading: 'major',
      binning: { method: 'category', categories: ['1', '2', '3'] },
      zeroFill: { method: 'floor' },
      logBase: 'e',
      direction: null,
      normalization: null,
      referenceCount: 3,
      currentCount: 3,
    });
  });

  test.each([
    [[50, 50], [50, 50], 'none'],
    [[50, 50], [64, 36], 'none'],
    [[50, 50], [68, 32], 'moderate'],
    [[50, 50], [80, 20], 'major'],
  ])('PSI of %j → %j reads %s', (reference, current, reading) => {
    expect(countDrift('population-stability-index', reference, current).reading).toBe(reading);
  });

  test('a threshold of its own moves what counts as PSI drift, not its reading', () => {
    const result = countDrift('population-stability-index', [50, 50], [68, 32], { threshold: 0.25 });
    expect(result).toMatchObject({ drifted: false, reading: 'moderate', threshold: 0.25 });
  });

  test('every test sees a shift of one σ, and none in the same data', () => {
    const moved = ramp.map((value) => value + 2.9);
    for (const test of [
      'population-stability-index',
      'kullback-leibler',
      'jensen-shannon',
      'chi-squared',
      'wasserstein',
      'kolmogorov-smirnov',
    ] as const) {
      expect(numericDrift(test, ramp, moved).drifted, test).toBe(true);
      expect(numericDrift(test, ramp, ramp).reading, test).toBe('none');
    }
  });

  test('each records what it did', () => {
    expect(numericDrift('kolmogorov-smirnov', ramp, ramp)).toMatchObject({ pValueMethod: 'exact', binning: null });
    expect(numericDrift('wasserstein', ramp, ramp).normalization).toBe('max(reference standard deviation, 0.001)');
    expect(numericDrift('kullback-leibler', ramp, ramp)).toMatchObject({
      logBase: 'e',
      direction: 'reference-current',
      zeroFill: { method: 'floor' },
    });
    const pooled = numericDrift('jensen-shannon', ramp, [20], {
      binning: { method: 'equal-width', binCount: 'sturges', from: 'pooled' },
      logBase: 'e',
      threshold: 0.2,
    });
    expect(pooled).toMatchObject({ logBase: 'e', threshold: 0.2, zeroFill: { method: 'none' }, currentCount: 1 });
    expect(pooled.statistic).toBeCloseTo(Math.sqrt(Math.LN2), 12);
    expect(pooled.binning).toMatchObject({ method: 'equal-width', from: 'pooled' });
    expect(JSON.parse(JSON.stringify(pooled))).toEqual(pooled);
  });
});

describe('kind', () => {
  // σ = 1, mean 0.
  const reference = { n: 1001, mean: 0, m2: 1000 };
  const moved = (mean: number, deviation = 1) => ({ n: 1001, mean, m2: 1000 * deviation ** 2 });

  test.each([
    [2.1, 1, 'sudden'],
    [-2.1, 1, 'sudden'],
    [2, 1, 'gradual'],
    [0.6, 3, 'gradual'],
    [0.5, 1, 'none'],
    [0.1, 2.1, 'variance'],
    [0.1, 2, 'none'],
  ])('mean %f σ away, spread × %f: %s', (mean, deviation, kind) => {
    expect(driftKind(reference, moved(mean, deviation)).kind).toBe(kind);
  });

  test('a shift that last week had as well is seasonal; one it had not keeps its kind', () => {
    expect(driftKind(reference, moved(3), { samePhase: moved(2.8) }).kind).toBe('seasonal');
    expect(driftKind(reference, moved(3), { samePhase: moved(0) }).kind).toBe('sudden');
    expect(driftKind(reference, moved(0), { samePhase: moved(0) }).kind).toBe('none');
  });

  test('a steady rise of the windows is gradual while the mean is still near', () => {
    const rising = [-0.3, -0.25, -0.1, -0.05, 0.05, 0.1, 0.3, 0.4];
    const result = driftKind(reference, moved(0.4), { windowMeans: rising });
    expect(result.kind).toBe('gradual');
    // SciPy 1.17.1: 7 × linregress slope; every pair is in order, so S = 28 and z = 27/√(8·7·21/18).
    expect(result.trend?.rise).toBeCloseTo(0.6958333333333335, 12);
    expect(result.trend?.pValue).toBeCloseTo(2 * normalSurvival(27 / Math.sqrt(65.33333333333333)), 14);
    expect(driftKind(reference, moved(0.4), { windowMeans: [...rising].toReversed().with(0, -0.4) }).kind).toBe('none');
    expect(driftKind(reference, moved(0.4), { windowMeans: rising.slice(4) }).trend).toBeNull();
  });

  test('each kind says what to do in both languages', () => {
    const sudden = driftKind(momentsOf([1, 2, 3]), momentsOf([11, 12, 13])).recommendation;
    expect(sudden.en).toMatch(/retrain now/i);
    expect(sudden.ko).toMatch(/요\.|주세요\./);
    expect(() => driftKind(momentsOf([1]), momentsOf([1, 2]))).toThrow(RangeError);
  });
});
