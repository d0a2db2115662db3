/** Calls of MLflow's protocol that read the histories of metrics. */
import type { MetricPoint, RunsService } from '#domains/experiments/index.ts';
import { call, repeated, type MlflowCall } from './call.ts';
import { invalidParameter } from './mlflow-error.ts';
import { readPosition, writePosition } from './page-token.ts';
import { missingField, optionalInteger, optionalText, text, textList, type Fields } from './request-fields.ts';
import { runId } from './run-calls.ts';
import { toMetric } from './run-messages.ts';
import { sampledSteps } from './sampled-steps.ts';

const bulk = { runs: 100, points: 25_000, pointsOfRun: 2_500 } as const;

export function metricCalls(runs: RunsService): readonly MlflowCall[] {
  return [
    call('GET', 'metrics/get-history', 'viewer', async ({ fields }) => {
      const [id, key] = [runId(fields), text(fields, 'metric_key')];
      const limit = optionalInteger(fields, 'max_results');
      if (limit === undefined) return { metrics: repeated((await runs.getMetric(id, key)).map(toMetric)) };
      if (limit < 1) throw invalidParameter(`Invalid value ${limit} for parameter 'max_results' supplied.`);
      const points = await runs.getMetricPage(id, key, pointAfter(optionalText(fields, 'page_token'), key), limit);
      const last = points.length === limit ? points.at(-1) : undefined;
      return {
        metrics: repeated(points.map(toMetric)),
        next_page_token: last && writePosition([last.step, last.timeMs, last.value]),
      };
    }),
    call('GET', 'metrics/get-history-bulk', 'viewer', async ({ fields }) => {
      const ids = textList(fields, 'run_id');
      if (ids.length === 0) {
        throw invalidParameter('GetMetricHistoryBulk request must specify at least one run_id.');
      }
      if (ids.length > bulk.runs) throw tooManyRuns('GetMetricHistoryBulk request cannot specify more than', ids);
      const key = optionalText(fields, 'metric_key');
      if (key === undefined) throw invalidParameter('GetMetricHistoryBulk request must specify a metric_key.');
      const most = Math.min(optionalInteger(fields, 'max_results') ?? bulk.points, bulk.points);
      const metrics: object[] = [];
      for (const id of ids.toSorted()) {
        if (metrics.length >= most) break;
        const points = await runs.getMetricPage(id, key, undefined, most - metrics.length);
        for (const point of points) metrics.push({ ...toMetric(point), run_id: id });
      }
      return { metrics };
    }),
    call('GET', 'metrics/get-history-bulk-interval', 'viewer', ({ fields }) => intervals(runs, fields)),
  ];
}

function tooManyRuns(begin: string, ids: readonly string[]) {
  return invalidParameter(`${begin} ${bulk.runs} run_ids. Received ${ids.length} run_ids.`);
}

/** The same steps of all runs, so that their curves can be laid over each other. */
async function intervals(runs: RunsService, fields: Fields): Promise<object> {
  const ids = textList(fields, 'run_ids');
  if (ids.length === 0) throw missingField('run_ids');
  if (ids.length > bulk.runs) {
    throw tooManyRuns('GetMetricHistoryBulkInterval request must specify at most', ids);
  }
  const key = text(fields, 'metric_key');
  const most = optionalInteger(fields, 'max_results') ?? bulk.pointsOfRun;
  if (most < 1 || most > bulk.pointsOfRun) {
    throw invalidParameter(`max_results must be between 1 and ${bulk.pointsOfRun}.`);
  }
  const histories: { id: string; points: MetricPoint[] }[] = [];
  for (const id of ids) histories.push({ id, points: await runs.getMetric(id, key) });
  const steps = sampledSteps(
    histories.map(({ points }) => points.map(({ step }) => step)),
    stepsWanted(fields),
    most,
  );
  return {
    metrics: repeated(
      histories.flatMap(({ id, points }) =>
        points
          .filter(({ step }) => steps.has(step))
          .slice(0, bulk.pointsOfRun)
          .map((point) => ({ ...toMetric(point), run_id: id })),
      ),
    ),
  };
}

function stepsWanted(fields: Fields): { from: number; until: number } | undefined {
  const from = optionalInteger(fields, 'start_step');
  const until = optionalInteger(fields, 'end_step');
  if (from === undefined && until === undefined) return undefined;
  if (from === undefined || until === undefined) {
    throw invalidParameter('If either start step or end step are specified, both must be specified.');
  }
  if (from <= until) return { from, until };
  throw invalidParameter(`end_step must be greater than start_step. Found start_step=${from} and end_step=${until}.`);
}

function pointAfter(token: string | undefined, key: string): MetricPoint | undefined {
  const position = readPosition(token);
  if (position === undefined) return undefined;
  const [step, timeMs, value] = position;
  if (typeof step === 'number' && typeof timeMs === 'number' && typeof value === 'number')
    return { key, step, timeMs, value };
  throw invalidParameter('Invalid page token, could not base64-decode');
}
