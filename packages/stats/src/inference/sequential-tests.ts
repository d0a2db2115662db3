import { momentsVariance, type Moments } from './moments.ts';

/**
 * p-value, valid at every look, of the mixture sequential probability ratio test (Robbins 1970; Johari, Pekelis and
 * Walsh, "Always valid inference", 2015) that an effect is `nullValue`, the mixture being normal with variance
 * `mixtureVariance` around it: 1 ÷ √(V/(V+τ²)) exp(τ²d² / (2V(V+τ²))), V the squared error of the estimate.
 * This is the value of one look; the smallest seen so far is valid, too.
 */
export function mixtureSequentialTest(
  { estimate, squaredError }: { estimate: number; squaredError: number },
  { mixtureVariance, nullValue = 0 }: { mixtureVariance: number; nullValue?: number },
): number {
  if (!(mixtureVariance > 0)) throw new RangeError(`mixtureVariance ${mixtureVariance} must be positive`);
  if (!(squaredError > 0)) return 1;
  const both = squaredError + mixtureVariance;
  const distance = estimate - nullValue;
  const logRatio =
    0.5 * Math.log(squaredError / both) + (mixtureVariance * distance * distance) / (2 * squaredError * both);
  return Math.min(1, Math.exp(-logRatio));
}

/**
 * p-value, valid at every look from the second value on and without approximation for normal data of unknown variance,
 * that their mean is `nullValue`: the Bayes factor of Student's t with a normal prior of variance `effectVariance` on the
 * standardised effect and the right Haar prior on the scale (Lai 1976; Grünwald, de Heide and Koolen 2024; Wang and
 * Ramdas, "Anytime-valid t-tests and confidence sequences for Gaussian means with unknown variance", 2023).
 */
export function sequentialTTest(
  moments: Moments,
  { effectVariance = 1, nullValue = 0 }: { effectVariance?: number; nullValue?: number } = {},
): number {
  const { n } = moments;
  const variance = momentsVariance(moments);
  if (n < 2 || !(variance > 0)) return 1;
  const square = (n * (moments.mean - nullValue) ** 2) / variance;
  const spread = 1 + n * effectVariance;
  const logRatio =
    -0.5 * Math.log(spread) + (n / 2) * (Math.log1p(square / (n - 1)) - Math.log1p(square / ((n - 1) * spread)));
  return Math.min(1, Math.exp(-logRatio));
}
