import { ascending, at, type Samples } from '../samples.ts';

/**
 * How a number line is cut into `cuts.length + 1` bins. Bin i is (cuts[i−1], cuts[i]] (DuckDB's `histogram`, Prometheus's
 * `le`); the outer two are open, so that no later value falls outside.
 */
export interface Bins {
  method: 'quantile' | 'equal-width';
  cuts: number[];
}

/**
 * Bins that hold about equal shares of the samples. Cuts are sample values (NumPy's quantile method `lower`); those that
 * coincide are merged and none lies at the maximum, so every bin holds at least one sample, however many repeat.
 */
export function quantileBins(samples: Samples, binCount: number): Bins {
  checkBinCount(binCount);
  const ordered = ascending(samples, 'samples');
  const last = ordered.length - 1;
  const cuts = new Set<number>();
  for (let index = 1; index < binCount; index += 1) cuts.add(at(ordered, Math.floor((last * index) / binCount)));
  cuts.delete(at(ordered, last));
  return { method: 'quantile', cuts: [...cuts] };
}

/** Bins of one width between the smallest and the largest of the samples; a single bin if these are the same. */
export function equalWidthBins(samples: Samples, binCount: number): Bins {
  checkBinCount(binCount);
  let low = Infinity;
  let high = -Infinity;
  for (let index = 0; index < samples.length; index += 1) {
    const value = at(samples, index);
    if (!Number.isFinite(value))
      throw new RangeError(`samples[${index}] is ${value}; drop missing and infinite values`);
    low = Math.min(low, value);
    high = Math.max(high, value);
  }
  if (low > high) throw new RangeError('samples is empty; at least one value is needed');
  if (low === high) return { method: 'equal-width', cuts: [] };
  const cuts = Array.from({ length: binCount - 1 }, (_, index) => low + ((high - low) * (index + 1)) / binCount);
  return { method: 'equal-width', cuts };
}

/** Number of bins for n values: ⌈log₂ n + 1⌉ (Sturges 1926). */
export function sturgesBinCount(n: number): number {
  return Math.ceil(Math.log2(Math.max(1, n)) + 1);
}

/** Samples in each bin. RangeError on NaN. */
export function histogram(samples: Samples, bins: Bins): number[] {
  const { cuts } = bins;
  const counts = new Array<number>(cuts.length + 1).fill(0);
  for (let index = 0; index < samples.length; index += 1) {
    const value = at(samples, index);
    if (Number.isNaN(value)) throw new RangeError(`samples[${index}] is NaN; drop missing values`);
    let low = 0;
    let high = cuts.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (value <= at(cuts, middle)) high = middle;
      else low = middle + 1;
    }
    counts[low] = at(counts, low) + 1;
  }
  return counts;
}

function checkBinCount(binCount: number): void {
  if (!Number.isInteger(binCount) || binCount < 1)
    throw new RangeError(`binCount ${binCount} must be a positive integer`);
}
