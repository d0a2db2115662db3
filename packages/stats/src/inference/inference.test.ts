import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  addToMoments,
  asymptoticConfidenceSequence,
  asymptoticConfidenceSequenceOfDifference,
  benjaminiHochberg,
  emptyMoments,
  holm,
  mean,
  mergeMoments,
  momentsFromSums,
  momentsOf,
  momentsVariance,
  normalQuantile,
  sampleRatioMismatch,
  variance,
  welchTTest,
} from '../index.ts';

// Figures of GrowthBook's own statistics tests (gbstats), to the five digits printed there.
const control = momentsFromSums(3407, 1396.87, 52377.9767);
const treatment = momentsFromSums(3461, 2422.7, 134698.29);

describe('difference of means', () => {
  test('Welch, relative, as GrowthBook', () => {
    const result = welchTTest(control, treatment, { relative: true });
    if (!result.conclusive) expect.fail('not conclusive');
    expect(result.estimate).toBeCloseTo(0.70732, 5);
    expect(result.lower).toBeCloseTo(-0.03526, 5);
    expect(result.upper).toBeCloseTo(1.44989, 5);
    expect(result.pValue).toBeCloseTo(0.06191, 5);
  });

  test('Welch, absolute, as SciPy 1.17.1', () => {
    const first = Array.from({ length: 40 }, (_, index) => (((index + 1) * 0.6180339887498949) % 1) + 0.2);
    const second = Array.from({ length: 55 }, (_, index) => (((index + 1) * 0.41421356237309515) % 1) * 1.5);
    const result = welchTTest(momentsOf(second), momentsOf(first), { alpha: 0.1 });
    if (!result.conclusive) expect.fail('not conclusive');
    expect(result.statistic).toBeCloseTo(-0.890288655429061, 10);
    expect(result.degreesOfFreedom).toBeCloseTo(92.40742935340197, 8);
    expect(result.pValue).toBeCloseTo(0.375622946672756, 10);
    expect(result.lower).toBeCloseTo(-0.18891300067066072, 10);
    expect(result.upper).toBeCloseTo(0.05709457280363198, 10);
  });

  test('confidence sequence, relative, as GrowthBook at n 3000 and N* 1000', () => {
    const smaller = momentsFromSums(3000, 1396.87, 52377.9767);
    const result = asymptoticConfidenceSequenceOfDifference(smaller, treatment, {
      relative: true,
      tuningSampleSize: 1000,
    });
    if (!result.conclusive) expect.fail('not conclusive');
    expect(result.estimate).toBeCloseTo(0.50336, 5);
    expect(result.lower).toBeCloseTo(-0.55844, 5);
    expect(result.upper).toBeCloseTo(1.56516, 5);
    expect(result.pValue).toBe(1);
  });

  test('no variance, or one value, concludes nothing', () => {
    const constant = momentsOf([1, 1, 1]);
    expect(welchTTest(constant, momentsOf([2, 2, 2]))).toEqual({ conclusive: false });
    expect(welchTTest(momentsOf([1]), momentsOf([2, 3]))).toEqual({ conclusive: false });
    expect(asymptoticConfidenceSequence(constant)).toEqual({ conclusive: false, n: 3 });
    expect(welchTTest(momentsOf([-1, 1]), momentsOf([2, 3]), { relative: true })).toEqual({ conclusive: false });
  });
});

describe('confidence sequence', () => {
  test('p is α exactly where the interval touches the null value', () => {
    const moments = momentsOf([1, 2, 3, 4, 5, 6, 7, 8]);
    const interval = asymptoticConfidenceSequence(moments, { alpha: 0.03 });
    if (!interval.conclusive) expect.fail('not conclusive');
    const touching = asymptoticConfidenceSequence(moments, { alpha: 0.03, nullValue: interval.lower });
    if (!touching.conclusive) expect.fail('not conclusive');
    expect(touching.pValue).toBeCloseTo(0.03, 12);
  });

  test('ρ makes the interval about tightest at N*', () => {
    const halfWidth = (tuningSampleSize: number) => {
      const result = asymptoticConfidenceSequence({ n: 4000, mean: 0, m2: 3999 }, { tuningSampleSize });
      return result.conclusive ? result.upper : Number.NaN;
    };
    const widths = [1000, 2000, 3000, 4000, 5000, 6500, 9000].map(halfWidth);
    expect(Math.min(...widths)).toBe(halfWidth(4000));
  });

  test('under continuous peeking at A/A data the error rate stays below α + 0.01', () => {
    const seed = 20_210_311;
    const next = seededNormal(seed);
    const runs = 5000;
    let rejected = 0;
    for (let run = 0; run < runs; run += 1) {
      const first = emptyMoments();
      const second = emptyMoments();
      for (let look = 1; look <= 1000; look += 1) {
        addToMoments(first, next());
        addToMoments(second, next());
        if (look < 20) continue;
        const result = asymptoticConfidenceSequenceOfDifference(first, second, { tuningSampleSize: 500 });
        if (result.conclusive && result.pValue < 0.05) {
          rejected += 1;
          break;
        }
      }
    }
    expect(rejected / runs, `seed ${seed}`).toBeLessThan(0.06);
    expect(rejected / runs, `seed ${seed}: a sequence that never rejects has no power`).toBeGreaterThan(0.01);
  });
});

describe('sample ratio mismatch', () => {
  test.each([
    [[1000, 1200], [0.5, 0.5], 0.000020079],
    [[135, 115], [0.5, 0.5], 0.205903211],
    [[310, 98], [0.75, 0.25], 0.647434186],
    [[500, 500, 600], [0.34, 0.33, 0.33], 0.000592638],
  ])('of %j at %j, as GrowthBook', (counts, weights, expected) => {
    expect(sampleRatioMismatch(counts, weights).pValue).toBeCloseTo(expected, 9);
  });

  test('an arm of weight 0 takes no degree of freedom, and may hold nobody', () => {
    expect(sampleRatioMismatch([1000, 1200, 0], [1, 1, 0])).toEqual(sampleRatioMismatch([1000, 1200], [0.5, 0.5]));
    expect(sampleRatioMismatch([1000, 1000, 1], [1, 1, 0]).pValue).toBe(0);
  });

  test('no units and single arms are no mismatch', () => {
    expect(sampleRatioMismatch([0, 0], [1, 1]).pValue).toBe(1);
    expect(sampleRatioMismatch([7], [1]).pValue).toBe(1);
  });
});

describe('multiple testing', () => {
  const pValues = [0.01, 0.04, 0.03, 0.005, 0.55, 0.6];

  test('Holm, as GrowthBook', () => {
    expectAll(holm(pValues), [0.05, 0.12, 0.12, 0.03, 1, 1]);
    expectAll(
      holm(pValues).toSorted((a, b) => a - b),
      [0.03, 0.05, 0.12, 0.12, 1, 1],
    );
  });

  test('Benjamini–Hochberg, as SciPy 1.17.1', () => {
    expectAll(benjaminiHochberg(pValues), [0.03, 0.06, 0.06, 0.03, 0.6, 0.6]);
  });

  test('nothing, and values that are no p-values', () => {
    expect(holm([])).toEqual([]);
    expect(() => holm([1.2])).toThrow(RangeError);
    expect(() => benjaminiHochberg([Number.NaN])).toThrow(RangeError);
  });
});

describe('moments', () => {
  const values = fc.array(fc.double({ min: -1e6, max: 1e6, noNaN: true }), { minLength: 2, maxLength: 50 });

  test('merged, they are those of all values', () => {
    fc.assert(
      fc.property(values, fc.nat(50), (all, cut) => {
        const merged = mergeMoments(momentsOf(all.slice(0, cut)), momentsOf(all.slice(cut)));
        expect(merged.n).toBe(all.length);
        expect(Math.abs(merged.mean - mean(all))).toBeLessThan(1e-9);
        const expected = variance(all);
        expect(Math.abs(momentsVariance(merged) - expected)).toBeLessThanOrEqual(1e-9 * (1 + expected));
      }),
      { seed: 21 },
    );
  });

  test('survive JSON, refuse what is not finite', () => {
    const moments = momentsOf([1, 2, 4]);
    expect(JSON.parse(JSON.stringify(moments))).toEqual(moments);
    expect(() => addToMoments(moments, Number.NaN)).toThrow(RangeError);
    expect(moments.n).toBe(3);
  });

  test('keep their digits far from zero', () => {
    expect(momentsVariance(momentsOf([1e9 + 4, 1e9 + 7, 1e9 + 13, 1e9 + 16]))).toBe(30);
  });
});

function expectAll(actual: readonly number[], expected: readonly number[]): void {
  expect(actual).toHaveLength(expected.length);
  for (const [index, value] of actual.entries()) expect(value).toBeCloseTo(expected[index] ?? Number.NaN, 12);
}

/** Standard normal values, from a table of 65,536 quantiles entered at the high bits of a mulberry32 generator. */
function seededNormal(seed: number): () => number {
  const table = Float64Array.from({ length: 65_536 }, (_, index) => normalQuantile((index + 0.5) / 65_536));
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return table[(mixed ^ (mixed >>> 14)) >>> 16] ?? 0;
  };
}
