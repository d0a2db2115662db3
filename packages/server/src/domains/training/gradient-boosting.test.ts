import { describe, expect, it } from 'vitest';
import {
  evaluateScores,
  featureMatrix,
  sliceRows,
  trainModel,
  type LabelledMatrix,
  type TrainingProgress,
} from './index.ts';
import { syntheticRows } from './synthetic-rows.ts';

const algorithm = 'gradient-boosting';

describe('gradient boosting', () => {
  it('scores as scikit-learn 1.9.1 HistGradientBoostingClassifier does on the same rows', async () => {
    const learned = syntheticRows(20_000, 1);
    const unseen = syntheticRows(20_000, 2);
    const score = async (hyperparameters: Record<string, unknown>): Promise<Readonly<Record<string, number>>> => {
      const model = await trainModel({ algorithm, hyperparameters }, learned, { seed: 1 });
      return evaluateScores(model.predict(unseen.features), unseen.label).metrics;
    };
    // max_iter=50, max_depth=6, max_leaf_nodes=None; and max_leaf_nodes=15.
    const byDepth = await score({ iterations: 50, l2: 0 });
    expect(Math.abs((byDepth['auc'] ?? 0) - 0.79067)).toBeLessThan(0.002);
    expect(Math.abs((byDepth['logLoss'] ?? 0) - 0.5433)).toBeLessThan(0.002);
    const byLeaves = await score({ iterations: 50, l2: 0, maxLeaves: 15, maxDepth: 16 });
    expect(Math.abs((byLeaves['auc'] ?? 0) - 0.79246)).toBeLessThan(0.002);
    expect(Math.abs((byLeaves['logLoss'] ?? 0) - 0.54144)).toBeLessThan(0.002);
  });

  it('makes the stump that the formula gives', async () => {
    const features = featureMatrix(['x'], [Float32Array.of(1, 2, 3, 4, NaN, NaN)]);
    const data: LabelledMatrix = { features, label: Uint8Array.of(0, 0, 1, 1, 1, 1) };
    const hyperparameters = { iterations: 1, maxDepth: 1, minSamplesLeaf: 1, learningRate: 1, l2: 1 };
    const model = await trainModel({ algorithm, hyperparameters }, data, { seed: 1 });
    // p = 4/6 to begin with: two rows of gradient 2/3 left, four of −1/3 right, hessian 2/9 each.
    const base = Math.log(2);
    const left = base - 4 / 3 / (4 / 9 + 1);
    const right = base + 4 / 3 / (8 / 9 + 1);
    const expected = [left, left, right, right, right, right].map((score) => 1 / (1 + Math.exp(-score)));
    model.predict(features).forEach((p, row) => expect(p).toBeCloseTo(expected[row] ?? 0, 6));
  });

  it('gives the same bytes with one, two and three threads, and with the same seed again', async () => {
    const data = syntheticRows(30_000, 4);
    const validation = syntheticRows(9_000, 5);
    const hyperparameters = { iterations: 12, subsample: 0.7, columnSample: 0.75, earlyStoppingRounds: 5 };
    const outcome = async (seed: number, threads: number): Promise<{ bytes: Buffer; seen: TrainingProgress[] }> => {
      const seen: TrainingProgress[] = [];
      const options = { seed, threads, validation, onProgress: (step: TrainingProgress) => seen.push(step) };
      const model = await trainModel({ algorithm, hyperparameters }, data, options);
      return { bytes: Buffer.from(model.toOnnx()), seen };
    };
    const one = await outcome(9, 1);
    for (const threads of [1, 2, 3]) expect(await outcome(9, threads)).toEqual(one);
    expect((await outcome(10, 2)).bytes.equals(one.bytes)).toBe(false);
  });

  it('stops early and keeps the iterations that were best on validation rows', async () => {
    const data = syntheticRows(2_000, 6);
    const validation = syntheticRows(2_000, 7);
    const losses: number[] = [];
    const model = await trainModel(
      { algorithm, hyperparameters: { iterations: 500, learningRate: 0.5, earlyStoppingRounds: 5 } },
      data,
      { seed: 1, validation, onProgress: ({ validationLoss }) => losses.push(validationLoss ?? NaN) },
    );
    expect(losses.length).toBeLessThan(100);
    const best = losses.indexOf(Math.min(...losses)) + 1;
    expect(model.iterations).toBe(best);
    const { metrics } = evaluateScores(model.predict(validation.features), validation.label);
    expect(metrics['logLoss']).toBeCloseTo(losses[best - 1] ?? NaN, 9);
  });

  it('learns squared error, and reads a weight as so many rows', async () => {
    const { features } = syntheticRows(3_000, 8);
    const columns = features.columns.map((column) => column.map((x) => Math.round(x * 5) / 5));
    const rounded = featureMatrix(features.names, columns);
    const label = Float32Array.from({ length: 3_000 }, (_, row) => Math.cos(columns[0]?.[row] ?? 0) * 1e4);
    const weight = label.map((_, row) => (row < 1_000 ? 2 : 1));
    const twice = columns.map((column) => Float32Array.of(...column, ...column.subarray(0, 1_000)));
    const hyperparameters = { objective: 'squared-error', iterations: 40, minSamplesLeaf: 1, minHessianLeaf: 0 };
    const weighted = await trainModel(
      { algorithm, hyperparameters },
      { features: rounded, label, weight },
      { seed: 1 },
    );
    const repeated = await trainModel(
      { algorithm, hyperparameters },
      {
        features: featureMatrix(features.names, twice),
        label: Float32Array.of(...label, ...label.subarray(0, 1_000)),
      },
      { seed: 1 },
    );
    const predicted = weighted.predict(rounded);
    const again = repeated.predict(rounded);
    let squares = 0;
    predicted.forEach((value, row) => {
      expect(Math.abs(value - (again[row] ?? NaN))).toBeLessThan(1);
      squares += (value - (label[row] ?? 0)) ** 2;
    });
    expect(Math.sqrt(squares / 3_000)).toBeLessThan(1_000);
  });

  it('ends between iterations when aborted, with the reason', async () => {
    const abort = new AbortController();
    const seen: number[] = [];
    const training = trainModel({ algorithm }, syntheticRows(9_000, 1), {
      seed: 1,
      threads: 2,
      signal: abort.signal,
      onProgress: ({ iteration }) => {
        seen.push(iteration);
        if (iteration === 3) abort.abort(new Error('enough'));
      },
    });
    await expect(training).rejects.toThrow('enough');
    expect(seen).toEqual([1, 2, 3]);
  });

  it('answers something to constant columns, single classes and few rows', async () => {
    const data = syntheticRows(50, 1);
    const constant = featureMatrix(['a', 'b'], [new Float32Array(50).fill(3), new Float32Array(50).fill(NaN)]);
    const onConstant = await trainModel({ algorithm }, { features: constant, label: data.label }, { seed: 1 });
    const mean = data.label.reduce((sum, y) => sum + y, 0) / 50;
    expect(onConstant.predict(constant)[0]).toBeCloseTo(mean, 4);
    const oneClass = await trainModel(
      { algorithm },
      { features: data.features, label: new Uint8Array(50) },
      { seed: 1 },
    );
    expect(oneClass.predict(data.features)[0]).toBeLessThan(1e-6);
    const oneRow = sliceRows(data.features, 0, 1);
    const onOneRow = await trainModel({ algorithm }, { features: oneRow, label: data.label.slice(0, 1) }, { seed: 1 });
    expect(onOneRow.predict(oneRow)).toHaveLength(1);
  });
});
