import type { Samples } from '../samples.ts';
import { scoredClasses } from './scored-classes.ts';

/** Operating points from strictest to loosest threshold; all three arrays have the same length. */
export interface RocCurve {
  /** False positives ÷ negatives, i.e. 1 − specificity. */
  falsePositiveRate: Float64Array;
  /** True positives ÷ positives. */
  truePositiveRate: Float64Array;
  /** A score counts as positive when it is ≥ the threshold; the first is Infinity (nothing is positive). */
  thresholds: Float64Array;
}

/**
 * Area under the ROC curve: the probability that a positive scores above a negative, ties counting half (the
 * Mann–Whitney statistic with midranks; Hanley and McNeil 1982). NaN when only one class is present.
 */
export function rocAuc(scores: Samples, labels: Samples): number {
  const { positives, negatives } = scoredClasses(scores, labels);
  let below = 0;
  let notAbove = 0;
  let wins = 0;
  for (const score of positives) {
    while (below < negatives.length && (negatives[below] ?? Infinity) < score) below += 1;
    if (notAbove < below) notAbove = below;
    while (notAbove < negatives.length && (negatives[notAbove] ?? Infinity) <= score) notAbove += 1;
    wins += (below + notAbove) / 2;
  }
  return wins / positives.length / negatives.length;
}

/** One point for each distinct score, preceded by (0, 0). Rates are NaN for a class that is absent. */
export function rocCurve(scores: Samples, labels: Samples): RocCurve {
  const { positives, negatives } = scoredClasses(scores, labels);
  const size = scores.length + 1;
  const falsePositiveRate = new Float64Array(size);
  const truePositiveRate = new Float64Array(size);
  const thresholds = new Float64Array(size);
  let positive = positives.length - 1;
  let negative = negatives.length - 1;
  let points = 0;
  let threshold = Infinity;
  for (;;) {
    while (positive >= 0 && (positives[positive] ?? -Infinity) >= threshold) positive -= 1;
    while (negative >= 0 && (negatives[negative] ?? -Infinity) >= threshold) negative -= 1;
    falsePositiveRate[points] = (negatives.length - 1 - negative) / negatives.length;
    truePositiveRate[points] = (positives.length - 1 - positive) / positives.length;
    thresholds[points] = threshold;
    points += 1;
    if (positive < 0 && negative < 0) break;
    threshold = Math.max(positives[positive] ?? -Infinity, negatives[negative] ?? -Infinity);
  }
  return {
    falsePositiveRate: falsePositiveRate.slice(0, points),
    truePositiveRate: truePositiveRate.slice(0, points),
    thresholds: thresholds.slice(0, points),
  };
}
