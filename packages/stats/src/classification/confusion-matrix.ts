import { eachPair, type Samples } from '../samples.ts';
import { checkedLabel } from './scored-classes.ts';

/** Counts by predicted and actual class. */
export interface ConfusionMatrix {
  truePositive: number;
  falsePositive: number;
  trueNegative: number;
  falseNegative: number;
}

/** Counts decisions "positive when score ≥ threshold" against 0/1 labels. RangeError on other labels or a NaN score. */
export function confusionMatrix(scores: Samples, labels: Samples, threshold: number): ConfusionMatrix {
  const counts: ConfusionMatrix = { truePositive: 0, falsePositive: 0, trueNegative: 0, falseNegative: 0 };
  eachPair(scores, labels, (score, label, index) => {
    if (Number.isNaN(score)) throw new RangeError(`scores[${index}] is NaN`);
    const actual = checkedLabel(label, index) === 1;
    if (score >= threshold) counts[actual ? 'truePositive' : 'falsePositive'] += 1;
    else counts[actual ? 'falseNegative' : 'trueNegative'] += 1;
  });
  return counts;
}

/**
 * precision = TP/(TP+FP), recall = TP/(TP+FN), F1 their harmonic mean 2TP/(2TP+FP+FN) (van Rijsbergen 1979). A ratio
 * with nothing below the line is 0, as in scikit-learn.
 */
export function precisionRecallF1(matrix: ConfusionMatrix): { precision: number; recall: number; f1: number } {
  const { truePositive, falsePositive, falseNegative } = matrix;
  return {
    precision: ratio(truePositive, truePositive + falsePositive),
    recall: ratio(truePositive, truePositive + falseNegative),
    f1: ratio(2 * truePositive, 2 * truePositive + falsePositive + falseNegative),
  };
}

/** Share of right decisions; 0 for an empty matrix. */
export function accuracy(matrix: ConfusionMatrix): number {
  const right = matrix.truePositive + matrix.trueNegative;
  return ratio(right, right + matrix.falsePositive + matrix.falseNegative);
}

function ratio(part: number, whole: number): number {
  return whole === 0 ? 0 : part / whole;
}
