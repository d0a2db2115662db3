import type { Samples } from '../samples.ts';
import { eachForecast } from './scored-classes.ts';

/** Probabilities are clipped to [ε, 1 − ε] before the logarithm, so a certain and wrong answer costs 34.5 nats. */
export const logLossClip = 1e-15;

/** Mean negative log likelihood in nats of 0/1 labels under predicted probabilities (Good 1952), clipped as stated. */
export function logLoss(probabilities: Samples, labels: Samples): number {
  let sum = 0;
  eachForecast(probabilities, labels, (probability, label) => {
    const likelihood = label === 1 ? probability : 1 - probability;
    sum -= Math.log(Math.min(Math.max(likelihood, logLossClip), 1 - logLossClip));
  });
  return sum / labels.length;
}

/** Mean squared difference of probability and 0/1 label, 0 (perfect) … 1 (Brier 1950, in the form for two classes). */
export function brierScore(probabilities: Samples, labels: Samples): number {
  let sum = 0;
  eachForecast(probabilities, labels, (probability, label) => {
    sum += (probability - label) ** 2;
  });
  return sum / labels.length;
}
