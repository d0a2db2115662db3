import { mean } from './descriptive.ts';
import { eachPair, type Samples } from './samples.ts';

/** Mean of squared errors, in squared units of the target. RangeError on unequal or empty inputs, as all below. */
export function meanSquaredError(predictions: Samples, actuals: Samples): number {
  return sumOf(predictions, actuals, (error) => error * error) / actuals.length;
}

/** Root of the mean squared error, in units of the target. */
export function rootMeanSquaredError(predictions: Samples, actuals: Samples): number {
  return Math.sqrt(meanSquaredError(predictions, actuals));
}

/** Mean of absolute errors, in units of the target. */
export function meanAbsoluteError(predictions: Samples, actuals: Samples): number {
  return sumOf(predictions, actuals, Math.abs) / actuals.length;
}

/**
 * Coefficient of determination, 1 − Σ(y−ŷ)² / Σ(y−ȳ)²: 1 is perfect, 0 as good as the mean of the actuals, and negative
 * when worse than that mean. Where the actuals are all equal the ratio does not exist; as scikit-learn does, 1 for
 * perfect predictions, else 0.
 */
export function rSquared(predictions: Samples, actuals: Samples): number {
  const center = mean(actuals);
  let residual = 0;
  let total = 0;
  eachPair(predictions, actuals, (prediction, actual) => {
    residual += (actual - prediction) ** 2;
    total += (actual - center) ** 2;
  });
  if (total === 0) return residual === 0 ? 1 : 0;
  return 1 - residual / total;
}

function sumOf(predictions: Samples, actuals: Samples, loss: (error: number) => number): number {
  let sum = 0;
  eachPair(predictions, actuals, (prediction, actual) => {
    sum += loss(prediction - actual);
  });
  return sum;
}
