import { arch, cpus, platform } from 'node:os';
import {
  evaluateScores,
  refitSpec,
  trainModel,
  type AlgorithmName,
  type LabelledMatrix,
  type TrainedModel,
  type TrainingProgress,
} from '#domains/training/index.ts';
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

/** The model once more, on all rows: judged it is already. */
function refit(
  context: TaskContext,
  model: TrainedModel,
  all: LabelledMatrix,
  seed: number,
  onProgress: (progress: TrainingProgress) => void,
): Promise<TrainedModel> {
  context.log(`once more on all ${all.features.rows} rows, ${model.iterations} iterations`);
  const threads = context.role.config.work.trainingThreads;
  return trainModel(refitSpec(model), all, { seed, threads, signal: context.signal, onProgress });
}

/** Trains and stores; everything worth knowing goes through `log`. */
async function trainAndStore(context: TaskContext, options: TaskOptions<'train'>, seed: number, log: LogRun) {
  const set = await loadTrainingSet(context, options.trainingSet);
  const { training, holdout } = splitHoldOut(set, options.holdout);
  const refits = options.refit === true && holdout !== undefined;
  const share = refits ? 0.5 : 1;
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
        context.progress((share * progress.iteration) / progress.of);
      },
    },
  );
  const scored = holdout === undefined ? {} : evaluateScores(model.predict(holdout.features), holdout.label).metrics;
  const metrics = finiteMetrics(scored);
  for (const [key, value] of Object.entries(metrics)) note(key, value, model.iterations);
  await log({ parameters: runParameters(options.algorithm, seed, options.trainingSet, model.hyperparameters) });
  for (let i = 0; i < points.length; i += pointsPerCall) await log({ metrics: points.slice(i, i + pointsPerCall) });
  const judged = await context.blobs.put(model.toOnnx());
  context.log(
    `model ${judged.digest.slice(0, 12)}, ${model.iterations} iterations, hold-out ${JSON.stringify(metrics)}`,
  );
  const all = { features: set.features, label: set.label };
  const onProgress = ({ iteration, of }: TrainingProgress): void => context.progress(share + (share * iteration) / of);
  const final = refits ? (await refit(context, model, all, seed, onProgress)).toOnnx() : undefined;
  return {
    model: final === undefined ? judged.digest : (await context.blobs.put(final)).digest,
    judged: judged.digest,
    features: JSON.stringify(model.features),
    metrics: JSON.stringify(metrics),
    trainedRows: refits ? all.features.rows : training.features.rows,
  };
}

/** Trains on the training set less its hold-out, and on all of it where that is asked, as a run of the experiment. */
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
