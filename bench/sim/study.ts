/** A rate or a mean that a simulation found, with its standard error and what it has to hold to. */
export interface Figure {
  readonly value: number;
  readonly standardError: number;
  readonly ok: boolean;
}

const rounded = (value: number): number => Number(value.toPrecision(4));

/** A share of runs that must lie in [low, high], two standard errors granted for the size of the simulation. */
export function shareWithin(hits: number, runs: number, low: number, high: number): Figure {
  const value = hits / runs;
  const standardError = Math.sqrt(Math.max(value * (1 - value), 1 / runs) / runs);
  const ok = value >= low - 2 * standardError && value <= high + 2 * standardError;
  return { value: rounded(value), standardError: rounded(standardError), ok };
}

/** A share of runs that must not exceed a bound: nothing granted. */
export function shareAtMost(hits: number, runs: number, bound: number): Figure {
  const figure = shareWithin(hits, runs, 0, bound);
  return { ...figure, ok: hits / runs <= bound };
}

/** A mean that must lie within `tolerance`, plus two standard errors, of what is expected. */
export function meanNear(values: readonly number[], expected: number, tolerance: number): Figure {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  const variance = values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / Math.max(1, values.length - 1);
  const standardError = Math.sqrt(variance / values.length);
  const ok = Math.abs(mean - expected) <= tolerance + 2 * standardError;
  return { value: rounded(mean), standardError: rounded(standardError), ok };
}
