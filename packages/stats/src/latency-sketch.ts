/**
 * Quantiles of a stream in bounded memory: DDSketch (Masson, Rim and Lee, "DDSketch: a fast and fully-mergeable quantile
 * sketch with relative-error guarantees", VLDB 2019). Plain JSON; sketches of one accuracy merge without loss.
 *
 * Bucket i holds values in (γ^(i−1), γ^i], γ = (1 + α)/(1 − α). Every quantile is within relative accuracy α of an
 * observed value of that rank. Values up to 1e-6 (a nanosecond, in ms) count as 0. At most 2,048 buckets are kept, which
 * at α = 1 % spans 17 orders of magnitude; beyond, the lowest are folded together and the lowest quantiles read too high.
 */
export interface LatencySketch {
  /** α; 0.01 means a p99 reported as 200 ms lies in 198…202 ms. */
  relativeAccuracy: number;
  /** Values added. */
  n: number;
  sum: number;
  /** Exact extremes; null while empty. */
  min: number | null;
  max: number | null;
  zeroCount: number;
  /** Index of the first bucket in `counts`. */
  offset: number;
  counts: number[];
}

const maximumBuckets = 2048;
const smallestValue = 1e-6;

/** A sketch of nothing yet; `relativeAccuracy` 0.001…0.5, default 0.01. */
export function emptyLatencySketch(relativeAccuracy = 0.01): LatencySketch {
  if (!(relativeAccuracy >= 0.001 && relativeAccuracy <= 0.5)) {
    throw new RangeError(`relativeAccuracy ${relativeAccuracy} is outside 0.001…0.5`);
  }
  return { relativeAccuracy, n: 0, sum: 0, min: null, max: null, zeroCount: 0, offset: 0, counts: [] };
}

/** Adds a value ≥ 0 in place. RangeError on a negative value or one that is not finite, and nothing is changed. */
export function addToLatencySketch(sketch: LatencySketch, value: number): void {
  if (!(value >= 0 && value < Infinity)) throw new RangeError(`latency ${value} must be finite and not negative`);
  sketch.n += 1;
  sketch.sum += value;
  sketch.min = sketch.min === null ? value : Math.min(sketch.min, value);
  sketch.max = sketch.max === null ? value : Math.max(sketch.max, value);
  if (value <= smallestValue) sketch.zeroCount += 1;
  else addToBucket(sketch, Math.ceil(Math.log(value) / logGammaOf(sketch)), 1);
}

/** The sketch of both streams together; neither is changed. RangeError if their accuracies differ. */
export function mergeLatencySketches(first: LatencySketch, second: LatencySketch): LatencySketch {
  if (first.relativeAccuracy !== second.relativeAccuracy) {
    throw new RangeError(`accuracies differ: ${first.relativeAccuracy} and ${second.relativeAccuracy}`);
  }
  const merged: LatencySketch = {
    ...first,
    n: first.n + second.n,
    sum: first.sum + second.sum,
    min: first.min === null || second.min === null ? (first.min ?? second.min) : Math.min(first.min, second.min),
    max: first.max === null || second.max === null ? (first.max ?? second.max) : Math.max(first.max, second.max),
    zeroCount: first.zeroCount + second.zeroCount,
    counts: [...first.counts],
  };
  for (const [index, count] of second.counts.entries()) {
    if (count > 0) addToBucket(merged, second.offset + index, count);
  }
  return merged;
}

/** The value of rank ⌊probability · (n − 1)⌋, within the relative accuracy; NaN for an empty sketch. */
export function latencySketchQuantile(sketch: LatencySketch, probability: number): number {
  if (!(probability >= 0 && probability <= 1)) throw new RangeError(`probability ${probability} is outside 0…1`);
  if (sketch.min === null || sketch.max === null) return Number.NaN;
  const rank = Math.floor(probability * (sketch.n - 1));
  let seen = sketch.zeroCount;
  if (rank < seen) return Math.max(0, sketch.min);
  for (const [index, count] of sketch.counts.entries()) {
    seen += count;
    if (rank >= seen) continue;
    const middle = Math.exp((sketch.offset + index) * logGammaOf(sketch)) * (1 - sketch.relativeAccuracy);
    return Math.min(Math.max(middle, sketch.min), sketch.max);
  }
  return sketch.max;
}

function logGammaOf(sketch: LatencySketch): number {
  return Math.log1p(sketch.relativeAccuracy) - Math.log1p(-sketch.relativeAccuracy);
}

function addToBucket(sketch: LatencySketch, bucket: number, count: number): void {
  const { counts } = sketch;
  if (counts.length === 0) sketch.offset = bucket;
  const lowest = sketch.offset + counts.length - maximumBuckets;
  const position = Math.max(bucket, lowest) - sketch.offset;
  if (position < 0) {
    counts.unshift(...new Array<number>(-position).fill(0));
    sketch.offset += position;
  }
  while (counts.length <= position) counts.push(0);
  const target = Math.max(position, 0);
  counts[target] = (counts[target] ?? 0) + count;
  if (counts.length > maximumBuckets) foldLowest(sketch);
}

function foldLowest(sketch: LatencySketch): void {
  const folded = sketch.counts.splice(0, sketch.counts.length - maximumBuckets);
  sketch.offset += folded.length;
  sketch.counts[0] = folded.reduce((sum, count) => sum + count, sketch.counts[0] ?? 0);
}
