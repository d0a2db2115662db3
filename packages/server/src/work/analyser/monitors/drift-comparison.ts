import {
  alignCategories,
  categoryCounts,
  countDrift,
  histogram,
  kolmogorovSmirnov,
  quantileBins,
  type DriftBinning,
  type DriftResult,
  type KolmogorovSmirnov,
} from '@mulle/stats';

/** Values of a number column in a window; those of a reference are in ascending order. */
export interface NumberSample {
  values: number[];
  missing: number;
}

/** Rows by category. */
export type CategorySample = [category: string, rows: number][];

export interface DriftComparison {
  psi: DriftResult;
  jensenShannon: DriftResult;
  /** Null for categories, or where a side has no values. */
  kolmogorovSmirnov: KolmogorovSmirnov | null;
}

const binCount = 10;
/** A number with no more values than this is a category: quantiles of few values leave no bins to compare. */
const fewValues = 10;
/** Rarer categories are one: with hundreds of them chance alone would read as drift. */
const keptCategories = 20;

/** Compares by ten quantile bins of the reference; missing values are a bin of their own where there are any. */
export function compareNumbers(reference: NumberSample, current: NumberSample, threshold: number): DriftComparison {
  const bothHaveValues = reference.values.length > 0 && current.values.length > 0;
  // Exact p-values take m·n steps; the asymptotic one is good at these sizes and only reported.
  const ks = bothHaveValues ? kolmogorovSmirnov(reference.values, current.values, 'asymptotic') : null;
  if (new Set(reference.values).size <= fewValues) {
    const { psi, jensenShannon } = compareCategories(categoriesOf(reference), categoriesOf(current), threshold);
    return { psi, jensenShannon, kolmogorovSmirnov: ks };
  }
  const bins = quantileBins(reference.values, binCount);
  const counts = [reference, current].map(({ values, missing }) => {
    const byBin = histogram(values, bins);
    return reference.missing + current.missing > 0 ? [...byBin, missing] : byBin;
  });
  const binning: DriftBinning = { method: 'quantile', from: 'reference', cuts: bins.cuts };
  return { ...compareCounts(counts[0] ?? [], counts[1] ?? [], threshold, binning), kolmogorovSmirnov: ks };
}

function categoriesOf({ values, missing }: NumberSample): CategorySample {
  const counts = categoryCounts(values.map(String));
  if (missing > 0) counts.set('(missing)', missing);
  return [...counts];
}

/** Compares the reference's commonest categories and all others together. */
export function compareCategories(
  reference: CategorySample,
  current: CategorySample,
  threshold: number,
): DriftComparison {
  const kept = new Set(
    reference
      .toSorted((a, b) => b[1] - a[1] || (a[0] < b[0] ? -1 : 1))
      .slice(0, keptCategories)
      .map(([category]) => category),
  );
  const folded = [reference, current].map((sample) => {
    const counts = new Map<string, number>();
    for (const [category, rows] of sample) {
      const name = kept.has(category) ? category : '(other)';
      counts.set(name, (counts.get(name) ?? 0) + rows);
    }
    return counts;
  });
  const aligned = alignCategories(folded[0] ?? new Map<string, number>(), folded[1] ?? new Map<string, number>());
  const binning: DriftBinning = { method: 'category', categories: aligned.categories };
  return { ...compareCounts(aligned.reference, aligned.current, threshold, binning), kolmogorovSmirnov: null };
}

function compareCounts(
  reference: readonly number[],
  current: readonly number[],
  threshold: number,
  binning: DriftBinning,
): Pick<DriftComparison, 'psi' | 'jensenShannon'> {
  return {
    psi: countDrift('population-stability-index', reference, current, { threshold }, binning),
    jensenShannon: countDrift('jensen-shannon', reference, current, {}, binning),
  };
}
