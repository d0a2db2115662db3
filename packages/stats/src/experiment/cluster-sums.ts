/**
 * Sums of observations by cluster, for the variance of a ratio whose observations are not independent within a unit.
 *
 * Units are hashed into a fixed number of buckets; whatever a unit does stays in its bucket, so the buckets' sums are
 * independent of each other however the observations within are not, and their spread gives the variance (grouped
 * jackknife of hashed units: Chamandy, Muralidharan and Wager, "Teaching statistics at Google-scale", 2015). The size
 * does not grow with the data, sums of parts add up, and an outcome that comes late goes where its decision went.
 *
 * A mean is the ratio whose denominator is the count. Plain JSON.
 */
export interface ClusterSums {
  /** Observations by bucket. */
  readonly n: number[];
  readonly numerator: number[];
  /** Absent: the count is the denominator. */
  readonly denominator?: number[];
  /** A number known before the treatment, summed over observations; absent where there is none. */
  readonly covariate?: number[];
}

export interface ClusterShape {
  readonly buckets: number;
  readonly hasDenominator: boolean;
  readonly hasCovariate: boolean;
}

const zeros = (count: number): number[] => new Array<number>(count).fill(0);

/** Sums of nothing yet. */
export function emptyClusterSums({ buckets, hasDenominator, hasCovariate }: ClusterShape): ClusterSums {
  return {
    n: zeros(buckets),
    numerator: zeros(buckets),
    ...(hasDenominator ? { denominator: zeros(buckets) } : {}),
    ...(hasCovariate ? { covariate: zeros(buckets) } : {}),
  };
}

/** What one observation, or a part of it that comes apart, adds to the sums of its bucket. */
export interface ClusterTerm {
  readonly n?: number;
  readonly numerator?: number;
  readonly denominator?: number;
  readonly covariate?: number;
}

/** Adds in place. `place` in [0, 1) is the unit's, by a hash that is independent of its assignment. */
export function addToClusterSums(sums: ClusterSums, place: number, term: ClusterTerm): void {
  const bucket = Math.min(sums.n.length - 1, Math.floor(place * sums.n.length));
  addAt(sums.n, bucket, term.n);
  addAt(sums.numerator, bucket, term.numerator);
  addAt(sums.denominator, bucket, term.denominator);
  addAt(sums.covariate, bucket, term.covariate);
}

function addAt(values: number[] | undefined, index: number, value: number | undefined): void {
  if (values !== undefined && value !== undefined) values[index] = (values[index] ?? 0) + value;
}

/** The sums of both parts; neither is changed. RangeError if their buckets differ in number. */
export function mergeClusterSums(first: ClusterSums, second: ClusterSums): ClusterSums {
  if (first.n.length !== second.n.length) {
    throw new RangeError(`bucket counts differ: ${first.n.length} and ${second.n.length}`);
  }
  const added = (a: readonly number[], b: readonly number[] | undefined): number[] =>
    a.map((value, index) => value + (b?.[index] ?? 0));
  return {
    n: added(first.n, second.n),
    numerator: added(first.numerator, second.numerator),
    ...(first.denominator ? { denominator: added(first.denominator, second.denominator) } : {}),
    ...(first.covariate ? { covariate: added(first.covariate, second.covariate) } : {}),
  };
}

const total = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0);

/** Sum of numerators over sum of denominators, with its influence by bucket. */
export interface ClusterRatio {
  readonly estimate: number;
  /** Observations. */
  readonly n: number;
  /** Buckets that hold any. */
  readonly clusters: number;
  /** What each bucket adds to the error of the estimate, to first order (delta method): they sum to 0. */
  readonly influence: Float64Array;
  /** As `estimate` and `influence`, of the covariate; null where there is none. */
  readonly covariate: { readonly mean: number; readonly influence: Float64Array } | null;
}

/** Undefined where there is nothing below the line, or only one cluster. */
export function clusterRatio(sums: ClusterSums): ClusterRatio | undefined {
  const { n, numerator, denominator = n, covariate } = sums;
  const observations = total(n);
  const below = total(denominator);
  const clusters = n.reduce((count, value) => count + (value > 0 ? 1 : 0), 0);
  if (!(below > 0) || clusters < 2) return undefined;
  const estimate = total(numerator) / below;
  const influenceOf = (above: readonly number[], under: readonly number[], ratio: number, whole: number) =>
    Float64Array.from(above, (value, index) => (value - ratio * (under[index] ?? 0)) / whole);
  const mean = covariate ? total(covariate) / observations : 0;
  return {
    estimate,
    n: observations,
    clusters,
    influence: influenceOf(numerator, denominator, estimate, below),
    covariate: covariate ? { mean, influence: influenceOf(covariate, n, mean, observations) } : null,
  };
}

/** Σ aᵢbᵢ · k/(k − 1), k the clusters that hold any: the covariance of two estimates from their influences. */
export function influenceProduct(first: Float64Array, second: Float64Array, clusters: number): number {
  let sum = 0;
  for (let index = 0; index < first.length; index += 1) sum += (first[index] ?? 0) * (second[index] ?? 0);
  return (sum * clusters) / (clusters - 1);
}
