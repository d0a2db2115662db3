import { clusterRatio, influenceProduct, type ClusterRatio, type ClusterSums } from './cluster-sums.ts';

/** An estimate with its error, whatever it was estimated from: what every kind of interval is made of. */
export interface Effect {
  readonly estimate: number;
  /** Squared standard error of the estimate. */
  readonly squaredError: number;
  /** Observations of both arms. */
  readonly n: number;
  readonly degreesOfFreedom: number;
}

export interface RatioDifference extends Effect {
  readonly control: number;
  readonly treatment: number;
  readonly controlN: number;
  readonly treatmentN: number;
  /** Share of the variance that the covariate took out, ρ² of estimate and covariate; 0 without one. */
  readonly varianceReduction: number;
}

/**
 * Difference of two ratios (or means, or rates) of clustered observations, treatment − control.
 *
 * The variance of each is that of the buckets' influences (delta method with cluster-robust variance: Deng, Knoblich and
 * Lu, "Applying the delta method in metric analytics", 2018). With a covariate known before the treatment, the part that
 * it explains is taken out: CUPED (Deng, Xu, Kohavi and Walker, 2013), θ pooled over both arms, on the influences, so
 * that it holds for ratios and clustered units as well. Degrees of freedom are Satterthwaite's, of clusters.
 * Undefined where data cannot tell yet: fewer than two clusters in an arm, or no variance at all.
 */
export function ratioDifference(control: ClusterSums, treatment: ClusterSums): RatioDifference | undefined {
  const first = clusterRatio(control);
  const second = clusterRatio(treatment);
  if (first === undefined || second === undefined) return undefined;
  const raw = [first, second].map((arm) => influenceProduct(arm.influence, arm.influence, arm.clusters));
  const theta = thetaOf([first, second]);
  const [controlError = 0, treatmentError = 0] = [first, second].map((arm) => adjustedError(arm, theta));
  const squaredError = controlError + treatmentError;
  if (!(squaredError > 0)) return undefined;
  const shift = theta * ((second.covariate?.mean ?? 0) - (first.covariate?.mean ?? 0));
  return {
    estimate: second.estimate - first.estimate - shift,
    squaredError,
    n: first.n + second.n,
    degreesOfFreedom:
      squaredError ** 2 / (controlError ** 2 / (first.clusters - 1) + treatmentError ** 2 / (second.clusters - 1)),
    control: first.estimate,
    treatment: second.estimate,
    controlN: first.n,
    treatmentN: second.n,
    varianceReduction: theta === 0 ? 0 : 1 - squaredError / ((raw[0] ?? 0) + (raw[1] ?? 0)),
  };
}

function thetaOf(arms: readonly ClusterRatio[]): number {
  let covariance = 0;
  let variance = 0;
  for (const { influence, covariate, clusters } of arms) {
    if (covariate === null) return 0;
    covariance += influenceProduct(influence, covariate.influence, clusters);
    variance += influenceProduct(covariate.influence, covariate.influence, clusters);
  }
  return variance > 0 ? covariance / variance : 0;
}

function adjustedError({ influence, covariate, clusters }: ClusterRatio, theta: number): number {
  if (covariate === null || theta === 0) return influenceProduct(influence, influence, clusters);
  const residual = influence.map((value, index) => value - theta * (covariate.influence[index] ?? 0));
  return influenceProduct(residual, residual, clusters);
}
