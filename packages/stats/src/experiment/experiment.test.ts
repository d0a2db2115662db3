import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  addToClusterSums,
  addToUnitSample,
  emptyClusterSums,
  emptyUnitSample,
  mergeClusterSums,
  mergeUnitSamples,
  ratioDifference,
  sequentialSampleRatio,
  unitSampleCounts,
  type ClusterSums,
  type ClusterTerm,
} from '../index.ts';
import { seededUniform } from '../testing/seeded.ts';

const shape = { buckets: 16, hasDenominator: true, hasCovariate: true };

function sumsOf(terms: readonly (ClusterTerm & { place: number })[]): ClusterSums {
  const sums = emptyClusterSums(shape);
  for (const { place, ...term } of terms) addToClusterSums(sums, place, term);
  return sums;
}

/** 400 observations of 16 clusters per arm, the same as the reference snippet makes. */
function arm(seed: number): (ClusterTerm & { place: number })[] {
  return Array.from({ length: 400 }, (_, index) => {
    const cluster = index % 16;
    const x = ((index * 7 + seed * 3) % 11) / 5 + cluster / 8;
    const denominator = 1 + ((index * 5 + seed) % 4);
    const numerator = 0.5 * x + ((index * 3 + seed * 5) % 7) / 3 + (cluster % 5) / 4 + 0.3 * denominator;
    return { place: (cluster + 0.5) / 16, n: 1, numerator, denominator, covariate: x };
  });
}

describe('difference of ratios of clustered observations', () => {
  // statsmodels 0.15.0: WLS of numerator/denominator on the arm, weights = denominator, which estimates the difference of
  // the ratios of sums; cov_type='cluster', groups = arm × cluster, without the small-sample correction, times 16/15.
  test('as statsmodels with cluster-robust errors', () => {
    const without = { ...shape, hasCovariate: false };
    const [control, treatment] = [1, 2].map((seed) => {
      const sums = emptyClusterSums(without);
      for (const { place, ...term } of arm(seed)) addToClusterSums(sums, place, term);
      return sums;
    });
    const result = control && treatment && ratioDifference(control, treatment);
    expect(result?.estimate).toBeCloseTo(-0.0005666666666667569, 10);
    expect(result?.squaredError).toBeCloseTo(0.030230270488888936, 12);
    expect(result?.varianceReduction).toBe(0);
  });

  test('of single observations it is the difference of means, with Welch’s error and degrees of freedom', () => {
    const one = (values: readonly number[]): ClusterSums => {
      const sums = emptyClusterSums({ buckets: values.length, hasDenominator: false, hasCovariate: false });
      for (const [index, numerator] of values.entries())
        addToClusterSums(sums, (index + 0.5) / values.length, { n: 1, numerator });
      return sums;
    };
    // SciPy 1.17.1: ttest_ind([3, 4, 5.5, 7], [1, 2, 4, 8, 2], equal_var=False).
    const result = ratioDifference(one([1, 2, 4, 8, 2]), one([3, 4, 5.5, 7]));
    expect((result?.estimate ?? 0) / Math.sqrt(result?.squaredError ?? 0)).toBeCloseTo(0.9672131147540984, 10);
    expect(result?.degreesOfFreedom).toBeCloseTo(6.7287544404084985, 8);
  });

  test('a covariate takes out ρ² of the variance and the chance difference that it explains', () => {
    const random = seededUniform(4);
    const normal = (): number => Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
    const rho = 0.8;
    const [control, treatment] = [0, 0].map(() => {
      const sums = emptyClusterSums({ buckets: 2_000, hasDenominator: false, hasCovariate: true });
      for (let index = 0; index < 2_000; index++) {
        const x = normal();
        const numerator = rho * x + Math.sqrt(1 - rho * rho) * normal();
        addToClusterSums(sums, (index + 0.5) / 2_000, { n: 1, numerator, covariate: x });
      }
      return sums;
    });
    const result = control && treatment && ratioDifference(control, treatment);
    expect(Math.abs((result?.varianceReduction ?? 0) - rho ** 2)).toBeLessThan(0.03);
    expect(Math.abs(result?.estimate ?? 1)).toBeLessThan(4 * Math.sqrt(result?.squaredError ?? 0));
  });

  test('nothing, one cluster and no variance conclude nothing', () => {
    const empty = emptyClusterSums(shape);
    expect(ratioDifference(empty, empty)).toBeUndefined();
    const one = sumsOf([{ place: 0.1, n: 5, numerator: 3, denominator: 5 }]);
    expect(ratioDifference(one, one)).toBeUndefined();
  });

  test('parts add up to the whole, in any order', () => {
    const all = arm(3);
    fc.assert(
      fc.property(fc.nat(400), (cut) => {
        const merged = mergeClusterSums(sumsOf(all.slice(cut)), sumsOf(all.slice(0, cut)));
        const whole = sumsOf(all);
        for (const key of ['n', 'numerator', 'denominator', 'covariate'] as const)
          for (const [bucket, value] of (whole[key] ?? []).entries())
            expect(merged[key]?.[bucket]).toBeCloseTo(value, 9);
      }),
      { seed: 8, numRuns: 20 },
    );
  });
});

describe('sequential sample ratio', () => {
  test('is the Bayes factor of the Dirichlet mixture', () => {
    // SciPy 1.17.1: 1 / exp(betaln(50 + 60, 50 + 40) − betaln(50, 50) − 100 ln ½)
    expect(sequentialSampleRatio([60, 40], [1, 1])).toBeCloseTo(0.5174244172945432, 9);
    expect(sequentialSampleRatio([1000, 1200], [0.5, 0.5])).toBeLessThan(0.001);
    expect(sequentialSampleRatio([10, 10, 1], [1, 1, 0])).toBe(0);
    expect(sequentialSampleRatio([0, 0], [1, 1])).toBe(1);
  });

  test('looked at after every unit it raises no more false alarms than it says', () => {
    const random = seededUniform(12);
    let alarms = 0;
    for (let run = 0; run < 600; run++) {
      const counts = [0, 0];
      for (let unit = 0; unit < 500; unit++) {
        const arm = random() < 0.3 ? 0 : 1;
        counts[arm] = (counts[arm] ?? 0) + 1;
        if (sequentialSampleRatio(counts, [0.3, 0.7]) >= 0.05) continue;
        alarms++;
        break;
      }
    }
    expect(alarms / 600).toBeLessThan(0.05);
  });
});

describe('unit sample', () => {
  const hashes = Array.from({ length: 9_000 }, (_, index) => Math.imul(index + 1, 0x9e3779b1) >>> 0);

  test('is exact while small, and tells the shares when it is not', () => {
    const few = emptyUnitSample(4_096);
    for (const [index, hash] of hashes.slice(0, 3_000).entries()) {
      addToUnitSample(few, hash, index % 3);
      addToUnitSample(few, hash, index % 3);
    }
    expect(unitSampleCounts(few, 3)).toEqual([1_000, 1_000, 1_000]);
    const many = emptyUnitSample(1_000);
    for (const [index, hash] of hashes.entries()) addToUnitSample(many, hash, index % 3);
    expect(many.size).toBeLessThanOrEqual(1_000);
    const estimate = unitSampleCounts(many, 3).map((count) => count * 2 ** many.level);
    for (const count of estimate) expect(Math.abs(count - 3_000)).toBeLessThan(500);
  });

  test('merged, it is the sample of all; a unit that met two arms is counted once', () => {
    const whole = emptyUnitSample(500);
    const parts = [emptyUnitSample(500), emptyUnitSample(500)] as const;
    for (const [index, hash] of hashes.entries()) {
      addToUnitSample(whole, hash, index % 2);
      addToUnitSample(parts[index % 5 === 0 ? 0 : 1], hash, index % 2);
    }
    const merged = mergeUnitSamples(...parts);
    while (merged.level < whole.level) addToUnitSample(merged, 0, 0);
    expect(unitSampleCounts(merged, 2).reduce((a, b) => a + b)).toBe(merged.size);
    expect(merged.level).toBe(whole.level);
    expect(merged.units).toEqual(whole.units);
    const crossing = emptyUnitSample();
    for (const arm of [0, 1, 0, 1]) addToUnitSample(crossing, 7, arm);
    expect(crossing.crossed).toBe(1);
    expect(mergeUnitSamples(crossing, crossing).crossed).toBe(1);
    expect(JSON.parse(JSON.stringify(crossing))).toEqual(crossing);
  });
});
