import type { FeatureMatrix } from '../matrix.ts';

/**
 * A node's histogram over all features: for bin b of feature f, `pairs[2 · (256 f + b)]` is the sum of gradients,
 * the next element that of hessians, `counts[256 f + b]` the number of rows.
 */
export interface Histogram {
  readonly pairs: Float64Array;
  readonly counts: Uint32Array;
}

export const binsPerFeature = 256;

/** Bins lie row by row, four features to a 32-bit word. */
export function wordsPerRow(matrix: FeatureMatrix): number {
  return Math.ceil(matrix.columns.length / 4);
}

/** Bytes of one histogram. */
export function histogramBytes(words: number): number {
  return words * 4 * binsPerFeature * 20;
}

/**
 * Sums gradients, hessians and counts of the listed rows into a histogram, which is cleared first. The hot loop of
 * training: one row's bins are adjacent, its gradient is read once, and all typed arrays are of fixed types.
 */
export function fillHistogram(
  { pairs, counts }: Histogram,
  words: Uint32Array,
  width: number,
  gradients: Float32Array,
  rows: Uint32Array,
  from: number,
  until: number,
): void {
  pairs.fill(0);
  counts.fill(0);
  for (let i = from; i < until; i++) {
    const row = rows[i] ?? 0;
    const gradient = gradients[2 * row] ?? 0;
    const hessian = gradients[2 * row + 1] ?? 0;
    const base = row * width;
    for (let k = 0; k < width; k++) {
      const word = words[base + k] ?? 0;
      const feature = k << 10;
      let bin = feature | (word & 255);
      pairs[2 * bin] = (pairs[2 * bin] ?? 0) + gradient;
      pairs[2 * bin + 1] = (pairs[2 * bin + 1] ?? 0) + hessian;
      counts[bin] = (counts[bin] ?? 0) + 1;
      bin = feature | 256 | ((word >>> 8) & 255);
      pairs[2 * bin] = (pairs[2 * bin] ?? 0) + gradient;
      pairs[2 * bin + 1] = (pairs[2 * bin + 1] ?? 0) + hessian;
      counts[bin] = (counts[bin] ?? 0) + 1;
      bin = feature | 512 | ((word >>> 16) & 255);
      pairs[2 * bin] = (pairs[2 * bin] ?? 0) + gradient;
      pairs[2 * bin + 1] = (pairs[2 * bin + 1] ?? 0) + hessian;
      counts[bin] = (counts[bin] ?? 0) + 1;
      bin = feature | 768 | (word >>> 24);
      pairs[2 * bin] = (pairs[2 * bin] ?? 0) + gradient;
      pairs[2 * bin + 1] = (pairs[2 * bin + 1] ?? 0) + hessian;
      counts[bin] = (counts[bin] ?? 0) + 1;
    }
  }
}

/** target ← sum of the parts. */
export function mergeHistograms(target: Histogram, parts: readonly Histogram[]): void {
  parts.forEach((part, p) => {
    if (p === 0) {
      target.pairs.set(part.pairs);
      target.counts.set(part.counts);
      return;
    }
    for (let i = 0; i < target.pairs.length; i++) target.pairs[i] = (target.pairs[i] ?? 0) + (part.pairs[i] ?? 0);
    for (let i = 0; i < target.counts.length; i++) target.counts[i] = (target.counts[i] ?? 0) + (part.counts[i] ?? 0);
  });
}

/** target ← target − part: a parent's histogram becomes that of the larger child. Exact, as all sums are. */
export function subtractHistogram(target: Histogram, part: Histogram): void {
  for (let i = 0; i < target.pairs.length; i++) target.pairs[i] = (target.pairs[i] ?? 0) - (part.pairs[i] ?? 0);
  for (let i = 0; i < target.counts.length; i++) target.counts[i] = (target.counts[i] ?? 0) - (part.counts[i] ?? 0);
}
