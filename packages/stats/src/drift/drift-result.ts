import type { ZeroFill } from './proportions.ts';

/** Tests that compare counts by bin or category, and tests that compare samples. */
export type CountTest = 'population-stability-index' | 'kullback-leibler' | 'jensen-shannon' | 'chi-squared';
export type SampleTest = 'wasserstein' | 'kolmogorov-smirnov';
export type DriftTest = CountTest | SampleTest;

/** PSI tells moderate from major; the other tests only whether there is drift. */
export type DriftReading = 'none' | 'moderate' | 'major' | 'drift';

/** How values became counts. `given`: the caller counted by cuts of its own. */
export type DriftBinning =
  | { method: 'quantile' | 'equal-width'; from: 'reference' | 'pooled'; cuts: number[] }
  | { method: 'category'; categories: string[] }
  | { method: 'given' };

/** One comparison with all that is needed to repeat and to read it. Fields that a test does not have are null. */
export interface DriftResult {
  test: DriftTest;
  /** The index, divergence, distance or test statistic. Infinite for PSI or KL of unfilled empty bins. */
  statistic: number;
  pValue: number | null;
  pValueMethod: 'exact' | 'asymptotic' | null;
  /** Drift is a p-value below, or any other statistic at or above this. */
  threshold: number;
  drifted: boolean;
  reading: DriftReading;
  binning: DriftBinning | null;
  zeroFill: ZeroFill | null;
  logBase: 2 | 'e' | null;
  /** KL: D(reference‖current). */
  direction: 'reference-current' | null;
  /** What the statistic was divided by. */
  normalization: 'max(reference standard deviation, 0.001)' | null;
  referenceCount: number;
  currentCount: number;
}

/** The customary thresholds: of p for the two tests with one, else of the statistic. */
export const defaultDriftThresholds: Readonly<Record<DriftTest, number>> = {
  'population-stability-index': 0.1,
  'kullback-leibler': 0.1,
  'jensen-shannon': 0.1,
  wasserstein: 0.1,
  'kolmogorov-smirnov': 0.05,
  'chi-squared': 0.05,
};

/** PSI: none < 0.1 ≤ moderate ≤ 0.25 < major, whatever threshold counts as drift; the other tests by their threshold. */
export function readDrift(test: DriftTest, statistic: number, drifted: boolean): DriftReading {
  if (test !== 'population-stability-index') return drifted ? 'drift' : 'none';
  if (statistic > 0.25) return 'major';
  return statistic >= 0.1 ? 'moderate' : 'none';
}
