import { describe, expect, it } from 'vitest';
import { algorithms, evaluateScores, featureMatrix, refitSpec, sliceRows, trainModel } from './index.ts';
import { syntheticRows } from './synthetic-rows.ts';

const data = syntheticRows(100, 1);

describe('train refuses', () => {
  it.each([
    ['an unknown algorithm', { algorithm: 'oracle' }, 'gradient-boosting, logistic-regression, constant'],
    ['an unknown hyperparameter', { algorithm: 'constant', hyperparameters: { depth: 3 } }, 'depth'],
    ['a value out of range', { algorithm: 'gradient-boosting', hyperparameters: { maxDepth: 0 } }, 'maxDepth'],
    ['a value of another type', { algorithm: 'logistic-regression', hyperparameters: { l2: '1' } }, 'l2'],
    [
      'early stopping without validation rows',
      { algorithm: 'gradient-boosting', hyperparameters: { earlyStoppingRounds: 3 } },
      'validation rows',
    ],
  ])('%s', async (_what, spec, named) => {
    const training = trainModel(spec, data, { seed: 1 });
    await expect(training).rejects.toMatchObject({ code: 'invalid_argument', message: expect.stringContaining(named) });
  });

  it('labels that are not 0 or 1, and labels of another length', async () => {
    const label = data.label.map((y) => y * 2);
    const badLabel = trainModel({ algorithm: 'constant' }, { features: data.features, label }, { seed: 1 });
    await expect(badLabel).rejects.toMatchObject({ code: 'invalid_argument' });
    const short = trainModel(
      { algorithm: 'constant' },
      { features: data.features, label: label.subarray(1) },
      { seed: 1 },
    );
    await expect(short).rejects.toMatchObject({ code: 'invalid_shape' });
  });
});

it('the constant model answers the weighted base rate', async () => {
  const features = featureMatrix(['x'], [new Float32Array(4)]);
  const label = Uint8Array.of(1, 0, 0, 0);
  const model = await trainModel({ algorithm: 'constant' }, { features, label }, { seed: 1 });
  expect(model.predict(features)[2]).toBeCloseTo(0.25, 7);
  const weight = Float32Array.of(3, 1, 1, 1);
  const weighted = await trainModel({ algorithm: 'constant' }, { features, label, weight }, { seed: 1 });
  expect(weighted.predict(features)[2]).toBeCloseTo(0.5, 7);
});

it('a refit on other rows has as many trees as early stopping found best, and needs no validation', async () => {
  const rows = syntheticRows(400, 3);
  const part = (from: number, until: number) => ({
    features: sliceRows(rows.features, from, until),
    label: rows.label.subarray(from, until),
  });
  const hyperparameters = { iterations: 300, learningRate: 0.3, earlyStoppingRounds: 5, maxDepth: 3 };
  const spec = { algorithm: 'gradient-boosting', hyperparameters };
  const judged = await trainModel(spec, part(0, 200), { seed: 1, validation: part(200, 400) });
  expect(judged.iterations).toBeLessThan(300);
  const refitted = await trainModel(refitSpec(judged), rows, { seed: 1 });
  expect(refitted.iterations).toBe(judged.iterations);
  expect(refitted.hyperparameters).toMatchObject({ learningRate: 0.3, maxDepth: 3, earlyStoppingRounds: 0 });
  const linear = await trainModel({ algorithm: 'logistic-regression', hyperparameters: { l2: 2 } }, rows, { seed: 1 });
  expect(refitSpec(linear)).toMatchObject({ algorithm: 'logistic-regression', hyperparameters: { l2: 2 } });
});

it('predict refuses other features than it was trained on', async () => {
  const model = await trainModel({ algorithm: 'constant' }, data, { seed: 1 });
  const other = featureMatrix(['x'], [new Float32Array(4)]);
  expect(() => model.predict(other)).toThrow('hour, delay, hub, noise');
});

it('evaluate leaves AUC out where one class is absent, and refuses NaN', () => {
  expect(evaluateScores(Float64Array.of(0.1, 0.2), Uint8Array.of(0, 0)).metrics['auc']).toBeUndefined();
  expect(() => evaluateScores(Float64Array.of(NaN, 0.2), Uint8Array.of(0, 1))).toThrow('Cannot evaluate');
});

it('every algorithm publishes its hyperparameters as a closed schema', () => {
  for (const [name, { hyperparameters }] of Object.entries(algorithms))
    expect(hyperparameters, name).toMatchObject({ type: 'object', additionalProperties: false });
});

it('weights that are all 0 are refused', async () => {
  const training = trainModel({ algorithm: 'constant' }, { ...data, weight: new Float32Array(100) }, { seed: 1 });
  await expect(training).rejects.toThrow('All weights are 0');
});
