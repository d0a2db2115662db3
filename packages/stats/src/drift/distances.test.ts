import { existsSync, readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  chiSquaredTest,
  jensenShannonDistance,
  klDivergence,
  kolmogorovSmirnov,
  normalizedWassersteinDistance,
  populationStabilityIndex,
  proportions,
  wassersteinDistance,
} from '../index.ts';

// References: SciPy 1.17.1, NumPy 2.4.6.
const oneToHundred = Array.from({ length: 100 }, (_, index) => index + 1);
const shifted = Array.from({ length: 110 }, (_, index) => 21.1 + (index * 99) / 109);

function weyl(count: number, step: number, power = 1): Float64Array {
  return Float64Array.from({ length: count }, (_, index) => (((index + 1) * step) % 1) ** power);
}

describe('Wasserstein', () => {
  test('as SciPy', () => {
    expect(wassersteinDistance([0, 1, 3], [5, 6, 8])).toBe(5);
    expect(wassersteinDistance(oneToHundred, shifted)).toBeCloseTo(20.1, 12);
    expect(normalizedWassersteinDistance(oneToHundred, shifted)).toBeCloseTo(0.6963192414752051, 12);
    const distance = wassersteinDistance(weyl(4000, 0.6180339887498949), weyl(5000, 0.41421356237309515, 1.05));
    expect(distance).toBeCloseTo(0.012177801721784006, 12);
  });

  test('a constant reference is divided by 0.001', () => {
    expect(normalizedWassersteinDistance([2, 2, 2], [2, 2, 2.003])).toBeCloseTo(1, 9);
  });
});

describe('Kolmogorov–Smirnov', () => {
  test.each([
    ['100 against 110', oneToHundred, shifted, 232 / 1100, 0.015739183865606153],
    ['far apart', oneToHundred, shifted.map((value) => value + 60), 0.8109090909090909, 3.7922159368311136e-35],
    [
      'equal sizes',
      oneToHundred.slice(0, 50),
      shifted.slice(0, 50).map((value) => value - 18),
      0.06,
      0.9999952562961608,
    ],
    ['ties', [1, 2, 2, 3, 4], [2, 3, 3, 5, 6, 7, 7], 0.5714285714285714, 0.23737373737373738],
    [
      '1,000 against 1,300',
      weyl(1000, 0.6180339887498949),
      weyl(1300, 0.41421356237309515, 1.08),
      0.030307692307692306,
      0.6632390731612788,
    ],
  ])('exact, %s, as SciPy', (_, reference, current, statistic, pValue) => {
    const result = kolmogorovSmirnov(reference, current);
    expect(result.method).toBe('exact');
    expect(result.statistic).toBeCloseTo(statistic, 14);
    expect(Math.abs(result.pValue / pValue - 1)).toBeLessThan(1e-10);
  });

  test('large samples are asymptotic, within 2 % of SciPy’s exact p', () => {
    const result = kolmogorovSmirnov(weyl(4000, 0.6180339887498949), weyl(5000, 0.41421356237309515, 1.05));
    expect(result.method).toBe('asymptotic');
    expect(result.statistic).toBeCloseTo(0.0184, 14);
    expect(Math.abs(result.pValue / 0.43426404402998603 - 1)).toBeLessThan(2e-2);
  });

  test('equal samples', () => {
    expect(kolmogorovSmirnov([1, 2], [2, 1])).toEqual({ statistic: 0, pValue: 1, method: 'exact' });
  });

  test('on 3 + 4 values the exact p is the share of all 35 orderings', () => {
    const orderings: number[][] = [];
    for (let mask = 0; mask < 128; mask += 1) {
      const first = [0, 1, 2, 3, 4, 5, 6].filter((bit) => (mask >> bit) & 1);
      if (first.length === 3) orderings.push(first);
    }
    const statisticOf = (first: number[]) =>
      kolmogorovSmirnov(
        first,
        [0, 1, 2, 3, 4, 5, 6].filter((value) => !first.includes(value)),
      );
    const all = orderings.map(statisticOf);
    expect(all).toHaveLength(35);
    for (const { statistic, pValue } of all) {
      const atLeast = all.filter((other) => other.statistic >= statistic - 1e-12).length;
      expect(pValue).toBeCloseTo(atLeast / 35, 12);
    }
  });
});

describe('divergences', () => {
  test('Kullback–Leibler, as SciPy', () => {
    expect(klDivergence([0.1, 0.6, 0.3], [0.2, 0.3, 0.5])).toBeCloseTo(0.19332590315017542, 14);
    expect(klDivergence([0, 0.6, 0.3], [0, 0.3, 0.5])).toBeCloseTo(0.17403988, 8);
    expect(klDivergence([1, 2, 3], [3, 2, 2], 2)).toBeCloseTo(0.2507132549101667, 14);
    expect(klDivergence([0.5, 0.5], [0, 1])).toBe(Infinity);
  });

  test('Jensen–Shannon, as SciPy', () => {
    expect(jensenShannonDistance([1, 0, 0], [0, 1, 0])).toBe(1);
    expect(jensenShannonDistance([1, 0], [0.5, 0.5], Math.E)).toBeCloseTo(0.464501404022459, 14);
    expect(jensenShannonDistance([1, 2, 3], [3, 2, 2])).toBeCloseTo(0.2563021359266559, 14);
  });

  const folder = resolve(import.meta.dirname, '../../../../../shared/data/scipy-jensenshannon');
  const absent = !existsSync(folder);
  const numbers = (file: string) => readFileSync(resolve(folder, file), 'utf8').trim().split(/\s+/).map(Number);

  test.skipIf(absent).each([
    ['iris.txt', 'pdist-jensenshannon-ml-iris.txt', 4],
    ['pdist-double-inp.txt', 'pdist-jensenshannon-ml.txt', 100],
  ])(
    `every pair of ${absent ? 'SciPy’s vectors (skipped: reference data is not here)' : '%s'}`,
    (input, output, width) => {
      const values = numbers(input);
      const expected = numbers(output);
      const rows = Array.from({ length: values.length / width }, (_, row) =>
        values.slice(row * width, (row + 1) * width),
      );
      const distances = rows.flatMap((first, index) =>
        rows.slice(index + 1).map((second) => jensenShannonDistance(first, second, Math.E)),
      );
      expect(distances).toHaveLength(expected.length);
      const worst = Math.max(...distances.map((distance, index) => Math.abs(distance - (expected[index] ?? Infinity))));
      expect(worst).toBeLessThan(1e-11);
    },
  );
});

describe('χ²', () => {
  test('two samples of three categories, as SciPy', () => {
    const result = chiSquaredTest([30, 50, 20, 0], [45, 35, 40, 0]);
    expect(result.statistic).toBeCloseTo(10.583006535947717, 12);
    expect(result.degreesOfFreedom).toBe(2);
    expect(result.pValue).toBeCloseTo(0.0050341868368289425, 14);
    expect(result.smallestExpected).toBeCloseTo(27.272727272727273, 12);
  });

  test('one category tells nothing; an empty side is refused', () => {
    expect(chiSquaredTest([5], [7]).pValue).toBe(1);
    expect(() => chiSquaredTest([0, 0], [1, 2])).toThrow(RangeError);
  });
});

describe('properties', () => {
  const counts = fc
    .array(fc.tuple(fc.nat(50), fc.nat(50)), { minLength: 2, maxLength: 12 })
    .filter((pairs) => pairs.some(([a]) => a > 0) && pairs.some(([, b]) => b > 0));
  const sample = fc.array(fc.integer({ min: -30, max: 30 }), { minLength: 1, maxLength: 30 });

  test('PSI is symmetric, not negative, and the sum of both divergences', () => {
    fc.assert(
      fc.property(counts, (pairs) => {
        const fill = { method: 'additive', pseudoCount: 0.5 } as const;
        const first = proportions(
          pairs.map(([a]) => a),
          fill,
        );
        const second = proportions(
          pairs.map(([, b]) => b),
          fill,
        );
        const index = populationStabilityIndex(first, second);
        expect(index).toBeGreaterThanOrEqual(0);
        expect(populationStabilityIndex(second, first)).toBeCloseTo(index, 12);
        expect(klDivergence(first, second) + klDivergence(second, first)).toBeCloseTo(index, 10);
      }),
      { seed: 31 },
    );
  });

  test('Jensen–Shannon is symmetric, in 0…1, and 0 for equal shares', () => {
    fc.assert(
      fc.property(counts, (pairs) => {
        const first = pairs.map(([a]) => a);
        const second = pairs.map(([, b]) => b);
        const distance = jensenShannonDistance(first, second);
        expect(distance).toBeGreaterThanOrEqual(0);
        expect(distance).toBeLessThanOrEqual(1);
        expect(jensenShannonDistance(second, first)).toBeCloseTo(distance, 12);
        const triple = first.map((count) => count * 3);
        expect(jensenShannonDistance(first, triple)).toBeCloseTo(0, 7);
      }),
      { seed: 32 },
    );
  });

  test('Wasserstein moves with a shift, and KS does not change under monotone maps', () => {
    fc.assert(
      fc.property(sample, sample, fc.integer({ min: 0, max: 100 }), (first, second, shift) => {
        expect(
          wassersteinDistance(
            first,
            first.map((value) => value + shift),
          ),
        ).toBeCloseTo(shift, 10);
        expect(wassersteinDistance(first, second)).toBeCloseTo(wassersteinDistance(second, first), 10);
        const cube = (value: number) => value ** 3;
        const plain = kolmogorovSmirnov(first, second);
        expect(kolmogorovSmirnov(first.map(cube), second.map(cube))).toEqual(plain);
        expect(kolmogorovSmirnov(second, first).pValue).toBeCloseTo(plain.pValue, 10);
      }),
      { seed: 33 },
    );
  });

  test('inputs are left as they were; empty ones and NaN are refused', () => {
    const values = Float64Array.of(3, 1, 2);
    wassersteinDistance(values, values);
    expect([...values]).toEqual([3, 1, 2]);
    expect(() => wassersteinDistance([], [1])).toThrow(RangeError);
    expect(() => kolmogorovSmirnov([1], [Number.NaN])).toThrow(RangeError);
  });
});
