import { setImmediate } from 'node:timers/promises';
import { Type, type Static } from 'typebox';
import { MulleError } from '#kernel/errors.ts';
import { seededRandom, type Random } from '#kernel/random.ts';
import type { Algorithm, TrainingOptions } from './algorithm.ts';
import { boostedModel } from './boosting/boosted-model.ts';
import { commands, controlWords, startCrew, type Crew } from './boosting/crew.ts';
import { histogramBytes, wordsPerRow } from './boosting/histogram.ts';
import { gridFor, objectives, type Objective } from './boosting/objective.ts';
import { maxValueBins, thresholdStride } from './boosting/quantile-bins.ts';
import {
  blockRows,
  shared,
  sharedHistogram,
  sharedRowSet,
  sharedThresholds,
  sharedTree,
  splitFields,
  type RowSet,
  type SharedTraining,
} from './boosting/shared-training.ts';
import { TreeGrower, splitBatch } from './boosting/tree-grower.ts';
import { freezeTree, type Tree } from './boosting/tree.ts';
import { parseHyperparameters } from './hyperparameters.ts';
import { assertFeatures, assertLabelled, meanLabel, totalWeight, type LabelledMatrix } from './matrix.ts';

/** Names follow scikit-learn's HistGradientBoosting and LightGBM, spelt out. */
const GradientBoostingHyperparameters = Type.Object(
  {
    objective: Type.Enum(objectives, { default: 'log-loss' }),
    iterations: Type.Integer({ minimum: 1, maximum: 10_000, default: 100 }),
    learningRate: Type.Number({ exclusiveMinimum: 0, maximum: 1, default: 0.1 }),
    maxDepth: Type.Integer({ minimum: 1, maximum: 16, default: 6 }),
    /** 0: as many as the depth has room for. Fewer: leaves of largest gain first. */
    maxLeaves: Type.Integer({ minimum: 0, maximum: 65_536, default: 0 }),
    minSamplesLeaf: Type.Integer({ minimum: 1, default: 20 }),
    minHessianLeaf: Type.Number({ minimum: 0, default: 0.001 }),
    l2: Type.Number({ minimum: 0, default: 1 }),
    maxBins: Type.Integer({ minimum: 2, maximum: maxValueBins, default: maxValueBins }),
    /** Share of rows, and of columns, that each tree sees. */
    subsample: Type.Number({ exclusiveMinimum: 0, maximum: 1, default: 1 }),
    columnSample: Type.Number({ exclusiveMinimum: 0, maximum: 1, default: 1 }),
    /** Stop after this many iterations without a better validation loss, and keep the best; 0: never. */
    earlyStoppingRounds: Type.Integer({ minimum: 0, default: 0 }),
  },
  { additionalProperties: false },
);
type Hyperparameters = Static<typeof GradientBoostingHyperparameters>;

const frontierBytes = 4 * 1024 ** 3;
const mostRows = 2 ** 28;

/** Histogram gradient-boosted trees for binary classification and regression. */
export const gradientBoosting: Algorithm = {
  name: 'gradient-boosting',
  hyperparameters: GradientBoostingHyperparameters,
  async train(given, data, options) {
    const parameters = parseHyperparameters('gradient-boosting', GradientBoostingHyperparameters, given);
    assertTrainable(parameters, data, options.validation);
    const base = baseScore(parameters.objective, meanLabel(data));
    const state = sharedState(parameters, data, options, base);
    const crew = await startCrew(state);
    try {
      const trees = await boost(state, crew, parameters, data, options);
      return boostedModel(
        { objective: parameters.objective, features: data.features.names, base, trees },
        { algorithm: 'gradient-boosting', hyperparameters: parameters },
      );
    } finally {
      await crew.close();
    }
  },
};

function assertTrainable(
  parameters: Hyperparameters,
  data: LabelledMatrix,
  validation: LabelledMatrix | undefined,
): void {
  assertLabelled(data, parameters.objective === 'log-loss');
  if (validation !== undefined) {
    assertLabelled(validation, parameters.objective === 'log-loss');
    assertFeatures(validation.features, data.features.names);
  } else if (parameters.earlyStoppingRounds > 0)
    throw new MulleError('invalid_argument', 'earlyStoppingRounds needs validation rows: give some, or set it to 0.');
  if (data.features.rows > mostRows)
    throw new MulleError('invalid_argument', `${data.features.rows} rows, at most ${mostRows}: sample them.`);
  const bytes = leafLimit(parameters, data) * histogramBytes(wordsPerRow(data.features));
  if (bytes > frontierBytes)
    throw new MulleError(
      'invalid_argument',
      `maxDepth ${parameters.maxDepth} on ${data.features.columns.length} features may need ${Math.ceil(bytes / 1024 ** 3)} GB of histograms: lower maxDepth or set maxLeaves.`,
    );
}

function leafLimit({ maxDepth, maxLeaves, minSamplesLeaf }: Hyperparameters, data: LabelledMatrix): number {
  const byRows = Math.max(1, Math.floor(data.features.rows / minSamplesLeaf));
  return Math.min(shapeLimit({ maxDepth, maxLeaves }), byRows);
}

function shapeLimit({ maxDepth, maxLeaves }: Pick<Hyperparameters, 'maxDepth' | 'maxLeaves'>): number {
  return maxLeaves === 0 ? 2 ** maxDepth : Math.min(maxLeaves, 2 ** maxDepth);
}

function baseScore(objective: Objective, mean: number): number {
  if (objective === 'squared-error') return Math.fround(mean);
  const clipped = Math.min(Math.max(mean, 1e-15), 1 - 1e-15);
  return Math.fround(Math.log(clipped / (1 - clipped)));
}

function sharedState(
  parameters: Hyperparameters,
  data: LabelledMatrix,
  { validation, threads: offered = 1, seed }: TrainingOptions,
  base: number,
): SharedTraining {
  const threads = Math.max(1, Math.min(Math.floor(offered), Math.ceil(data.features.rows / blockRows)));
  const features = data.features.columns.length;
  const width = wordsPerRow(data.features);
  const train = sharedRowSet(data, base);
  const slots = Array.from({ length: splitBatch(width) }, (_, i) => i);
  const largestWeight = train.weight.reduce((largest, weight) => Math.max(largest, weight), data.weight ? 0 : 1);
  const largestError = train.label.reduce((largest, label) => Math.max(largest, Math.abs(label - base)), 0);
  const binary = parameters.objective === 'log-loss';
  return {
    threads,
    width,
    objective: parameters.objective,
    grid: gridFor(largestWeight * (binary ? 1 : largestError), largestWeight * (binary ? 0.25 : 1)),
    maxBins: parameters.maxBins,
    seed,
    subsample: parameters.subsample,
    train,
    binColumns: shared.uint8(features * data.features.rows),
    validation: validation === undefined ? null : sharedRowSet(validation, base),
    thresholds: sharedThresholds(features),
    thresholdCounts: shared.int32(features),
    gradients: shared.float32(2 * data.features.rows),
    tree: sharedTree(2 * leafLimit(parameters, data) - 1),
    splits: shared.int32(slots.length * splitFields),
    histograms: Array.from({ length: threads }, () => slots.map(() => sharedHistogram(width))),
    control: shared.int32(controlWords),
    errorText: shared.uint8(1024),
  };
}

async function boost(
  state: SharedTraining,
  crew: Crew,
  parameters: Hyperparameters,
  data: LabelledMatrix,
  { onProgress, signal, seed, validation }: TrainingOptions,
): Promise<Tree[]> {
  const { iterations, earlyStoppingRounds } = parameters;
  const weight = totalWeight(data);
  const validationWeight = validation === undefined ? 0 : totalWeight(validation);
  const thresholdOf = (feature: number, bin: number): number => state.thresholds[feature * thresholdStride + bin] ?? 0;
  const random = seededRandom(seed);
  const trees: Tree[] = [];
  let best = { loss: Infinity, trees: 0 };

  crew.run(commands.bin, 0);
  if (state.validation !== null) crew.run(commands.binValidation, 0);
  crew.run(commands.advance, 0);
  const grower = new TreeGrower(state, crew, { ...parameters, maxLeaves: shapeLimit(parameters) });
  for (let iteration = 0; iteration < iterations; iteration++) {
    // One turn of the event loop per tree: an abort or a message of the parent gets in.
    await setImmediate();
    signal?.throwIfAborted();
    const nodes = grower.grow(iteration, drawColumns(data.features.columns.length, parameters.columnSample, random));
    trees.push(freezeTree(state.tree, nodes, thresholdOf));
    crew.run(commands.advance, 1);
    const validationLoss = state.validation === null ? null : meanLoss(state.validation, validationWeight);
    onProgress?.({ iteration: trees.length, of: iterations, trainLoss: meanLoss(state.train, weight), validationLoss });
    if (validationLoss === null || earlyStoppingRounds === 0) continue;
    if (validationLoss < best.loss) best = { loss: validationLoss, trees: trees.length };
    else if (trees.length - best.trees >= earlyStoppingRounds) return trees.slice(0, Math.max(1, best.trees));
  }
  return earlyStoppingRounds > 0 ? trees.slice(0, Math.max(1, best.trees)) : trees;
}

function meanLoss(set: RowSet, weight: number): number {
  return set.blockLosses.reduce((sum, loss) => sum + loss, 0) / weight;
}

/** Feature indices in ascending order: all, or a sample by partial Fisher–Yates shuffle. */
function drawColumns(features: number, rate: number, random: Random): number[] {
  const order = Array.from({ length: features }, (_, f) => f);
  const wanted = Math.max(1, Math.round(rate * features));
  if (wanted === features) return order;
  for (let i = 0; i < wanted; i++) {
    const j = i + Math.floor(random() * (features - i));
    [order[i], order[j]] = [order[j] ?? 0, order[i] ?? 0];
  }
  return order.slice(0, wanted).sort((a, b) => a - b);
}
