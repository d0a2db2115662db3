import { normalCdf, normalQuantile } from '../distributions/normal.ts';
import { confidenceSequence } from '../inference/confidence-sequence.ts';

export interface SamplePlan {
  /** Two-sided, default 0.05. */
  readonly alpha?: number;
  /** Chance to see a difference of this size, default 0.8. */
  readonly power?: number;
  /** Challengers compared with the control; α is divided among them. Default 1. */
  readonly comparisons?: number;
  /**
   * `once` (default): at the end alone. `always`: after every observation, by the confidence sequence that is tightest at
   * the size planned here; it has its power there, and concludes earlier as often as not.
   */
  readonly looks?: 'once' | 'always';
}

/** Half the width of the interval that must leave 0 out, in standard errors. */
function reach(alpha: number, looks: 'once' | 'always'): number {
  if (looks === 'once') return normalQuantile(1 - alpha / 2);
  return confidenceSequence({ estimate: 0, squaredError: 1, n: 1 }, { alpha, tuningSampleSize: 1 }).upper;
}

function quantiles({ alpha = 0.05, power = 0.8, comparisons = 1, looks = 'once' }: SamplePlan): number {
  return reach(alpha / comparisons, looks) + normalQuantile(power);
}

/** Units per arm to see a difference of means, one observation each: 2σ²(z₁₋α/₂ + z_power)² / δ², rounded up. */
export function sampleSizeForMeans(difference: number, variance: number, plan: SamplePlan = {}): number {
  if (!(Math.abs(difference) > 0) || !(variance > 0)) {
    throw new RangeError(`difference ${difference} must not be 0, variance ${variance} must be positive`);
  }
  return Math.ceil((2 * variance * quantiles(plan) ** 2) / difference ** 2);
}

/** Units per arm to see the rate go from `control` to `treatment`, unpooled variance. */
export function sampleSizeForRates(control: number, treatment: number, plan: SamplePlan = {}): number {
  for (const rate of [control, treatment]) {
    if (!(rate > 0 && rate < 1)) throw new RangeError(`rate ${rate} must lie between 0 and 1`);
  }
  const variance = (control * (1 - control) + treatment * (1 - treatment)) / 2;
  return sampleSizeForMeans(treatment - control, variance, plan);
}

/** Chance to see a difference with this many units per arm (two-sided z-test). */
export function powerOfMeans(difference: number, variance: number, perArm: number, alpha = 0.05): number {
  const distance = Math.abs(difference) / Math.sqrt((2 * variance) / perArm);
  const needed = normalQuantile(1 - alpha / 2);
  return normalCdf(distance - needed) + normalCdf(-distance - needed);
}

/** Days until every arm has its units, given new units per day and each arm's share. */
export function durationDays(perArm: number, unitsPerDay: number, shares: readonly number[]): number {
  const smallest = Math.min(...shares);
  if (!(unitsPerDay > 0) || !(smallest > 0)) throw new RangeError('unitsPerDay and every share must be positive');
  return Math.ceil(perArm / (unitsPerDay * smallest));
}
