import { normalCdf } from '../distributions/normal.ts';
import { betaProbabilityBest, type BetaBelief } from '../bandit/beta-arms.ts';

/** Posterior probability that the treatment's rate is the higher one. */
export function chanceRateIsHigher(control: BetaBelief, treatment: BetaBelief): number {
  return betaProbabilityBest([control, treatment])[1] ?? 0.5;
}

/** What is believed of a difference that has a normal likelihood, with an optional normal prior. */
export interface NormalComparison {
  readonly mean: number;
  readonly deviation: number;
  /** Probability that the difference is above 0. */
  readonly chanceAbove: number;
  /** What is lost on average by taking the treatment, if it is the worse one: E[max(0, −difference)]. */
  readonly expectedLoss: number;
}

/** Posterior of a difference (conjugate normal; Gelman et al., Bayesian Data Analysis, §2.5); flat prior by default. */
export function normalComparison(
  { estimate, squaredError }: { estimate: number; squaredError: number },
  prior?: { readonly mean: number; readonly variance: number },
): NormalComparison {
  const precision = 1 / squaredError + (prior ? 1 / prior.variance : 0);
  const mean = (estimate / squaredError + (prior ? prior.mean / prior.variance : 0)) / precision;
  const deviation = Math.sqrt(1 / precision);
  const z = mean / deviation;
  const chanceAbove = normalCdf(z);
  const density = Math.exp((-z * z) / 2) / Math.sqrt(2 * Math.PI);
  return { mean, deviation, chanceAbove, expectedLoss: deviation * density - mean * (1 - chanceAbove) };
}
