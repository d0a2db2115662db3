import { quantileOfAscending } from '../descriptive.ts';
import { ascending, type Samples } from '../samples.ts';
import { eachForecast } from './scored-classes.ts';

export interface CalibrationBin {
  /** The bin is (lower, upper]; the first also holds its lower bound. */
  lower: number;
  upper: number;
  count: number;
  meanProbability: number;
  positiveRate: number;
}

export interface CalibrationOptions {
  /** Default 10. */
  binCount?: number;
  /** Bins of equal width over 0…1 (default), or of equal share of the predictions. */
  strategy?: 'equal-width' | 'quantile';
}

/**
 * Reliability diagram (Murphy and Winkler 1977): observed rate of positives against mean predicted probability, by bin.
 * Empty bins are left out; quantile bounds that coincide are merged.
 */
export function calibrationCurve(
  probabilities: Samples,
  labels: Samples,
  options: CalibrationOptions = {},
): CalibrationBin[] {
  const binCount = options.binCount ?? 10;
  if (!Number.isInteger(binCount) || binCount < 1)
    throw new RangeError(`binCount ${binCount} must be a positive integer`);
  const bounds = binBounds(probabilities, binCount, options.strategy ?? 'equal-width');
  const bins = bounds.slice(1).map((upper, index) => ({
    lower: bounds[index] ?? 0,
    upper,
    count: 0,
    probabilitySum: 0,
    positives: 0,
  }));
  eachForecast(probabilities, labels, (probability, label) => {
    const bin = bins.find((candidate) => probability <= candidate.upper) ?? bins.at(-1);
    if (bin === undefined) return;
    bin.count += 1;
    bin.probabilitySum += probability;
    bin.positives += label;
  });
  return bins
    .filter((bin) => bin.count > 0)
    .map(({ lower, upper, count, probabilitySum, positives }) => ({
      lower,
      upper,
      count,
      meanProbability: probabilitySum / count,
      positiveRate: positives / count,
    }));
}

/**
 * Mean distance between predicted probability and observed rate, weighted by the predictions in each bin, 0…1 (Naeini,
 * Cooper and Hauskrecht 2015). It depends on the binning: compare only figures of one binning.
 */
export function expectedCalibrationError(
  probabilities: Samples,
  labels: Samples,
  options: CalibrationOptions = {},
): number {
  let weighted = 0;
  for (const bin of calibrationCurve(probabilities, labels, options)) {
    weighted += bin.count * Math.abs(bin.meanProbability - bin.positiveRate);
  }
  return weighted / labels.length;
}

function binBounds(probabilities: Samples, binCount: number, strategy: 'equal-width' | 'quantile'): number[] {
  const shares = Array.from({ length: binCount + 1 }, (_, index) => index / binCount);
  if (strategy === 'equal-width') return shares;
  const ordered = ascending(probabilities, 'probabilities');
  const bounds = [...new Set(shares.map((share) => quantileOfAscending(ordered, share)))];
  return bounds.length === 1 ? [...bounds, ...bounds] : bounds;
}
