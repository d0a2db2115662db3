import { logGamma } from '../distributions/gamma.ts';
import { at, eachPair } from '../samples.ts';

/** Concentration of the prior around the plan: tuned to small mismatches. The test is valid with any. */
const concentration = 100;

/**
 * Sample ratio mismatch that may be looked at after every unit: 1 ÷ the Bayes factor of a Dirichlet mixture around the
 * planned weights against the plan (Lindon and Malek, "Anytime-valid inference for multinomial count data", 2022). By
 * Ville's inequality it ever falls to α under the plan with probability α at most. Weights as in `sampleRatioMismatch`:
 * arms of weight 0 do not count, and units in one make p 0.
 */
export function sequentialSampleRatio(counts: readonly number[], weights: readonly number[]): number {
  let totalWeight = 0;
  let total = 0;
  let impossible = false;
  eachPair(counts, weights, (count, weight, index) => {
    if (!(count >= 0) || !(weight >= 0))
      throw new RangeError(`arm ${index}: count ${count} and weight ${weight} must be 0 or more`);
    totalWeight += weight;
    total += count;
    if (weight === 0 && count > 0) impossible = true;
  });
  if (impossible) return 0;
  if (total === 0 || totalWeight === 0) return 1;
  let logFactor = logGamma(concentration) - logGamma(concentration + total);
  for (const [index, weight] of weights.entries()) {
    if (weight === 0) continue;
    const share = weight / totalWeight;
    const count = at(counts, index);
    logFactor += logGamma(concentration * share + count) - logGamma(concentration * share) - count * Math.log(share);
  }
  return Math.min(1, Math.exp(-logFactor));
}
