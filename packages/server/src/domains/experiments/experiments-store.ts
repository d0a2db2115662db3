import type { Selectable } from 'kysely';
import type { Static } from 'typebox';
import type { MetricPoint as MetricPointSchema, Run } from '@mulle/contract';
import type { Reader } from '#platform/database/index.ts';
import type { ExperimentsTables } from './experiments-tables.ts';

type Queries = Reader<ExperimentsTables>;
export type MetricPoint = Static<typeof MetricPointSchema>;
export type RunRow = Selectable<ExperimentsTables['runs']>;
type Named = 'run_parameters' | 'run_tags';

export async function listExperimentRows(
  database: Queries,
): Promise<{ name: string; runs: number; createdAtMs: number }[]> {
  return database
    .selectFrom('experiments')
    .leftJoin('runs', 'runs.experiment', 'experiments.name')
    .select((expression) => [
      'experiments.name as name',
      expression.fn.count<number>('runs.id').as('runs'),
      'experiments.created_at_ms as createdAtMs',
    ])
    .groupBy(['experiments.name', 'experiments.created_at_ms'])
    .orderBy('experiments.name')
    .execute();
}

export async function insertRun(database: Queries, row: RunRow): Promise<void> {
  await database
    .insertInto('experiments')
    .values({ name: row.experiment, created_at_ms: row.started_at_ms })
    .onConflict((conflict) => conflict.doNothing())
    .execute();
  await database.insertInto('runs').values(row).execute();
}

export async function findRunRow(database: Queries, id: string): Promise<RunRow | undefined> {
  return database.selectFrom('runs').selectAll().where('id', '=', id).executeTakeFirst();
}

/** Newest first, from before `before`. */
export async function listRunRows(
  database: Queries,
  filter: { experiment?: string; before?: string | undefined },
  count: number,
): Promise<RunRow[]> {
  let query = database.selectFrom('runs').selectAll();
  if (filter.experiment !== undefined) query = query.where('experiment', '=', filter.experiment);
  if (filter.before !== undefined) query = query.where('id', '<', filter.before);
  return query.orderBy('id', 'desc').limit(count).execute();
}

export async function updateRunEnd(
  database: Queries,
  id: string,
  status: RunRow['status'],
  endedAtMs: number,
): Promise<void> {
  await database.updateTable('runs').set({ status, ended_at_ms: endedAtMs }).where('id', '=', id).execute();
}

/** The runs whole: parameters, tags and latest metrics of all of them in three queries. */
export async function completeRuns(database: Queries, rows: readonly RunRow[]): Promise<Run[]> {
  if (rows.length === 0) return [];
  const ids = rows.map((row) => row.id);
  const read = (table: Named | 'run_latest_metrics') =>
    database.selectFrom(table).select(['run_id', 'key', 'value']).where('run_id', 'in', ids).orderBy('key').execute();
  const [parameters, tags, metrics] = [
    await read('run_parameters'),
    await read('run_tags'),
    await read('run_latest_metrics'),
  ];
  const textOf = (found: typeof parameters, id: string): Record<string, string> =>
    Object.fromEntries(found.filter((row) => row.run_id === id).map((row) => [row.key, String(row.value)]));
  const numbersOf = (found: typeof metrics, id: string): Record<string, number> =>
    Object.fromEntries(found.filter((row) => row.run_id === id).map((row) => [row.key, Number(row.value)]));
  return rows.map((row) => ({
    id: row.id,
    experiment: row.experiment,
    name: row.name,
    status: row.status,
    parameters: textOf(parameters, row.id),
    metrics: numbersOf(metrics, row.id),
    tags: textOf(tags, row.id),
    causeId: row.cause_id,
    startedAtMs: row.started_at_ms,
    endedAtMs: row.ended_at_ms,
  }));
}

export async function parametersOf(database: Queries, runId: string): Promise<Map<string, string>> {
  const rows = await database
    .selectFrom('run_parameters')
    .select(['key', 'value'])
    .where('run_id', '=', runId)
    .execute();
  return new Map(rows.map((row) => [row.key, row.value]));
}

export async function insertParameters(
  database: Queries,
  runId: string,
  values: Readonly<Record<string, string>>,
): Promise<void> {
  const rows = Object.entries(values).map(([key, value]) => ({ run_id: runId, key, value }));
  if (rows.length > 0) await database.insertInto('run_parameters').values(rows).execute();
}

export async function setTags(
  database: Queries,
  runId: string,
  values: Readonly<Record<string, string>>,
): Promise<void> {
  for (const [key, value] of Object.entries(values)) {
    await database
      .insertInto('run_tags')
      .values({ run_id: runId, key, value })
      .onConflict((conflict) => conflict.columns(['run_id', 'key']).doUpdateSet({ value }))
      .execute();
  }
}

/** Adds points to their histories (a point that is there already is not added twice) and moves the latest values on. */
export async function insertMetrics(database: Queries, runId: string, points: readonly MetricPoint[]): Promise<void> {
  const rows = points.map(({ key, step, timeMs, value }) => ({ run_id: runId, key, step, time_ms: timeMs, value }));
  const chunk = 100;
  for (let start = 0; start < rows.length; start += chunk) {
    await database
      .insertInto('run_metrics')
      .values(rows.slice(start, start + chunk))
      .onConflict((conflict) => conflict.doNothing())
      .execute();
  }
  for (const key of new Set(points.map((point) => point.key))) {
    const latest = await database
      .selectFrom('run_metrics')
      .selectAll()
      .where('run_id', '=', runId)
      .where('key', '=', key)
      .orderBy('step', 'desc')
      .orderBy('time_ms', 'desc')
      .orderBy('value', 'desc')
      .limit(1)
      .executeTakeFirstOrThrow();
    const { step, time_ms, value } = latest;
    await database
      .insertInto('run_latest_metrics')
      .values(latest)
      .onConflict((conflict) => conflict.columns(['run_id', 'key']).doUpdateSet({ step, time_ms, value }))
      .execute();
  }
}

/** All points of a metric, by step and time. */
export async function metricHistory(database: Queries, runId: string, key: string): Promise<MetricPoint[]> {
  return database
    .selectFrom('run_metrics')
    .select(['key', 'value', 'step', 'time_ms as timeMs'])
    .where('run_id', '=', runId)
    .where('key', '=', key)
    .orderBy('step')
    .orderBy('time_ms')
    .orderBy('value')
    .execute();
}
