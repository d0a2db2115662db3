import { evaluateScores, type LabelledMatrix } from '#domains/training/index.ts';
import { MulleError } from '#kernel/errors.ts';
import type { TaskContext, TaskOptions, TaskRunner } from '../task-context.ts';
import { loadTrainingSet } from './duckdb-task.ts';
import { finiteMetrics } from './finite-metrics.ts';
import { splitHoldOut } from './hold-out.ts';
import { resolveModel } from './model-reference.ts';
import { onnxScores } from './onnx-scores.ts';

type Baseline = NonNullable<TaskOptions<'evaluate'>['baselines']>[number];

function meanOf(label: ArrayLike<number>): number {
  let sum = 0;
  for (let i = 0; i < label.length; i++) sum += label[i] ?? 0;
  return sum / label.length;
}

/** A column that is itself a rate, as the answer; where it is missing, the base rate. Kept off 0 and 1 by one in a hundred. */
function rateColumnScores(rows: LabelledMatrix, column: string, baseRate: number): Float64Array {
  const values = rows.features.columns[rows.features.names.indexOf(column)];
  if (values === undefined)
    throw new MulleError(
      'missing_feature',
      `The baseline groups by "${column}", which is no feature of the training set.`,
    );
  return Float64Array.from(values, (value) => (Number.isNaN(value) ? baseRate : Math.min(0.99, Math.max(0.01, value))));
}

function baselineScores(
  baseline: Baseline,
  holdout: LabelledMatrix,
  baseRate: number,
): { name: string; scores: Float64Array } {
  if (baseline === 'base-rate')
    return { name: 'base-rate', scores: new Float64Array(holdout.features.rows).fill(baseRate) };
  return { name: baseline.groupBy, scores: rateColumnScores(holdout, baseline.groupBy, baseRate) };
}

/** Judges a model on the hold-out beside the champion and the baselines, all on the same rows. */
export const runEvaluate: TaskRunner<'evaluate'> = async (context, options) => {
  const set = await loadTrainingSet(context, options.trainingSet);
  const { training, holdout } = splitHoldOut(set, options.holdout ?? '1d');
  if (holdout === undefined) throw new MulleError('validation_failed', 'There is no hold-out to evaluate on.');
  const metricsOf = (scores: Float64Array) => finiteMetrics(evaluateScores(scores, holdout.label).metrics);
  const scoreBlob = async (digest: string, features: readonly string[]) =>
    metricsOf(await onnxScores(await context.blobs.localPath(digest), features, holdout.features));

  const challenger = await scoreBlob(options.model, set.features.names);
  const report: Record<string, Record<string, number>> = { challenger };
  const champion = options.champion === undefined ? undefined : await resolveModel(context.control, options.champion);
  if (champion !== undefined) report['champion'] = await scoreBlob(champion.artifact.digest, champion.features);
  for (const baseline of options.baselines ?? []) {
    const { name, scores } = baselineScores(baseline, holdout, meanOf(training.label));
    report[name] = metricsOf(scores);
  }
  judge(context, options, report);
  return { passed: true, report: JSON.stringify(report), rows: holdout.features.rows };
};

/** How much worse `value` is than `other`, in the metric's own unit; negative when better. */
function regression(metric: TaskOptions<'evaluate'>['metric'], value: number, other: number): number {
  return metric === 'auc' ? other - value : value - other;
}

function judge(
  context: TaskContext,
  options: TaskOptions<'evaluate'>,
  report: Record<string, Record<string, number>>,
): void {
  const own = report['challenger']?.[options.metric] ?? Number.NaN;
  for (const [name, metrics] of Object.entries(report)) {
    const other = metrics[options.metric] ?? Number.NaN;
    context.log(`${options.metric} ${name} ${other.toFixed(4)}`);
    if (name === 'challenger') continue;
    // Against the champion some noise is tolerated; a model that a baseline beats has no place in production.
    const allowed = name === 'champion' ? options.maxRegression : 0;
    if (!(regression(options.metric, own, other) <= allowed)) {
      throw new MulleError(
        'gate_rejected',
        `${options.metric} ${own.toFixed(4)} of the new model against ${other.toFixed(4)} of ${name}: worse by more than ${allowed}.`,
        { details: { report } },
      );
    }
  }
}
