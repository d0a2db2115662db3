import { sql, type SqlBool } from 'kysely';
import type { Static } from 'typebox';
import type { MetricPoint as MetricPointSchema } from '@mulle/contract';
import type { Reader } from '#platform/database/index.ts';
import type { ExperimentsTables } from './experiments-tables.ts';

type Queries = Reader<ExperimentsTables>;
export type MetricPoint = Static<typeof MetricPointSchema>;
type MetricRow = ExperimentsTables['run_metrics'];

const rowsAtOnce = 100;

/** Infinities are stored as the largest numbers there are, as MLflow stores them. */
export function toMetricRow(runId: string, { key, step, timeMs, value }: MetricPoint): MetricRow {
  const isNan = Number.isNaN(value);
  const finite = Math.max(-Number.MAX_VALUE, Math.min(Number.MAX_VALUE, value));
  return { run_id: runId, key, step, time_ms: timeMs, value: isNan ? 0 : finite, is_nan: isNan ? 1 : 0 };
}

export function metricValue({ value, is_nan }: Pick<MetricRow, 'value' | 'is_nan'>): number {
  return is_nan === 1 ? Number.NaN : value;
}

type LatestRow = ExperimentsTables['run_latest_metrics'];

/** Whether `a` is later than `b`: by step, then time, then value. */
function isLater(a: MetricRow, b: MetricRow): boolean {
  if (a.step !== b.step) return a.step > b.step;
  return a.time_ms !== b.time_ms ? a.time_ms > b.time_ms : a.value > b.value;
}

/** What new points of one run come to, by key. */
function folded(added: readonly MetricRow[]): LatestRow[] {
  const byKey = new Map<string, LatestRow>();
  for (const row of added) {
    const number = row.is_nan === 1 ? null : row.value;
    const known = byKey.get(row.key);
    if (known === undefined) {
      byKey.set(row.key, { ...row, points: 1, min_value: number, max_value: number });
      continue;
    }
    known.points++;
    if (number !== null) {
      known.min_value = Math.min(known.min_value ?? number, number);
      known.max_value = Math.max(known.max_value ?? number, number);
    }
    if (isLater(row, known)) Object.assign(known, row);
  }
  return [...byKey.values()];
}

/** The later of what is stored and what is added, the extremes of both, and their points together. */
async function moveLatest(database: Queries, rows: readonly LatestRow[]): Promise<void> {
  const later = sql`(excluded.step, excluded.time_ms, excluded.value) > (run_latest_metrics.step, run_latest_metrics.time_ms, run_latest_metrics.value)`;
  const moved = (column: 'step' | 'time_ms' | 'value' | 'is_nan') =>
    sql<number>`case when ${later} then ${sql.ref(`excluded.${column}`)} else ${sql.ref(`run_latest_metrics.${column}`)} end`;
  const extreme = (column: 'min_value' | 'max_value', sign: '<' | '>') => {
    const [stored, added] = [sql.ref(`run_latest_metrics.${column}`), sql.ref(`excluded.${column}`)];
    return sql<number>`case when ${stored} is null or ${added} ${sql.raw(sign)} ${stored} then ${added} else ${stored} end`;
  };
  await database
    .insertInto('run_latest_metrics')
    .values(rows)
    .onConflict((conflict) =>
      conflict.columns(['run_id', 'key']).doUpdateSet({
        step: moved('step'),
        time_ms: moved('time_ms'),
        value: moved('value'),
        is_nan: moved('is_nan'),
        points: sql<number>`run_latest_metrics.points + excluded.points`,
        min_value: extreme('min_value', '<'),
        max_value: extreme('max_value', '>'),
      }),
    )
    .execute();
}

/** Adds points to their histories (a point that is there already is not added twice) and moves the latest values on. */
export async function insertMetrics(database: Queries, runId: string, points: readonly MetricPoint[]): Promise<void> {
  const rows = points.map((point) => toMetricRow(runId, point));
  const added: MetricRow[] = [];
  for (let start = 0; start < rows.length; start += rowsAtOnce) {
    const inserted = await database
      .insertInto('run_metrics')
      .values(rows.slice(start, start + rowsAtOnce))
      .onConflict((conflict) => conflict.doNothing())
      .returningAll()
      .execute();
    added.push(...inserted);
  }
  const latest = folded(added);
  for (let start = 0; start < latest.length; start += rowsAtOnce) {
    await moveLatest(database, latest.slice(start, start + rowsAtOnce));
  }
}

/** Points of a metric by time, step and value, as MLflow has them; from after `after` on where one is given. */
export async function metricHistory(
  database: Queries,
  runId: string,
  key: string,
  page?: { readonly after: MetricPoint | undefined; readonly count: number },
): Promise<MetricPoint[]> {
  let query = database.selectFrom('run_metrics').selectAll().where('run_id', '=', runId).where('key', '=', key);
  if (page?.after) {
    const { step, time_ms, value } = toMetricRow(runId, page.after);
    query = query.where(sql<SqlBool>`(time_ms, step, value) > (${time_ms}, ${step}, ${value})`);
  }
  query = query.orderBy('time_ms').orderBy('step').orderBy('value');
  const rows = await (page ? query.limit(page.count) : query).execute();
  return rows.map((row) => ({ key: row.key, step: row.step, timeMs: row.time_ms, value: metricValue(row) }));
}
