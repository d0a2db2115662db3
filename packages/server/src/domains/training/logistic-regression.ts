import { setImmediate } from 'node:timers/promises';
import { Type } from 'typebox';
import type { Algorithm, TrainedModel } from './algorithm.ts';
import { parseHyperparameters } from './hyperparameters.ts';
import { minimise, type Convex } from './lbfgs.ts';
import { assertFeatures, assertLabelled, totalWeight, type LabelledMatrix } from './matrix.ts';
import { linearClassifierOnnx } from './onnx/linear-classifier.ts';
import { fitStandardisation, standardise, type Standardisation } from './standardisation.ts';

const LogisticRegressionHyperparameters = Type.Object(
  {
    /** Penalty ½ · l2 · ‖w‖² beside the summed log loss, on standardised features; the intercept goes free. */
    l2: Type.Number({ minimum: 0, default: 1 }),
    maxIterations: Type.Integer({ minimum: 1, maximum: 10_000, default: 100 }),
    /** Largest component of the mean loss's gradient at which training ends. */
    tolerance: Type.Number({ exclusiveMinimum: 0, default: 1e-6 }),
  },
  { additionalProperties: false },
);

/** L2-regularised logistic regression on standardised features, missing values at the mean. */
export const logisticRegression: Algorithm = {
  name: 'logistic-regression',
  hyperparameters: LogisticRegressionHyperparameters,
  async train(given, data, { onProgress, signal }) {
    const parameters = parseHyperparameters('logistic-regression', LogisticRegressionHyperparameters, given);
    assertLabelled(data, true);
    const standardisation = fitStandardisation(data.features);
    const columns = standardise(data.features, standardisation);
    const start = new Float64Array(columns.length + 1);
    let coefficients: Float64Array = start;
    let iterations = 0;
    for (const { point, value } of minimise(penalisedLoss(columns, data, parameters.l2), start, parameters.tolerance)) {
      coefficients = point;
      iterations++;
      onProgress?.({ iteration: iterations, of: parameters.maxIterations, trainLoss: value, validationLoss: null });
      if (iterations === parameters.maxIterations) break;
      await setImmediate();
      signal?.throwIfAborted();
    }
    return linearModel(data.features.names, standardisation, Float32Array.from(coefficients), iterations, parameters);
  },
};

function linearModel(
  features: readonly string[],
  standardisation: Standardisation,
  coefficients: Float32Array,
  iterations: number,
  hyperparameters: Readonly<Record<string, unknown>>,
): TrainedModel {
  return {
    algorithm: 'logistic-regression',
    features,
    hyperparameters,
    iterations,
    predict(matrix) {
      assertFeatures(matrix, features);
      const columns = standardise(matrix, standardisation);
      return linearScores(columns, matrix.rows, Float64Array.from(coefficients)).map((s) => 1 / (1 + Math.exp(-s)));
    },
    toOnnx: () => linearClassifierOnnx(features, standardisation, coefficients),
  };
}

/** Coefficients in column order, the intercept last. */
function linearScores(columns: readonly Float32Array[], rows: number, coefficients: Float64Array): Float64Array {
  const scores = new Float64Array(rows).fill(coefficients[columns.length] ?? 0);
  columns.forEach((column, f) => {
    const coefficient = coefficients[f] ?? 0;
    for (let row = 0; row < rows; row++) scores[row] = (scores[row] ?? 0) + coefficient * (column[row] ?? 0);
  });
  return scores;
}

/** (Σ wᵢ · log loss + ½ · l2 · ‖coefficients‖²) / Σ wᵢ. */
function penalisedLoss(columns: readonly Float32Array[], data: LabelledMatrix, l2: number): Convex {
  const { label, weight, features } = data;
  const rows = features.rows;
  const total = totalWeight(data);
  const penalised = (coefficients: Float64Array): number =>
    coefficients.subarray(0, columns.length).reduce((sum, c) => sum + c * c, 0) * (l2 / 2);
  return {
    gradient(point) {
      const residuals = linearScores(columns, rows, point);
      let intercept = 0;
      for (let row = 0; row < rows; row++) {
        const p = 1 / (1 + Math.exp(-(residuals[row] ?? 0)));
        residuals[row] = (weight?.[row] ?? 1) * (p - (label[row] ?? 0));
        intercept += residuals[row] ?? 0;
      }
      const gradient = new Float64Array(point.length);
      columns.forEach((column, f) => {
        let sum = l2 * (point[f] ?? 0);
        for (let row = 0; row < rows; row++) sum += (residuals[row] ?? 0) * (column[row] ?? 0);
        gradient[f] = sum / total;
      });
      gradient[columns.length] = intercept / total;
      return gradient;
    },
    along(point, direction) {
      const scores = linearScores(columns, rows, point);
      const slopes = linearScores(columns, rows, direction);
      return (t) => {
        let loss = 0;
        for (let row = 0; row < rows; row++) {
          const score = (scores[row] ?? 0) + t * (slopes[row] ?? 0);
          const margin = (label[row] ?? 0) > 0.5 ? score : -score;
          loss += (weight?.[row] ?? 1) * (Math.max(-margin, 0) + Math.log1p(Math.exp(-Math.abs(margin))));
        }
        return (loss + penalised(point.map((x, i) => x + t * (direction[i] ?? 0)))) / total;
      };
    },
  };
}
