import { chiSquaredSurvival } from '../distributions/chi-squared.ts';
import type { Samples } from '../samples.ts';
import { calibrationCurve, type CalibrationOptions } from './calibration.ts';

export interface CalibrationTest {
  /** Infinite where a forecast of 0 or 1 was wrong. */
  statistic: number;
  degreesOfFreedom: number;
  pValue: number;
}

/**
 * Hosmer and Lemeshow's (1980) χ² of observed against forecast positives by bin: Σ (O − E)² ÷ (n p̄ (1 − p̄)). The degrees
 * of freedom are the bins, as for forecasts that were not fitted to these labels. RangeError on what is no forecast.
 */
export function hosmerLemeshow(
  probabilities: Samples,
  labels: Samples,
  options: CalibrationOptions = {},
): CalibrationTest {
  let statistic = 0;
  const bins = calibrationCurve(probabilities, labels, options);
  for (const { count, meanProbability, positiveRate } of bins) {
    const difference = count * (positiveRate - meanProbability);
    if (difference !== 0) statistic += difference ** 2 / (count * meanProbability * (1 - meanProbability));
  }
  const pValue = Number.isFinite(statistic) ? chiSquaredSurvival(statistic, bins.length) : 0;
  return { statistic, degreesOfFreedom: bins.length, pValue };
}
