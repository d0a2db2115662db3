/** Histories of metrics as charts and tables need them: aggregated by the database, a point at a time never loaded. */
import { sql, type RawBuilder, type SqlBool } from 'kysely';
import type { MetricSeries, MetricSummary } from '@mulle/contract';
import type { Reader } from '#platform/database/index.ts';
import type { ExperimentsTables } from './experiments-tables.ts';

type Queries = Reader<ExperimentsTables>;

export interface WantedSeries {
  readonly runIds: readonly string[];
  readonly keys?: readonly string[];
  /** The most entries that a series may have. */
  readonly entries?: number;
  readonly fromStep?: number;
  readonly toStep?: number;
  readonly fromMs?: number;
  readonly toMs?: number;
}

const defaultEntries = 500;

/** Numbers alone; the largest, which stand for infinities, are in no mean: their sum would leave what a number holds. */
const number = sql<number | null>`case when is_nan = 0 then value end`;
const summable = sql<number | null>`case when is_nan = 0 and abs(value) < 1e300 then value end`;

export async function summariseMetrics(database: Queries, runId: string): Promise<MetricSummary[]> {
  const rows = await database
    .selectFrom('run_latest_metrics')
    .selectAll()
    .where('run_id', '=', runId)
    .orderBy('key')
    .execute();
  return rows.map((row) => ({
    key: row.key,
    points: row.points,
    last: row.is_nan === 1 ? null : row.value,
    lastStep: row.step,
    lastAtMs: row.time_ms,
    min: row.min_value,
    max: row.max_value,
  }));
}

function withinRange(wanted: WantedSeries): RawBuilder<SqlBool>[] {
  const { fromStep, toStep, fromMs, toMs } = wanted;
  return [
    ...(fromStep === undefined ? [] : [sql<SqlBool>`step >= ${fromStep}`]),
    ...(toStep === undefined ? [] : [sql<SqlBool>`step <= ${toStep}`]),
    ...(fromMs === undefined ? [] : [sql<SqlBool>`time_ms >= ${fromMs}`]),
    ...(toMs === undefined ? [] : [sql<SqlBool>`time_ms <= ${toMs}`]),
  ];
}

/** One series for each run and key that has points in the range, in the order of the runs that were asked for, by key. */
export async function metricSeries(database: Queries, wanted: WantedSeries): Promise<MetricSeries[]> {
  const { runIds, keys, entries = defaultEntries } = wanted;
  const range = withinRange(wanted);
  const conditions = [
    sql<SqlBool>`run_id in (${sql.join([...new Set(runIds)])})`,
    ...(keys ? [sql<SqlBool>`key in (${sql.join(keys)})`] : []),
    ...range,
  ];
  const { rows } = await sql<{ runId: string; key: string; points: number }>`
    select run_id as "runId", key as "key", count(*) as "points" from run_metrics
    where ${sql.join(conditions, sql` and `)} group by run_id, key order by key`.execute(database);
  const found = Map.groupBy(rows, ({ runId }) => runId);
  const series: MetricSeries[] = [];
  for (const of of [...new Set(runIds)].flatMap((runId) => found.get(runId) ?? [])) {
    series.push(await oneSeries(database, of, range, Math.ceil(of.points / entries)));
  }
  return series;
}

interface Bucket {
  step: number;
  timeMs: number;
  mean: number | null;
  min: number | null;
  max: number | null;
}

async function oneSeries(
  database: Queries,
  { runId, key, points }: { runId: string; key: string; points: number },
  range: readonly RawBuilder<SqlBool>[],
  bucket: number,
): Promise<MetricSeries> {
  const conditions = [sql<SqlBool>`run_id = ${runId}`, sql<SqlBool>`key = ${key}`, ...range];
  const { rows } = await sql<Bucket>`
    select max(step) as "step", max(time_ms) as "timeMs", avg(${summable}) as "mean",
      min(${number}) as "min", max(${number}) as "max"
    from (
      select step, time_ms, value, is_nan,
        (row_number() over (order by step, time_ms, value, is_nan) - 1) / cast(${bucket} as bigint) as bucket
      from run_metrics where ${sql.join(conditions, sql` and `)}
    ) placed
    group by bucket order by bucket`.execute(database);
  return {
    runId,
    key,
    points,
    bucket,
    step: rows.map(({ step }) => step),
    timeMs: rows.map(({ timeMs }) => timeMs),
    mean: rows.map(({ mean }) => mean),
    min: rows.map(({ min }) => min),
    max: rows.map(({ max }) => max),
  };
}
