import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  addToLatencySketch,
  emptyLatencySketch,
  latencySketchQuantile,
  mergeLatencySketches,
  type LatencySketch,
} from './index.ts';

function sketchOf(values: readonly number[], relativeAccuracy = 0.01): LatencySketch {
  const sketch = emptyLatencySketch(relativeAccuracy);
  for (const value of values) addToLatencySketch(sketch, value);
  return sketch;
}

const latencies = fc.array(
  fc.oneof(
    fc.constant(0),
    fc.double({ min: 1e-5, max: 1e7, noNaN: true }),
    fc.double({ min: 0.1, max: 500, noNaN: true }),
  ),
  { minLength: 1, maxLength: 80 },
);

describe('latency sketch', () => {
  test('every quantile is within the stated accuracy of the value of that rank', () => {
    fc.assert(
      fc.property(
        latencies,
        fc.double({ min: 0, max: 1, noNaN: true }),
        fc.constantFrom(0.01, 0.05),
        (values, p, accuracy) => {
          const exact = values.toSorted((a, b) => a - b)[Math.floor(p * (values.length - 1))] ?? Number.NaN;
          const estimate = latencySketchQuantile(sketchOf(values, accuracy), p);
          expect(Math.abs(estimate - exact)).toBeLessThanOrEqual(accuracy * exact * (1 + 1e-9));
        },
      ),
      { seed: 41 },
    );
  });

  test('merged sketches are the sketch of all values', () => {
    fc.assert(
      fc.property(latencies, fc.nat(80), (values, cut) => {
        const { sum, ...merged } = mergeLatencySketches(sketchOf(values.slice(0, cut)), sketchOf(values.slice(cut)));
        const { sum: expectedSum, ...expected } = sketchOf(values);
        expect(merged).toEqual(expected);
        expect(Math.abs(sum - expectedSum)).toBeLessThanOrEqual(1e-12 * expectedSum);
      }),
      { seed: 42 },
    );
  });

  test('survives JSON', () => {
    const sketch = sketchOf([0, 1, 2, 300]);
    const revived: LatencySketch = JSON.parse(JSON.stringify(sketch));
    expect(revived).toEqual(sketch);
    addToLatencySketch(revived, 1000);
    expect(latencySketchQuantile(revived, 1)).toBe(1000);
  });

  test('keeps at most 2,048 buckets, and the upper quantiles stay accurate', () => {
    const values = Array.from({ length: 4000 }, (_, index) => 1e-5 * 10 ** (index / 200));
    for (const order of [values, values.toReversed()]) {
      const sketch = sketchOf(order, 0.005);
      expect(sketch.counts).toHaveLength(2048);
      expect(sketch.counts.reduce((sum, count) => sum + count, 0)).toBe(4000);
      const exact = values[Math.floor(0.99 * 3999)] ?? Number.NaN;
      expect(Math.abs(latencySketchQuantile(sketch, 0.99) / exact - 1)).toBeLessThanOrEqual(0.005 * (1 + 1e-9));
    }
    expect(sketchOf(values, 0.005).counts).toEqual(sketchOf(values.toReversed(), 0.005).counts);
  });

  test('an empty sketch has no quantile; bad values and unlike sketches are refused', () => {
    const sketch = emptyLatencySketch();
    expect(latencySketchQuantile(sketch, 0.5)).toBeNaN();
    expect(() => addToLatencySketch(sketch, -1)).toThrow(RangeError);
    expect(() => addToLatencySketch(sketch, Number.NaN)).toThrow(RangeError);
    expect(sketch).toEqual(emptyLatencySketch());
    expect(() => mergeLatencySketches(sketch, emptyLatencySketch(0.02))).toThrow(RangeError);
    expect(() => emptyLatencySketch(0)).toThrow(RangeError);
  });
});
