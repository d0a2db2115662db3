import { momentsVariance, type Moments } from './moments.ts';

export interface MeanDifference {
  estimate: number;
  /** Squared standard error of the estimate. */
  squaredError: number;
  /** Both arms' observations. */
  n: number;
}

/**
 * Treatment − control, or with `relative` treatment/control − 1, with the squared standard error; the relative one by the
 * delta method (Deng, Knoblich and Lu, "Applying the delta method in metric analytics", 2018), good while the control
 * mean is several standard errors from zero. Undefined where data cannot tell yet: fewer than two values in an arm, no
 * variance at all, or a relative difference to a mean of 0.
 */
export function meanDifference(control: Moments, treatment: Moments, relative: boolean): MeanDifference | undefined {
  const controlError = momentsVariance(control) / control.n;
  const treatmentError = momentsVariance(treatment) / treatment.n;
  if (!(controlError + treatmentError > 0)) return undefined;
  const n = control.n + treatment.n;
  if (!relative) return { estimate: treatment.mean - control.mean, squaredError: controlError + treatmentError, n };
  if (control.mean === 0) return undefined;
  const ratio = treatment.mean / control.mean;
  return {
    estimate: ratio - 1,
    squaredError: (treatmentError + controlError * ratio * ratio) / (control.mean * control.mean),
    n,
  };
}
