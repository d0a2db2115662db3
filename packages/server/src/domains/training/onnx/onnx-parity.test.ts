import { InferenceSession, Tensor } from 'onnxruntime-node';
import { describe, expect, it } from 'vitest';
import { trainModel, type FeatureMatrix, type TrainedModel, type TrainingSpec } from '../index.ts';
import { syntheticRows } from '../synthetic-rows.ts';

const rows = 12_000;

async function runOnnx(model: TrainedModel, { columns, names }: FeatureMatrix): Promise<InferenceSession.ReturnType> {
  const input = new Float32Array(rows * names.length);
  columns.forEach((column, f) => column.forEach((value, row) => (input[row * names.length + f] = value)));
  const session = await InferenceSession.create(model.toOnnx());
  expect(session.inputNames).toEqual(['input']);
  const output = await session.run({ input: new Tensor('float32', input, [rows, names.length]) });
  await session.release();
  return output;
}

const classifiers: readonly TrainingSpec[] = [
  { algorithm: 'gradient-boosting' },
  { algorithm: 'gradient-boosting', hyperparameters: { iterations: 30, maxLeaves: 9, subsample: 0.5, maxBins: 16 } },
  { algorithm: 'logistic-regression' },
  { algorithm: 'constant' },
  { algorithm: 'constant', hyperparameters: { score: 0.93 } },
  { algorithm: 'constant', hyperparameters: { score: 0 } },
];

describe('in ONNX Runtime', () => {
  const data = syntheticRows(rows, 11);
  const unseen = syntheticRows(rows, 12).features;
  // Values on the thresholds, infinite ones and rows of nothing but NaN must go the same way, too.
  for (const column of unseen.columns) column.set([NaN, 0, -0], 0);
  unseen.columns[0]?.set([Infinity, -Infinity, 3.4e38], 3);

  it.each(classifiers)('$algorithm $hyperparameters answers as predict() does', async (spec) => {
    const model = await trainModel(spec, data, { seed: 1, threads: 2 });
    const finite = spec.algorithm === 'logistic-regression' ? data.features : unseen;
    const { label, probabilities } = await runOnnx(model, finite);
    expect(label?.dims).toEqual([rows]);
    expect(probabilities?.dims).toEqual([rows, 2]);
    let largest = 0;
    model.predict(finite).forEach((p, row) => {
      largest = Math.max(largest, Math.abs(Number(probabilities?.data[2 * row + 1]) - p));
      largest = Math.max(largest, Math.abs(Number(probabilities?.data[2 * row]) - (1 - p)));
      if (Math.abs(p - 0.5) > 1e-6) expect(Number(label?.data[row])).toBe(p > 0.5 ? 1 : 0);
    });
    expect(largest).toBeLessThan(1e-6);
  });

  it('regression trees answer as predict() does', async () => {
    const hyperparameters = { objective: 'squared-error', iterations: 50 };
    const model = await trainModel({ algorithm: 'gradient-boosting', hyperparameters }, data, { seed: 1 });
    const { value } = await runOnnx(model, unseen);
    expect(value?.dims).toEqual([rows, 1]);
    model.predict(unseen).forEach((p, row) => expect(Math.abs(Number(value?.data[row]) - p)).toBeLessThan(2e-6));
  });

  it.each(classifiers)('$algorithm $hyperparameters has the same bytes when trained again', async (spec) => {
    const [once, again] = await Promise.all([trainModel(spec, data, { seed: 3 }), trainModel(spec, data, { seed: 3 })]);
    expect(Buffer.from(once.toOnnx()).equals(again.toOnnx())).toBe(true);
    expect(Buffer.from(once.toOnnx()).includes('["hour","delay","hub","noise"]')).toBe(true);
  });
});
