import { arch, cpus, platform } from 'node:os';
import { writeFile } from 'node:fs/promises';
import { evaluateScores, trainModel, type AlgorithmName } from '#domains/training/index.ts';
import { nowMs } from '#kernel/clock.ts';
import type { TaskContext, TaskRunner } from '../task-context.ts';
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

/** Trains on the training set less its hold-out, as a run of the experiment, and stores the model as ONNX. */
export const runTrain: TaskRunner<'train'> = async (context, options) => {
  const { control, leased } = context;
  const seed = Number(options.seed ?? 0);
  const set = await loadTrainingSet(context, options.trainingSet);
  const { training, holdout } = splitHoldOut(set, options.holdout);
  const run = await control.call('createRun', {
    body: {
      experiment: options.experiment,
      name: `${leased.pipeline}-${options.algorithm}`,
      tags: environmentTags(context),
      causeId: leased.causeId,
    },
  });
  const params = { id: run.id };
  try {
    const points: { key: string; value: number; step: number; timeMs: number }[] = [];
    context.log(
      `${options.algorithm} on ${training.features.rows} rows × ${training.features.names.length} features, seed ${seed}`,
    );
    const model = await trainModel(
      {
        algorithm: options.algorithm,
        ...(options.hyperparameters === undefined ? {} : { hyperparameters: options.hyperparameters }),
      },
      training,
      {
        ...(holdout === undefined ? {} : { validation: holdout }),
        seed,
        threads: context.role.config.work.trainingThreads,
        signal: context.signal,
        onProgress: (progress) => {
          points.push({ key: 'train.logLoss', value: progress.trainLoss, step: progress.iteration, timeMs: nowMs() });
          if (progress.validationLoss !== null)
            points.push({
              key: 'holdout.logLoss',
              value: progress.validationLoss,
              step: progress.iteration,
              timeMs: nowMs(),
            });
          context.progress(progress.iteration / progress.of);
        },
      },
    );
    const metrics =
      holdout === undefined
        ? {}
        : finiteMetrics(evaluateScores(model.predict(holdout.features), holdout.label).metrics);
    for (const [key, value] of Object.entries(metrics))
      points.push({ key, value, step: model.iterations, timeMs: nowMs() });
    await control.call('logRun', {
      params,
      body: { parameters: runParameters(options.algorithm, seed, options.trainingSet, model.hyperparameters) },
    });
    for (let i = 0; i < points.length; i += 1_000)
      await control.call('logRun', { params, body: { metrics: points.slice(i, i + 1_000) } });
    const onnxPath = `${context.scratch}/model.onnx`;
    await writeFile(onnxPath, model.toOnnx());
    const stored = await context.blobs.putFile(onnxPath);
    await control.call('endRun', { params, body: { status: 'finished' } });
    context.log(
      `model ${stored.digest.slice(0, 12)}, ${model.iterations} iterations, hold-out ${JSON.stringify(metrics)}`,
    );
    return {
      runId: run.id,
      model: stored.digest,
      features: JSON.stringify(model.features),
      metrics: JSON.stringify(metrics),
      trainedRows: training.features.rows,
    };
  } catch (error) {
    await control.call('endRun', { params, body: { status: context.signal.aborted ? 'killed' : 'failed' } });
    throw error;
  }
};
