import { regularizedBeta } from '../distributions/incomplete-beta.ts';

/** Two-sided exact sign test: p of `wins` against `losses` under a fair coin, ties left out (Arbuthnot 1710). 1 with none. */
export function signTest(wins: number, losses: number): number {
  const n = wins + losses;
  if (n === 0 || wins === losses) return 1;
  const fewer = Math.min(wins, losses);
  // P(X ≤ k) = I_½(n − k, k + 1).
  return Math.min(1, 2 * regularizedBeta(n - fewer, fewer + 1, 0.5, 0.5));
}
