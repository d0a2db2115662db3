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

/** Whether `a` is later than `b`: by step, then time, then value. */
function isLater(a: MetricRow, b: MetricRow): boolean {
  if (a.step !== b.step) return a.step > b.step;
  return a.time_ms !== b.time_ms ? a.time_ms > b.time_ms : a.value > b.value;
}

/** Adds points to their histories (a point that is there already is not added twice) and moves the latest values on. */
export async function insertMetrics(database: Queries, runId: string, points: readonly MetricPoint[]): Promise<void> {
  const rows = points.map((point) => toMetricRow(runId, point));
  for (let start = 0; start < rows.length; start += rowsAtOnce) {
    await database
      .insertInto('run_metrics')
      .values(rows.slice(start, start + rowsAtOnce))
      .onConflict((conflict) => conflict.doNothing())
      .execute();
  }
  const latest = new Map<string, MetricRow>();
  for (const row of rows) {
    const known = latest.get(row.key);
    if (known === undefined || isLater(row, known)) latest.set(row.key, row);
  }
  const keys = [...latest.keys()];
  for (let start = 0; start < keys.length; start += rowsAtOnce) {
    const some = keys.slice(start, start + rowsAtOnce);
    const stored = await database
      .selectFrom('run_latest_metrics')
      .selectAll()
      .where('run_id', '=', runId)
      .where('key', 'in', some)
      .execute();
    for (const row of stored) {
      const given = latest.get(row.key);
      if (given !== undefined && !isLater(given, row)) latest.delete(row.key);
    }
    const moved = some.flatMap((key) => latest.get(key) ?? []);
    if (moved.length === 0) continue;
    await database
      .insertInto('run_latest_metrics')
      .values(moved)
      .onConflict((conflict) =>
        conflict.columns(['run_id', 'key']).doUpdateSet((expression) => ({
          step: expression.ref('excluded.step'),
          time_ms: expression.ref('excluded.time_ms'),
          value: expression.ref('excluded.value'),
          is_nan: expression.ref('excluded.is_nan'),
        })),
      )
      .execute();
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
