import { regularizedBeta } from '../distributions/incomplete-beta.ts';

/** What is believed of an arm's rate: a Beta distribution; 1 and 1 where nothing is known. */
export interface BetaBelief {
  readonly alpha: number;
  readonly beta: number;
}

const cells = 256;

/**
 * Probability of each arm that its rate is the largest, the rates being independent Betas: Σ over cells of the arm's
 * own mass times the others' distribution at both ends, averaged. Cells are narrow where the arms' mass is, so that the
 * error stays under 1e-3 for any counts. The result sums to 1.
 */
export function betaProbabilityBest(arms: readonly BetaBelief[]): number[] {
  const centres = arms.map(({ alpha, beta }) => alpha / (alpha + beta));
  const spreads = arms.map(({ alpha, beta }, index) => {
    const centre = centres[index] ?? 0;
    return Math.sqrt((centre * (1 - centre)) / (alpha + beta + 1));
  });
  const low = Math.max(0, Math.min(...centres.map((centre, index) => centre - 8 * (spreads[index] ?? 0))));
  const high = Math.min(1, Math.max(...centres.map((centre, index) => centre + 8 * (spreads[index] ?? 0))));
  const edges = new Set<number>();
  for (const [index, centre] of centres.entries()) {
    for (let cell = 0; cell <= cells / 4; cell += 1) {
      edges.add(centre + (-6 + (48 * cell) / cells) * (spreads[index] ?? 0));
    }
  }
  for (let cell = 0; cell <= cells / 4; cell += 1) edges.add(low + ((high - low) * 4 * cell) / cells);
  const grid = [...edges].filter((edge) => edge >= low && edge <= high).toSorted((a, b) => a - b);
  const distributions = arms.map(({ alpha, beta }) => grid.map((x) => regularizedBeta(alpha, beta, x, 1 - x)));
  const raw = arms.map((_, index) => {
    let sum = 0;
    for (let cell = 1; cell < grid.length; cell += 1) {
      const mass = (distributions[index]?.[cell] ?? 0) - (distributions[index]?.[cell - 1] ?? 0);
      let before = 1;
      let after = 1;
      for (const [other, values] of distributions.entries()) {
        if (other === index) continue;
        before *= values[cell - 1] ?? 0;
        after *= values[cell] ?? 0;
      }
      sum += (mass * (before + after)) / 2;
    }
    return sum;
  });
  const total = raw.reduce((sum, value) => sum + value, 0);
  return raw.map((value) => value / total);
}
