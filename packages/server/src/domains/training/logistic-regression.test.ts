import { expect, it } from 'vitest';
import { evaluateScores, featureMatrix, trainModel } from './index.ts';
import { syntheticRows } from './synthetic-rows.ts';

it('agrees with scikit-learn 1.9.1 LogisticRegression(C=1) on standardised, mean-imputed features', async () => {
  const unseen = syntheticRows(20_000, 2);
  const model = await trainModel({ algorithm: 'logistic-regression' }, syntheticRows(20_000, 1), { seed: 1 });
  const probabilities = model.predict(unseen.features);
  expect(probabilities[0]).toBeCloseTo(0.25402735, 6);
  expect(probabilities[1]).toBeCloseTo(0.40503899, 6);
  const { metrics, confusion, calibration } = evaluateScores(probabilities, unseen.label);
  expect(metrics['auc']).toBeCloseTo(0.7092433, 6);
  expect(metrics['logLoss']).toBeCloseTo(0.6112324634, 6);
  expect(metrics['brier']).toBeCloseTo(0.2108510154, 6);
  expect(metrics['precision']).toBeCloseTo(0.6223826714801444, 6);
  expect(metrics['recall']).toBeCloseTo(0.5249056144196809, 6);
  expect(metrics['f1']).toBeCloseTo(0.5695031712473573, 6);
  expect(metrics['accuracy']).toBeCloseTo(0.6742, 6);
  expect(Object.values(confusion).reduce((sum, count) => sum + count, 0)).toBe(20_000);
  expect(calibration.reduce((sum, bin) => sum + bin.count, 0)).toBe(20_000);
});

it('reads a weight as so many rows', async () => {
  const data = syntheticRows(500, 3);
  const weight = data.label.map((_, row) => (row < 200 ? 3 : 1));
  const filled = data.features.columns.map((column) => column.map((x) => (Number.isNaN(x) ? 0 : x)));
  const repeat = (values: Float32Array): Float32Array => {
    const first = values.subarray(0, 200);
    return Float32Array.of(...values, ...first, ...first);
  };
  // Standardisation does not see weights, so the penalty is left out here.
  const spec = { algorithm: 'logistic-regression', hyperparameters: { l2: 0, tolerance: 1e-9 } };
  const features = featureMatrix(data.features.names, filled);
  const weighted = await trainModel(spec, { features, label: data.label, weight }, { seed: 1 });
  const repeated = await trainModel(
    spec,
    { features: featureMatrix(data.features.names, filled.map(repeat)), label: repeat(data.label) },
    { seed: 1 },
  );
  const again = repeated.predict(features);
  weighted.predict(features).forEach((p, row) => expect(p).toBeCloseTo(again[row] ?? NaN, 5));
});

it('refuses infinite values by the name of the feature', async () => {
  const features = featureMatrix(['fine', 'broken'], [Float32Array.of(1, 2), Float32Array.of(1, Infinity)]);
  const training = trainModel(
    { algorithm: 'logistic-regression' },
    { features, label: Uint8Array.of(0, 1) },
    { seed: 1 },
  );
  await expect(training).rejects.toThrow("'broken'");
});
