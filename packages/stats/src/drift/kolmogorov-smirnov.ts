import { kolmogorovSurvival } from '../distributions/kolmogorov.ts';
import { ascending, at, type Samples } from '../samples.ts';

export interface KolmogorovSmirnov {
  /** D, the largest distance between the two empirical distribution functions, 0…1. */
  statistic: number;
  pValue: number;
  method: 'exact' | 'asymptotic';
}

/** In `auto`, p is exact while the product of the sample sizes is at most this: at most some 50 ms. */
export const exactKolmogorovSmirnovLimit = 10_000_000;

/**
 * Two-sided, two-sample Kolmogorov–Smirnov test. Exact: the share of the equally likely orderings of both samples whose D
 * is at least the one seen (Hodges 1958); ties make it conservative. Asymptotic: Kolmogorov's limit at
 * √(mn/(m+n))·D (Smirnov 1939). RangeError on an empty sample or a value that is not finite.
 */
export function kolmogorovSmirnov(
  reference: Samples,
  current: Samples,
  method: 'auto' | 'exact' | 'asymptotic' = 'auto',
): KolmogorovSmirnov {
  const first = ascending(reference, 'reference');
  const second = ascending(current, 'current');
  const m = first.length;
  const n = second.length;
  const numerator = largestDifference(first, second);
  const statistic = numerator / (m * n);
  if (method === 'exact' || (method === 'auto' && m * n <= exactKolmogorovSmirnovLimit)) {
    return { statistic, pValue: shareOfPathsOutside(m, n, numerator), method: 'exact' };
  }
  const pValue = kolmogorovSurvival(Math.sqrt((m / (m + n)) * n) * statistic);
  return { statistic, pValue, method: 'asymptotic' };
}

/** max |F − G| · m · n, a whole number. */
function largestDifference(first: Float64Array, second: Float64Array): number {
  const m = first.length;
  const n = second.length;
  let largest = 0;
  let i = 0;
  let j = 0;
  while (i < m && j < n) {
    const value = Math.min(at(first, i), at(second, j));
    while (first[i] === value) i += 1;
    while (second[j] === value) j += 1;
    largest = Math.max(largest, Math.abs(i * n - j * m));
  }
  return largest;
}

/**
 * Orderings of both samples are monotone lattice paths from (0, 0) to (m, n). Of the paths through (i, j), all equally
 * likely, the last step came from (i − 1, j) with probability i/(i + j): so the share that has touched |in − jm| ≥ bound
 * is a weighted mean of the two shares before it, and 1 outside. All terms are positive, so small p keep their digits.
 */
function shareOfPathsOutside(m: number, n: number, bound: number): number {
  if (bound === 0) return 1;
  const share = new Float64Array(n + 1).fill(1);
  for (let i = 0; i <= m; i += 1) {
    const from = Math.max(0, Math.floor((i * n - bound) / m) + 1);
    const to = Math.min(n, Math.ceil((i * n + bound) / m) - 1);
    let left = 1;
    for (let j = from; j <= to; j += 1) {
      const above = share[j] ?? 1;
      left = i + j === 0 ? 0 : (i * (i === 0 ? 0 : above) + (j === 0 ? 0 : j * left)) / (i + j);
      share[j] = left;
    }
  }
  return at(share, n);
}
