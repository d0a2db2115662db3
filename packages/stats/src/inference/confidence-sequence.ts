import { meanDifference } from './mean-difference.ts';
import { momentsVariance, type Moments } from './moments.ts';
import type { DifferenceOptions } from './welch-t-test.ts';

export interface SequenceOptions {
  /** Two-sided error rate over all looks together, default 0.05. */
  alpha?: number;
  /** N*, the sample size at which the interval is tuned to be tightest; fix it before looking. Default 5,000. */
  tuningSampleSize?: number;
}

/** An interval that may be looked at after every observation; not conclusive while no variance has been seen. */
export type ConfidenceSequence =
  | { conclusive: true; estimate: number; lower: number; upper: number; pValue: number; n: number }
  | { conclusive: false; n: number };

/**
 * Asymptotic confidence sequence for a mean: Waudby-Smith, Arbour, Sinha, Kennedy and Ramdas, "Time-uniform central
 * limit theory and asymptotic confidence sequences" (arXiv 2103.06476), the Gaussian-mixture boundary:
 *
 *     mean ± σ̂ √( 2(nρ²+1)/(n²ρ²) · ln( √(nρ²+1) / α ) )
 *
 * The p-value (of a mean of `nullValue`, default 0) is valid at every look: the smallest α at which the interval, with ρ
 * as tuned, would leave the null value out. It is asymptotic: do not act on the first few dozen observations.
 */
export function asymptoticConfidenceSequence(
  moments: Moments,
  options: SequenceOptions & { nullValue?: number } = {},
): ConfidenceSequence {
  const squaredError = momentsVariance(moments) / moments.n;
  if (!(squaredError > 0)) return { conclusive: false, n: moments.n };
  return confidenceSequence({ estimate: moments.mean, squaredError, n: moments.n }, options);
}

/**
 * As above for the difference of two independent means (or the relative difference), n being the observations of both
 * arms together, at a constant share of traffic between them.
 */
export function asymptoticConfidenceSequenceOfDifference(
  control: Moments,
  treatment: Moments,
  options: SequenceOptions & DifferenceOptions = {},
): ConfidenceSequence {
  const difference = meanDifference(control, treatment, options.relative ?? false);
  if (difference === undefined) return { conclusive: false, n: control.n + treatment.n };
  return confidenceSequence(difference, options);
}

/**
 * ρ that makes the interval about tightest at N* observations, √((−2 ln α + ln(1 − 2 ln α)) / N*): the closed form the
 * paper gives in place of the exact Lambert-W solution.
 */
function sequenceRho(alpha: number, tuningSampleSize: number): number {
  const spent = -2 * Math.log(alpha);
  return Math.sqrt((spent + Math.log(spent + 1)) / tuningSampleSize);
}

/** As above for any estimate that is a mean of n observations to first order, with its squared standard error. */
export function confidenceSequence(
  { estimate, squaredError, n }: { estimate: number; squaredError: number; n: number },
  options: SequenceOptions & { nullValue?: number } = {},
): Extract<ConfidenceSequence, { conclusive: true }> {
  const { alpha = 0.05, tuningSampleSize = 5000, nullValue = 0 } = options;
  if (!(alpha > 0 && alpha < 1)) throw new RangeError(`alpha ${alpha} must lie between 0 and 1`);
  if (!(tuningSampleSize > 0)) throw new RangeError(`tuningSampleSize ${tuningSampleSize} must be positive`);
  const spread = n * sequenceRho(alpha, tuningSampleSize) ** 2;
  const logRoot = 0.5 * Math.log(spread + 1);
  const halfWidth = Math.sqrt((squaredError * 2 * (spread + 1) * (logRoot - Math.log(alpha))) / spread);
  const evidence = ((estimate - nullValue) ** 2 * spread) / (2 * squaredError * (spread + 1));
  return {
    conclusive: true,
    estimate,
    lower: estimate - halfWidth,
    upper: estimate + halfWidth,
    pValue: Math.min(1, Math.exp(logRoot - evidence)),
    n,
  };
}
