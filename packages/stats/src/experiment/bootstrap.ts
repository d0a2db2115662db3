import { quantile } from '../descriptive.ts';

/**
 * Percentile bootstrap (Efron 1979) of a mean over clusters: clusters (users) are drawn with replacement, their sums and
 * counts added up. `random` yields uniform numbers in [0, 1); the same sequence gives the same interval.
 */
export function bootstrapRatio(
  clusters: readonly { readonly sum: number; readonly count: number }[],
  random: () => number,
  { alpha = 0.05, draws = 2000 }: { alpha?: number; draws?: number } = {},
): { estimate: number; lower: number; upper: number } | undefined {
  const ratioOf = (chosen: (index: number) => number): number => {
    let sum = 0;
    let count = 0;
    for (let index = 0; index < clusters.length; index += 1) {
      const cluster = clusters[chosen(index)];
      sum += cluster?.sum ?? 0;
      count += cluster?.count ?? 0;
    }
    return sum / count;
  };
  if (clusters.length < 2) return undefined;
  const drawn = Array.from({ length: draws }, () => ratioOf(() => Math.floor(random() * clusters.length))).filter(
    Number.isFinite,
  );
  if (drawn.length === 0) return undefined;
  return {
    estimate: ratioOf((index) => index),
    lower: quantile(drawn, alpha / 2),
    upper: quantile(drawn, 1 - alpha / 2),
  };
}
