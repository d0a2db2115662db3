import { at, eachPair, type Samples } from '../samples.ts';

/** Scores of the positives and of the negatives, each in ascending order. */
export interface ScoredClasses {
  positives: Float64Array;
  negatives: Float64Array;
}

/** Parts scores by their 0/1 label and orders each part. RangeError on other labels, NaN, unequal or empty inputs. */
export function scoredClasses(scores: Samples, labels: Samples): ScoredClasses {
  let positiveCount = 0;
  eachPair(scores, labels, (score, label, index) => {
    if (Number.isNaN(score)) throw new RangeError(`scores[${index}] is NaN`);
    positiveCount += checkedLabel(label, index);
  });
  const positives = new Float64Array(positiveCount);
  const negatives = new Float64Array(scores.length - positiveCount);
  let nextPositive = 0;
  let nextNegative = 0;
  for (let index = 0; index < scores.length; index += 1) {
    if (at(labels, index) === 1) positives[nextPositive++] = at(scores, index);
    else negatives[nextNegative++] = at(scores, index);
  }
  return { positives: positives.sort(), negatives: negatives.sort() };
}

/** Visits pairs of a probability in 0…1 and a 0/1 label; RangeError on anything else. */
export function eachForecast(
  probabilities: Samples,
  labels: Samples,
  visit: (probability: number, label: 0 | 1, index: number) => void,
): void {
  eachPair(probabilities, labels, (probability, label, index) => {
    if (!(probability >= 0 && probability <= 1)) {
      throw new RangeError(`probabilities[${index}] is ${probability}; must be in 0…1`);
    }
    visit(probability, checkedLabel(label, index), index);
  });
}

/** The label, if it is 0 or 1; else RangeError. */
export function checkedLabel(label: number, index: number): 0 | 1 {
  if (label === 0 || label === 1) return label;
  throw new RangeError(`labels[${index}] is ${label}; must be 0 or 1`);
}
