import { chiSquaredSurvival } from '../distributions/chi-squared.ts';
import { at, eachPair } from '../samples.ts';

export interface SampleRatio {
  statistic: number;
  /** Arms with a weight above 0, less one. */
  degreesOfFreedom: number;
  pValue: number;
}

/**
 * Sample ratio mismatch: Pearson's χ² of units per arm against planned weights (Fabijan et al., "Diagnosing sample ratio
 * mismatch in online controlled experiments", 2019). Weights need not sum to 1. Arms of weight 0 do not count; units in
 * one are impossible under the plan, so p is 0. With no units, or one arm, p is 1.
 */
export function sampleRatioMismatch(counts: readonly number[], weights: readonly number[]): SampleRatio {
  let total = 0;
  let totalWeight = 0;
  let arms = 0;
  let impossible = false;
  eachPair(counts, weights, (count, weight, index) => {
    if (!(count >= 0) || !(weight >= 0))
      throw new RangeError(`arm ${index}: count ${count} and weight ${weight} must be 0 or more`);
    total += count;
    totalWeight += weight;
    if (weight > 0) arms += 1;
    else if (count > 0) impossible = true;
  });
  const degreesOfFreedom = Math.max(0, arms - 1);
  if (impossible) return { statistic: Infinity, degreesOfFreedom, pValue: 0 };
  if (total === 0 || degreesOfFreedom === 0) return { statistic: 0, degreesOfFreedom, pValue: 1 };
  let statistic = 0;
  for (const [index, weight] of weights.entries()) {
    if (weight === 0) continue;
    const expected = (total * weight) / totalWeight;
    statistic += (at(counts, index) - expected) ** 2 / expected;
  }
  return { statistic, degreesOfFreedom, pValue: chiSquaredSurvival(statistic, degreesOfFreedom) };
}
