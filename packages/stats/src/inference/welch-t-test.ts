import { studentTQuantile, studentTSurvival } from '../distributions/student-t.ts';
import { meanDifference } from './mean-difference.ts';
import { momentsVariance, type Moments } from './moments.ts';

export interface DifferenceOptions {
  /** Two-sided error rate, default 0.05. */
  alpha?: number;
  /** Estimate treatment/control − 1 instead of treatment − control. Default false. */
  relative?: boolean;
}

export type WelchTTest =
  | {
      conclusive: true;
      estimate: number;
      lower: number;
      upper: number;
      statistic: number;
      degreesOfFreedom: number;
      pValue: number;
    }
  | { conclusive: false };

/**
 * Two-sided t-test of unequal variances (Welch 1947) of treatment against control, with Satterthwaite's degrees of
 * freedom. For a sample size fixed in advance: looking repeatedly inflates its error, for that use the confidence
 * sequence. Not conclusive where {@link meanDifference} has no standard error.
 */
export function welchTTest(control: Moments, treatment: Moments, options: DifferenceOptions = {}): WelchTTest {
  const { alpha = 0.05, relative = false } = options;
  const difference = meanDifference(control, treatment, relative);
  if (difference === undefined) return { conclusive: false };
  const controlError = momentsVariance(control) / control.n;
  const treatmentError = momentsVariance(treatment) / treatment.n;
  const degreesOfFreedom =
    (controlError + treatmentError) ** 2 /
    (controlError ** 2 / (control.n - 1) + treatmentError ** 2 / (treatment.n - 1));
  const standardError = Math.sqrt(difference.squaredError);
  const statistic = difference.estimate / standardError;
  const halfWidth = studentTQuantile(1 - alpha / 2, degreesOfFreedom) * standardError;
  return {
    conclusive: true,
    estimate: difference.estimate,
    lower: difference.estimate - halfWidth,
    upper: difference.estimate + halfWidth,
    statistic,
    degreesOfFreedom,
    pValue: 2 * studentTSurvival(Math.abs(statistic), degreesOfFreedom),
  };
}
