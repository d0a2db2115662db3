import type { Samples } from '../samples.ts';
import { equalWidthBins, histogram, quantileBins, sturgesBinCount } from './bins.ts';
import { alignCategories } from './categories.ts';
import { chiSquaredTest } from './chi-squared-test.ts';
import { jensenShannonDistance, klDivergence, populationStabilityIndex } from './divergences.ts';
import {
  defaultDriftThresholds,
  readDrift,
  type CountTest,
  type DriftBinning,
  type DriftResult,
  type SampleTest,
} from './drift-result.ts';
import { kolmogorovSmirnov } from './kolmogorov-smirnov.ts';
import { proportions, sumOfCounts, type ZeroFill } from './proportions.ts';
import { normalizedWassersteinDistance } from './wasserstein.ts';

export interface CountDriftOptions {
  /** Default: see `defaultDriftThresholds`. */
  threshold?: number;
  /** Default `floor` for PSI and KL, `none` for Jensen–Shannon and χ², which need no logarithm of 0. */
  zeroFill?: ZeroFill;
  /** For Jensen–Shannon, default 2. PSI and KL are in base e. */
  logBase?: 2 | 'e';
}

export interface NumericDriftOptions extends CountDriftOptions {
  /** For tests on counts. Default: 10 quantile bins of the reference. */
  binning?:
    | { method: 'quantile'; binCount: number }
    | { method: 'equal-width'; binCount: number | 'sturges'; from: 'reference' | 'pooled' };
}

type Measure = Pick<DriftResult, 'statistic'> &
  Partial<Pick<DriftResult, 'pValue' | 'pValueMethod' | 'zeroFill' | 'logBase' | 'direction' | 'normalization'>>;

/** Compares samples of a number. RangeError if one is empty or holds a value that is not finite. */
export function numericDrift(
  test: CountTest | SampleTest,
  reference: Samples,
  current: Samples,
  options: NumericDriftOptions = {},
): DriftResult {
  const counts: [number, number] = [reference.length, current.length];
  if (test === 'wasserstein') {
    const statistic = normalizedWassersteinDistance(reference, current);
    const measure: Measure = { statistic, normalization: 'max(reference standard deviation, 0.001)' };
    return driftResult(test, measure, null, counts, options.threshold);
  }
  if (test === 'kolmogorov-smirnov') {
    const { statistic, pValue, method } = kolmogorovSmirnov(reference, current);
    return driftResult(test, { statistic, pValue, pValueMethod: method }, null, counts, options.threshold);
  }
  const { method, from, cuts } = binsFor(reference, current, options.binning);
  const referenceCounts = histogram(reference, { method, cuts });
  const currentCounts = histogram(current, { method, cuts });
  return countDrift(test, referenceCounts, currentCounts, options, { method, from, cuts });
}

/** Compares two sets of category counts; a category absent from one side counts 0 there. */
export function categoryDrift(
  test: CountTest,
  reference: ReadonlyMap<string, number>,
  current: ReadonlyMap<string, number>,
  options: CountDriftOptions = {},
): DriftResult {
  const aligned = alignCategories(reference, current);
  const binning: DriftBinning = { method: 'category', categories: aligned.categories };
  return countDrift(test, aligned.reference, aligned.current, options, binning);
}

/** Compares aligned counts that were made elsewhere, for instance in SQL; say how in `binning`. */
export function countDrift(
  test: CountTest,
  reference: readonly number[],
  current: readonly number[],
  options: CountDriftOptions = {},
  binning: DriftBinning = { method: 'given' },
): DriftResult {
  const counts: [number, number] = [sumOfCounts(reference), sumOfCounts(current)];
  return driftResult(test, measureCounts(test, reference, current, options), binning, counts, options.threshold);
}

function measureCounts(
  test: CountTest,
  reference: readonly number[],
  current: readonly number[],
  options: CountDriftOptions,
): Measure {
  if (test === 'chi-squared') {
    const { statistic, pValue } = chiSquaredTest(reference, current);
    return { statistic, pValue, pValueMethod: 'asymptotic' };
  }
  const zeroFill = options.zeroFill ?? { method: test === 'jensen-shannon' ? 'none' : 'floor' };
  const before = proportions(reference, zeroFill);
  const now = proportions(current, zeroFill);
  switch (test) {
    case 'population-stability-index':
      return { statistic: populationStabilityIndex(before, now), zeroFill, logBase: 'e' };
    case 'kullback-leibler':
      return { statistic: klDivergence(before, now), zeroFill, logBase: 'e', direction: 'reference-current' };
    case 'jensen-shannon': {
      const logBase = options.logBase ?? 2;
      return { statistic: jensenShannonDistance(before, now, logBase === 2 ? 2 : Math.E), zeroFill, logBase };
    }
  }
}

function driftResult(
  test: CountTest | SampleTest,
  measure: Measure,
  binning: DriftBinning | null,
  [referenceCount, currentCount]: [number, number],
  threshold = defaultDriftThresholds[test],
): DriftResult {
  const pValue = measure.pValue ?? null;
  const drifted = pValue === null ? measure.statistic >= threshold : pValue < threshold;
  return {
    test,
    statistic: measure.statistic,
    pValue,
    pValueMethod: measure.pValueMethod ?? null,
    threshold,
    drifted,
    reading: readDrift(test, measure.statistic, drifted),
    binning,
    zeroFill: measure.zeroFill ?? null,
    logBase: measure.logBase ?? null,
    direction: measure.direction ?? null,
    normalization: measure.normalization ?? null,
    referenceCount,
    currentCount,
  };
}

function binsFor(
  reference: Samples,
  current: Samples,
  binning: NumericDriftOptions['binning'] = { method: 'quantile', binCount: 10 },
): Extract<DriftBinning, { cuts: number[] }> {
  if (binning.method === 'quantile') return { ...quantileBins(reference, binning.binCount), from: 'reference' };
  const from = binning.from;
  const samples = from === 'reference' ? reference : pooled(reference, current);
  const binCount = binning.binCount === 'sturges' ? sturgesBinCount(samples.length) : binning.binCount;
  return { ...equalWidthBins(samples, binCount), from };
}

function pooled(reference: Samples, current: Samples): Float64Array {
  const both = new Float64Array(reference.length + current.length);
  both.set(reference);
  both.set(current, reference.length);
  return both;
}
