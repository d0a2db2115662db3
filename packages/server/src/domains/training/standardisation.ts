import { MulleError } from '#kernel/errors.ts';
import type { FeatureMatrix } from './matrix.ts';

/** Per feature z = (x − mean) · scale in float32, as ONNX computes it; missing values become the mean. */
export interface Standardisation {
  readonly means: Float32Array;
  readonly scales: Float32Array;
}

const smallestDeviation = 1e-30;

/** Means and 1/standard deviation (n in the denominator) of the values present; a constant column keeps scale 1. */
export function fitStandardisation({ names, columns }: FeatureMatrix): Standardisation {
  const moments = columns.map((column, f) => {
    const present = column.filter((x) => !Number.isNaN(x));
    const mean = present.length === 0 ? 0 : present.reduce((sum, x) => sum + x, 0) / present.length;
    const squares = present.reduce((sum, x) => sum + (x - mean) ** 2, 0);
    const deviation = Math.sqrt(squares / Math.max(1, present.length));
    if (!Number.isFinite(deviation))
      throw new MulleError('invalid_feature', `Feature '${names[f]}' has infinite values: clip or remove them.`);
    return { mean, scale: deviation > smallestDeviation ? 1 / deviation : 1 };
  });
  return {
    means: Float32Array.from(moments, ({ mean }) => mean),
    scales: Float32Array.from(moments, ({ scale }) => scale),
  };
}

export function standardise({ columns }: FeatureMatrix, { means, scales }: Standardisation): Float32Array[] {
  return columns.map((column, f) => {
    const mean = means[f] ?? 0;
    const scale = scales[f] ?? 1;
    return column.map((x) => (Number.isNaN(x) ? 0 : Math.fround(x - mean) * scale));
  });
}
