import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { seededRandom } from '#kernel/random.ts';
import { binColumn, missingBin, quantileThresholds, thresholdStride } from './quantile-bins.ts';

function cut(column: Float32Array, maxBins: number): { thresholds: Float32Array; count: number; bins: Uint8Array } {
  const thresholds = new Float32Array(thresholdStride);
  const count = quantileThresholds(column, maxBins, seededRandom(1), thresholds);
  const bins = new Uint8Array(column.length);
  binColumn(column, thresholds, bins);
  return { thresholds, count, bins };
}

describe('quantile bins', () => {
  it('compare as their thresholds do, for every float32', () => {
    fc.assert(
      fc.property(fc.array(fc.float(), { maxLength: 600 }), fc.integer({ min: 2, max: 255 }), (values, maxBins) => {
        const column = Float32Array.from(values);
        const { thresholds, count, bins } = cut(column, maxBins);
        expect(count).toBeLessThan(maxBins);
        column.forEach((x, row) => {
          const below = thresholds.subarray(0, count).filter((threshold) => threshold < x).length;
          expect(bins[row]).toBe(Number.isNaN(x) ? missingBin : below);
        });
      }),
      { seed: 7, numRuns: 300 },
    );
  });

  it('give every value its own bin while there are few', () => {
    const { count, bins } = cut(Float32Array.of(3, 1, 2, 3, NaN, 1, 2, 2), 255);
    expect(count).toBe(2);
    expect([...bins]).toEqual([2, 0, 1, 2, missingBin, 0, 1, 1]);
  });

  it('hold about as many rows each when there are many, and keep ties together', () => {
    const random = seededRandom(3);
    const column = Float32Array.from({ length: 300_000 }, () => (random() < 0.3 ? 0.5 : random()));
    const { count, bins } = cut(column, 100);
    const sizes = new Uint32Array(count + 1);
    bins.forEach((bin) => (sizes[bin] = (sizes[bin] ?? 0) + 1));
    const tied = bins[column.indexOf(0.5)] ?? 0;
    expect(sizes[tied]).toBeGreaterThan(89_000);
    expect(Math.max(...sizes.filter((_, bin) => bin !== tied))).toBeLessThan(2 * (300_000 / 100));
  });
});
