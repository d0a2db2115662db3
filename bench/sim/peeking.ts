import {
  addToBoundedMean,
  addToMoments,
  asymptoticConfidenceSequenceOfDifference,
  boundedMeanInterval,
  emptyBoundedMean,
  emptyMoments,
  mixtureSequentialTest,
  momentsVariance,
  sequentialTTest,
  type Moments,
} from '@mulle/stats';
import { normal, seededUniform } from './random.ts';
import { shareAtMost, type Figure } from './study.ts';

/** Whether a test would reject, looking at both arms now. */
export type Look = (control: Moments, treatment: Moments) => boolean;

/** Observations before an asymptotic test is trusted. */
const burnIn = 20;

export const looks: Readonly<Record<string, Look>> = {
  'confidence-sequence': (control, treatment) => {
    if (control.n < burnIn) return false;
    const result = asymptoticConfidenceSequenceOfDifference(control, treatment, { tuningSampleSize: 1_000 });
    return result.conclusive && result.pValue <= 0.05;
  },
  mSprt: (control, treatment) => {
    if (control.n < burnIn) return false;
    const squaredError = momentsVariance(control) / control.n + momentsVariance(treatment) / treatment.n;
    const effect = { estimate: treatment.mean - control.mean, squaredError };
    return mixtureSequentialTest(effect, { mixtureVariance: 0.02 }) <= 0.05;
  },
};

/** Share of A/A tests in which a look after every pair of observations ever rejects; must be at most α + 0.01. */
export function typeOneError(look: Look, runs: number, seed: number, length = 1_000): Figure {
  const random = seededUniform(seed);
  let rejected = 0;
  for (let run = 0; run < runs; run += 1) {
    const control = emptyMoments();
    const treatment = emptyMoments();
    for (let pair = 0; pair < length; pair += 1) {
      addToMoments(control, normal(random));
      addToMoments(treatment, normal(random));
      if (!look(control, treatment)) continue;
      rejected += 1;
      break;
    }
  }
  return shareAtMost(rejected, runs, 0.06);
}

/** The same of one sample of normal numbers, for the sequential t-test. */
export function sequentialTError(runs: number, seed: number): Figure {
  const random = seededUniform(seed);
  let rejected = 0;
  for (let run = 0; run < runs; run += 1) {
    const moments = emptyMoments();
    for (let index = 0; index < 1_000; index += 1) {
      addToMoments(moments, normal(random));
      if (sequentialTTest(moments) > 0.05) continue;
      rejected += 1;
      break;
    }
  }
  return shareAtMost(rejected, runs, 0.06);
}

/** The same of a rate of 5 %, for the empirical Bernstein sequence. */
export function boundedMeanError(runs: number, seed: number): Figure {
  const random = seededUniform(seed);
  let missed = 0;
  for (let run = 0; run < runs; run += 1) {
    const state = emptyBoundedMean();
    for (let index = 0; index < 1_000; index += 1) {
      addToBoundedMean(state, random() < 0.05 ? 1 : 0);
      const [lower, upper] = boundedMeanInterval(state);
      if (lower <= 0.05 && 0.05 <= upper) continue;
      missed += 1;
      break;
    }
  }
  return shareAtMost(missed, runs, 0.06);
}
