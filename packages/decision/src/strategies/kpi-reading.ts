import type { GateReading, Kpi } from '@mulle/contract';
import {
  confidenceSequence,
  normalCdf,
  normalQuantile,
  ratioDifference,
  studentTQuantile,
  studentTSurvival,
  type ClusterSums,
  type Effect,
  type RatioDifference,
} from '@mulle/stats';

/** Below this many observations in either arm no normal approximation is trusted, nor with fewer events of a rate. */
const smallestArm = 100;
const fewestEvents = 10;

export interface Judgement {
  readonly interval: [number, number];
  /** Two-sided, of no difference. */
  readonly pValue: number;
  /** Posterior probability under flat priors that the difference is above 0. */
  readonly chanceAbove: number;
}

export type Method = 'always-valid' | 'fixed-horizon' | 'bayesian';

/** The interval and p-value of an effect; `tuningSampleSize` in observations, for the always-valid one. */
export function judge(effect: Effect, method: Method, alpha: number, tuningSampleSize: number): Judgement {
  const error = Math.sqrt(effect.squaredError);
  const chanceAbove = normalCdf(effect.estimate / error);
  if (method === 'always-valid') {
    const { lower, upper, pValue } = confidenceSequence(effect, { alpha, tuningSampleSize });
    return { interval: [lower, upper], pValue, chanceAbove };
  }
  const { degreesOfFreedom } = effect;
  const reach =
    method === 'bayesian' ? normalQuantile(1 - alpha / 2) : studentTQuantile(1 - alpha / 2, degreesOfFreedom);
  const pValue =
    method === 'bayesian'
      ? 2 * Math.min(chanceAbove, 1 - chanceAbove)
      : 2 * studentTSurvival(Math.abs(effect.estimate / error), degreesOfFreedom);
  return { interval: [effect.estimate - reach * error, effect.estimate + reach * error], pValue, chanceAbove };
}

/** The difference, once there is enough to trust it; null before. */
export function trustedDifference(kpi: Kpi, control: ClusterSums, treatment: ClusterSums): RatioDifference | null {
  const difference = ratioDifference(control, treatment);
  if (difference === undefined || difference.controlN < smallestArm || difference.treatmentN < smallestArm) return null;
  if (kpi.kind !== 'rate') return difference;
  const hits = difference.control * difference.controlN + difference.treatment * difference.treatmentN;
  return hits >= fewestEvents && difference.n - hits >= fewestEvents ? difference : null;
}

/** A difference with its sign turned so that more is better. */
export function improvement(kpi: Kpi, difference: number): number {
  return kpi.direction === 'increase' ? difference : -difference;
}

/** The interval of the improvement, [low, high]. */
function improvementInterval(kpi: Kpi, [lower, upper]: readonly [number, number]): [number, number] {
  return kpi.direction === 'increase' ? [lower, upper] : [-upper, -lower];
}

/**
 * Evidence of harm: the interval lies wholly on the bad side of 0, and the estimate beyond the margin. Asking for the
 * whole interval beyond the margin would keep what does twice the tolerated harm for a long time; asking only for
 * worse than 0 would stop what the margin allows.
 */
export function isHarmful(kpi: Kpi, effect: Effect, interval: readonly [number, number]): boolean {
  return improvementInterval(kpi, interval)[1] < 0 && improvement(kpi, effect.estimate) < -(kpi.margin ?? 0);
}

/** The whole interval lies above what the margin tolerates. */
export function isNonInferior(kpi: Kpi, interval: readonly [number, number]): boolean {
  return improvementInterval(kpi, interval)[0] > -(kpi.margin ?? 0);
}

const total = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0);

function own(sums: ClusterSums | undefined): number | null {
  if (sums === undefined) return null;
  const below = total(sums.denominator ?? sums.n);
  return below > 0 ? total(sums.numerator) / below : null;
}

/** The raw values of a reading, whatever its verdict will be. */
export function rawReading(
  kpi: Kpi,
  control: ClusterSums | undefined,
  treatment: ClusterSums | undefined,
): Omit<GateReading, 'verdict'> {
  return {
    gate: { metric: 'kpi', kpi },
    challenger: own(treatment),
    incumbent: own(control),
    interval: null,
    challengerSamples: total(treatment?.n ?? []),
    incumbentSamples: total(control?.n ?? []),
  };
}
