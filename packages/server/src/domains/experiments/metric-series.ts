/** Histories of metrics as charts and tables need them: short ones aggregated by the database, long ones out of pieces. */
import { sql, type RawBuilder, type SqlBool } from 'kysely';
import type { MetricSeries, MetricSummary } from '@mulle/contract';
import type { Reader } from '#platform/database/index.ts';
import type { ExperimentsTables } from './experiments-tables.ts';
import type { MetricRollups, Piece } from './metric-rollups.ts';

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
/** As many as the database places in some ten milliseconds, during which nothing else of control runs. */
const directPoints = 20_000;

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
export async function metricSeries(
  database: Queries,
  rollups: MetricRollups,
  wanted: WantedSeries,
): Promise<MetricSeries[]> {
  const { keys, entries = defaultEntries } = wanted;
  const runIds = [...new Set(wanted.runIds)];
  let query = database
    .selectFrom('run_latest_metrics')
    .select(['run_id as runId', 'key', 'points'])
    .where('run_id', 'in', runIds);
  if (keys) query = query.where('key', 'in', keys);
  const found = Map.groupBy(await query.orderBy('key').execute(), ({ runId }) => runId);
  const series: MetricSeries[] = [];
  for (const of of runIds.flatMap((runId) => found.get(runId) ?? [])) {
    const made =
      of.points > directPoints
        ? await longSeries(database, rollups, of, wanted, entries)
        : await shortSeries(database, of, withinRange(wanted), entries);
    if (made) series.push(made);
  }
  return series;
}

interface History {
  readonly runId: string;
  readonly key: string;
  readonly points: number;
}

/** From its pieces, or from the points themselves where few of them are asked for. */
async function longSeries(
  database: Queries,
  rollups: MetricRollups,
  history: History,
  wanted: WantedSeries,
  entries: number,
): Promise<MetricSeries | undefined> {
  const { fromStep = -Infinity, toStep = Infinity, fromMs = -Infinity, toMs = Infinity } = wanted;
  const all = await rollups.piecesOf(database, history.runId, history.key, history.points);
  const pieces = all.filter(
    ({ firstStep, step, timeMs }) => step >= fromStep && firstStep <= toStep && timeMs >= fromMs && timeMs <= toMs,
  );
  const points = pieces.reduce((sum, piece) => sum + piece.points, 0);
  const [first, last] = [pieces[0], pieces.at(-1)];
  if (first === undefined || last === undefined) return undefined;
  if (points <= directPoints && pieces.length < all.length) {
    const steps = [sql<SqlBool>`step >= ${first.firstStep}`, sql<SqlBool>`step <= ${last.step}`];
    return shortSeries(database, history, [...withinRange(wanted), ...steps], entries);
  }
  const size = Math.ceil(pieces.length / entries);
  const rows = Array.from({ length: Math.ceil(pieces.length / size) }, (_, index) =>
    bucketOf(pieces.slice(index * size, (index + 1) * size)),
  );
  return seriesOf({ ...history, points }, rows, size * first.points);
}

function bucketOf(pieces: readonly Piece[]): Bucket {
  const summed = pieces.reduce((count, piece) => count + piece.summed, 0);
  const numbers = pieces.filter(({ min }) => min !== null);
  return {
    step: pieces.at(-1)?.step ?? 0,
    timeMs: Math.max(...pieces.map(({ timeMs }) => timeMs)),
    mean: summed === 0 ? null : pieces.reduce((sum, piece) => sum + piece.sum / summed, 0),
    min: numbers.length === 0 ? null : Math.min(...numbers.map(({ min }) => min ?? Infinity)),
    max: numbers.length === 0 ? null : Math.max(...numbers.map(({ max }) => max ?? -Infinity)),
  };
}

interface Bucket {
  step: number;
  timeMs: number;
  mean: number | null;
  min: number | null;
  max: number | null;
}

async function shortSeries(
  database: Queries,
  { runId, key, points: all }: History,
  range: readonly RawBuilder<SqlBool>[],
  entries: number,
): Promise<MetricSeries | undefined> {
  const conditions = sql.join([sql<SqlBool>`run_id = ${runId}`, sql<SqlBool>`key = ${key}`, ...range], sql` and `);
  const counted = sql<{ points: number }>`select count(*) as "points" from run_metrics where ${conditions}`;
  const points = range.length === 0 ? all : ((await counted.execute(database)).rows[0]?.points ?? 0);
  if (points === 0) return undefined;
  const bucket = Math.ceil(points / entries);
  const { rows } = await sql<Bucket>`
    select max(step) as "step", max(time_ms) as "timeMs", avg(${summable}) as "mean",
      min(${number}) as "min", max(${number}) as "max"
    from (
      select step, time_ms, value, is_nan,
        (row_number() over (order by step, time_ms, value, is_nan) - 1) / cast(${bucket} as bigint) as bucket
      from run_metrics where ${conditions}
    ) placed
    group by bucket order by bucket`.execute(database);
  return seriesOf({ runId, key, points }, rows, bucket);
}

function seriesOf(history: History, rows: readonly Bucket[], bucket: number): MetricSeries {
  return {
    runId: history.runId,
    key: history.key,
    points: history.points,
    bucket,
    step: rows.map(({ step }) => step),
    timeMs: rows.map(({ timeMs }) => timeMs),
    mean: rows.map(({ mean }) => mean),
    min: rows.map(({ min }) => min),
    max: rows.map(({ max }) => max),
  };
}
