import { describe, expect, test } from 'vitest';
import {
  addToBoundedMean,
  addToMoments,
  boundedMeanInterval,
  emptyBoundedMean,
  emptyMoments,
  mixtureSequentialTest,
  normalQuantile,
  sequentialTTest,
  signTest,
} from '../index.ts';
import { seededUniform } from '../testing/seeded.ts';

describe('tests that may be looked at after every observation', () => {
  // SciPy 1.17.1: norm.pdf(d, 0, √V) / norm.pdf(d, 0, √(V + τ²)) at d ½, V 0.04, τ² 0.09.
  test('mSPRT, as the ratio of densities', () => {
    const p = mixtureSequentialTest({ estimate: 0.5, squaredError: 0.04 }, { mixtureVariance: 0.09 });
    expect(p).toBeCloseTo(0.20718689051975644, 12);
    expect(mixtureSequentialTest({ estimate: 0.5, squaredError: 0 }, { mixtureVariance: 1 })).toBe(1);
  });

  // SciPy 1.17.1: t.pdf ÷ the integral of nct.pdf under the normal prior, at t 2.5, n 20, effect variance ½.
  test('sequential t, as the integrated non-central t', () => {
    const n = 20;
    const moments = { n, mean: 2.5 / Math.sqrt(n), m2: n - 1 };
    expect(sequentialTTest(moments, { effectVariance: 0.5 })).toBeCloseTo(0.2591715151701547, 8);
    expect(sequentialTTest(emptyMoments())).toBe(1);
  });

  test('type I error under peeking, where a fixed-horizon p read as often would err several times as much', () => {
    const random = seededUniform(31);
    const runs = 800;
    const rejected = { sequentialT: 0, mSprt: 0, fixed: 0 };
    for (let run = 0; run < runs; run += 1) {
      const moments = emptyMoments();
      const seen = { sequentialT: false, mSprt: false, fixed: false };
      for (let look = 1; look <= 300; look += 1) {
        addToMoments(moments, normalQuantile((Math.floor(random() * 1e9) + 0.5) / 1e9));
        if (look < 2) continue;
        seen.sequentialT ||= sequentialTTest(moments) <= 0.05;
        const effect = { estimate: moments.mean, squaredError: 1 / look };
        seen.mSprt ||= mixtureSequentialTest(effect, { mixtureVariance: 0.05 }) <= 0.05;
        seen.fixed ||= look >= 20 && Math.abs(moments.mean) * Math.sqrt(look) > 1.96;
      }
      for (const key of ['sequentialT', 'mSprt', 'fixed'] as const) rejected[key] += Number(seen[key]);
    }
    expect(rejected.sequentialT / runs).toBeLessThan(0.06);
    expect(rejected.mSprt / runs).toBeLessThan(0.06);
    expect(rejected.fixed / runs).toBeGreaterThan(0.15);
  });
});

describe('bounded mean', () => {
  test('covers at every look, and narrows faster where the variance is small', () => {
    const random = seededUniform(17);
    let missed = 0;
    for (let run = 0; run < 300; run += 1) {
      const state = emptyBoundedMean();
      for (let look = 1; look <= 400; look += 1) {
        addToBoundedMean(state, random() < 0.1 ? 1 : 0, 0.1);
        const [lower, upper] = boundedMeanInterval(state, 0.1);
        if (lower <= 0.1 && 0.1 <= upper) continue;
        missed += 1;
        break;
      }
    }
    expect(missed / 300).toBeLessThan(0.1);
    const [calm, wild] = [0.02, 0.5].map((half) => {
      const state = emptyBoundedMean();
      for (let look = 0; look < 2_000; look += 1) addToBoundedMean(state, 0.5 + (look % 2 ? half : -half));
      const [lower, upper] = boundedMeanInterval(state);
      return upper - lower;
    });
    expect((calm ?? 1) * 3).toBeLessThan(wild ?? 0);
  });

  test('nothing is known of nothing; what is out of bounds is refused', () => {
    const state = emptyBoundedMean();
    expect(boundedMeanInterval(state)).toEqual([0, 1]);
    expect(() => addToBoundedMean(state, 1.01)).toThrow(RangeError);
    expect(state.n).toBe(0);
  });
});

// SciPy 1.17.1: binomtest(30, 80).pvalue
test('sign test, as SciPy', () => {
  expect(signTest(30, 50)).toBeCloseTo(0.03299261842647619, 12);
  expect(signTest(50, 30)).toBeCloseTo(0.03299261842647619, 12);
  expect(signTest(0, 0)).toBe(1);
  expect(signTest(4, 4)).toBe(1);
});
