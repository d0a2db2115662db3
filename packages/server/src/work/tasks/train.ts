import { arch, cpus, platform } from 'node:os';
import { evaluateScores, trainModel, type AlgorithmName } from '#domains/training/index.ts';
import { nowMs } from '#kernel/clock.ts';
import type { TaskContext, TaskOptions, TaskRunner } from '../task-context.ts';
import { loadTrainingSet } from './duckdb-task.ts';
import { finiteMetrics } from './finite-metrics.ts';
import { splitHoldOut } from './hold-out.ts';

/** What a training leaves behind so that it can be repeated and compared. */
function environmentTags(context: TaskContext): Record<string, string> {
  return {
    'environment.node': process.version,
    'environment.platform': `${platform()}-${arch()}`,
    'environment.cpu': cpus()[0]?.model ?? 'unknown',
    'pipeline.run': context.leased.runId,
    ...(context.leased.codeDigest === null ? {} : { 'code.digest': context.leased.codeDigest }),
  };
}

function runParameters(
  algorithm: AlgorithmName,
  seed: number,
  trainingSet: string,
  hyperparameters: Readonly<Record<string, unknown>>,
): Record<string, string> {
  const parameters: Record<string, string> = { algorithm, seed: String(seed), trainingSet };
  for (const [name, value] of Object.entries(hyperparameters)) parameters[name] = String(value);
  return parameters;
}

interface Point {
  key: string;
  value: number;
  step: number;
  timeMs: number;
}

type LogRun = (body: { metrics?: Point[]; parameters?: Record<string, string> }) => Promise<unknown>;

const pointsPerCall = 1_000;

/** Trains and stores; everything worth knowing goes through `log`. */
async function trainAndStore(context: TaskContext, options: TaskOptions<'train'>, seed: number, log: LogRun) {
  const set = await loadTrainingSet(context, options.trainingSet);
  const { training, holdout } = splitHoldOut(set, options.holdout);
  const points: Point[] = [];
  const note = (key: string, value: number, step: number): void =>
    void points.push({ key, value, step, timeMs: nowMs() });
  context.log(
    `${options.algorithm} on ${training.features.rows} rows × ${training.features.names.length} features, seed ${seed}`,
  );
  const model = await trainModel(
    { algorithm: options.algorithm, hyperparameters: options.hyperparameters ?? {} },
    training,
    {
      ...(holdout === undefined ? {} : { validation: holdout }),
      seed,
      threads: context.role.config.work.trainingThreads,
      signal: context.signal,
      onProgress: (progress) => {
        note('train.logLoss', progress.trainLoss, progress.iteration);
        if (progress.validationLoss !== null) note('holdout.logLoss', progress.validationLoss, progress.iteration);
        context.progress(progress.iteration / progress.of);
      },
    },
  );
  const scored = holdout === undefined ? {} : evaluateScores(model.predict(holdout.features), holdout.label).metrics;
  const metrics = finiteMetrics(scored);
  for (const [key, value] of Object.entries(metrics)) note(key, value, model.iterations);
  await log({ parameters: runParameters(options.algorithm, seed, options.trainingSet, model.hyperparameters) });
  for (let i = 0; i < points.length; i += pointsPerCall) await log({ metrics: points.slice(i, i + pointsPerCall) });
  const stored = await context.blobs.put(model.toOnnx());
  context.log(
    `model ${stored.digest.slice(0, 12)}, ${model.iterations} iterations, hold-out ${JSON.stringify(metrics)}`,
  );
  return {
    model: stored.digest,
    features: JSON.stringify(model.features),
    metrics: JSON.stringify(metrics),
    trainedRows: training.features.rows,
  };
}

/** Trains on the training set less its hold-out, as a run of the experiment, and stores the model as ONNX. */
export const runTrain: TaskRunner<'train'> = async (context, options) => {
  const { control, leased } = context;
  const run = await control.call('createRun', {
    body: {
      experiment: options.experiment,
      name: `${leased.pipeline}-${options.algorithm}`,
      tags: environmentTags(context),
      causeId: leased.causeId,
    },
  });
  const params = { id: run.id };
  const end = (status: 'finished' | 'failed' | 'killed') => control.call('endRun', { params, body: { status } });
  try {
    const log: LogRun = (body) => control.call('logRun', { params, body });
    const outputs = await trainAndStore(context, options, Number(options.seed ?? 0), log);
    await end('finished');
    return { runId: run.id, ...outputs };
  } catch (error) {
    await end(context.signal.aborted ? 'killed' : 'failed');
    throw error;
  }
};
