/** Metrics that runs measure of logged models, each of a dataset where one is named. All points are kept. */
import { sql, type RawBuilder } from 'kysely';
import type { Reader } from '#platform/database/index.ts';
import type { ExperimentsTables } from './experiments-tables.ts';
import { metricValue, toMetricRow, type MetricPoint } from './metric-store.ts';

type Queries = Reader<ExperimentsTables>;

export interface ModelMetric extends MetricPoint {
  readonly modelId: string;
  readonly datasetName: string | null;
  readonly datasetDigest: string | null;
}

/** Whose measurements count: those on any of the datasets. */
export interface DatasetChoice {
  readonly name: string;
  readonly digest: string | undefined;
}

/** A point that is there already is not added twice. */
export async function insertModelMetrics(
  database: Queries,
  runId: string,
  metrics: readonly ModelMetric[],
): Promise<void> {
  const rowsAtOnce = 100;
  const rows = metrics.map((metric) => ({
    ...toMetricRow(runId, metric),
    model_id: metric.modelId,
    dataset_name: metric.datasetName,
    dataset_digest: metric.datasetDigest,
  }));
  for (let start = 0; start < rows.length; start += rowsAtOnce) {
    await database
      .insertInto('logged_model_metrics')
      .values(rows.slice(start, start + rowsAtOnce))
      .onConflict((conflict) => conflict.doNothing())
      .execute();
  }
}

/** By key and time. */
export async function modelMetrics(
  database: Queries,
  modelIds: readonly string[],
): Promise<Map<string, (ModelMetric & { readonly runId: string })[]>> {
  const rows = await database
    .selectFrom('logged_model_metrics')
    .selectAll()
    .where('model_id', 'in', modelIds)
    .orderBy('key')
    .orderBy('time_ms')
    .orderBy('step')
    .execute();
  const metrics = rows.map((row) => ({
    key: row.key,
    value: metricValue(row),
    timeMs: row.time_ms,
    step: row.step,
    modelId: row.model_id,
    runId: row.run_id,
    datasetName: row.dataset_name,
    datasetDigest: row.dataset_digest,
  }));
  return Map.groupBy(metrics, ({ modelId }) => modelId);
}

/** `from` and `where` for the measurements of `logged_models`' row on the datasets; on any and none where there are none. */
export function measured(key: string | undefined, datasets: readonly DatasetChoice[]): RawBuilder<unknown> {
  const conditions = [sql`m.model_id = logged_models.id`];
  if (key !== undefined) conditions.push(sql`m.key = ${key}`);
  const chosen = datasets.map(({ name, digest }) =>
    digest === undefined
      ? sql`m.dataset_name = ${name}`
      : sql`(m.dataset_name = ${name} and m.dataset_digest = ${digest})`,
  );
  if (chosen.length > 0) conditions.push(sql`(${sql.join(chosen, sql` or `)})`);
  return sql`from logged_model_metrics m where ${sql.join(conditions, sql` and `)}`;
}
