import { chiSquaredSurvival } from '../distributions/chi-squared.ts';
import { eachPair } from '../samples.ts';
import { sumOfCounts } from './proportions.ts';

export interface ChiSquaredTest {
  statistic: number;
  degreesOfFreedom: number;
  pValue: number;
  /** Smallest expected count; below 5 the p-value is a rough guide only (Cochran 1954). */
  smallestExpected: number;
}

/**
 * Pearson's χ² test that two samples of categories, given as aligned counts, come from one distribution (2 × k table, no
 * continuity correction). Categories absent from both sides do not count; with one category left p is 1. RangeError if a
 * side is empty.
 */
export function chiSquaredTest(reference: readonly number[], current: readonly number[]): ChiSquaredTest {
  const referenceTotal = sumOfCounts(reference);
  const currentTotal = sumOfCounts(current);
  if (referenceTotal === 0 || currentTotal === 0) throw new RangeError('one side has no counts at all');
  const total = referenceTotal + currentTotal;
  let statistic = 0;
  let categories = 0;
  let smallestExpected = Infinity;
  eachPair(reference, current, (before, now) => {
    const both = before + now;
    if (both === 0) return;
    categories += 1;
    const expectedBefore = (both * referenceTotal) / total;
    const expectedNow = (both * currentTotal) / total;
    smallestExpected = Math.min(smallestExpected, expectedBefore, expectedNow);
    statistic += (before - expectedBefore) ** 2 / expectedBefore + (now - expectedNow) ** 2 / expectedNow;
  });
  const degreesOfFreedom = categories - 1;
  const pValue = degreesOfFreedom === 0 ? 1 : chiSquaredSurvival(statistic, degreesOfFreedom);
  return { statistic, degreesOfFreedom, pValue, smallestExpected };
}
