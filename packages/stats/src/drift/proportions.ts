/**
 * What stands in for an empty bin, so that a logarithm of it exists.
 * - `none`: nothing; PSI and KL may come out infinite.
 * - `floor` (Evidently's): 1e-4; or the smallest positive share ÷ 10⁶ where that share is itself ≤ 1e-4. Shares are not
 *   scaled back to 1.
 * - `additive`: `pseudoCount` added to every bin before shares are taken (0.5 is Jeffreys', 1 is Laplace's).
 */
export type ZeroFill = { method: 'none' } | { method: 'floor' } | { method: 'additive'; pseudoCount: number };

/** Counts to shares of their sum, with empty bins filled as stated. RangeError on negative counts or none at all. */
export function proportions(counts: readonly number[], zeroFill: ZeroFill): number[] {
  const added = zeroFill.method === 'additive' ? zeroFill.pseudoCount : 0;
  if (!(added >= 0)) throw new RangeError(`pseudoCount ${added} must not be negative`);
  const total = sumOfCounts(counts) + added * counts.length;
  if (!(total > 0)) throw new RangeError('counts are all zero; at least one value is needed');
  const shares = counts.map((count) => (count + added) / total);
  if (zeroFill.method !== 'floor') return shares;
  const smallest = Math.min(...shares.filter((share) => share > 0));
  const fill = smallest <= 1e-4 ? smallest / 1e6 : 1e-4;
  return shares.map((share) => (share === 0 ? fill : share));
}

/** Sum of counts, each of which must be finite and not negative. */
export function sumOfCounts(counts: readonly number[]): number {
  let sum = 0;
  for (const [index, count] of counts.entries()) {
    if (!(count >= 0 && count < Infinity)) throw new RangeError(`counts[${index}] is ${count}; must be 0 or more`);
    sum += count;
  }
  return sum;
}
