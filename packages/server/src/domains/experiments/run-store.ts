import type { Selectable } from 'kysely';
import type { Run } from '@mulle/contract';
import type { Reader } from '#platform/database/index.ts';
import type { ExperimentsTables } from './experiments-tables.ts';
import { metricValue, type MetricPoint } from './metric-store.ts';

type Queries = Reader<ExperimentsTables>;
export type RunRow = Selectable<ExperimentsTables['runs']>;

/** A run with all that was logged of it but the histories of its metrics. */
export interface WholeRun {
  readonly row: RunRow;
  readonly experiment: string;
  readonly parameters: Record<string, string>;
  readonly tags: Record<string, string>;
  /** The latest point of each metric. */
  readonly metrics: readonly MetricPoint[];
}

const runsAtOnce = 500;
/** The tag by which MLflow's clients nest a run in another. */
export const parentTag = 'mlflow.parentRunId';

export async function findRunRow(database: Queries, id: string): Promise<RunRow | undefined> {
  return database.selectFrom('runs').selectAll().where('id', '=', id).executeTakeFirst();
}

/** Newest first, from before `before`. */
export async function listRunRows(
  database: Queries,
  filter: { experimentId?: number | undefined; before?: string | undefined },
  count: number,
): Promise<RunRow[]> {
  let query = database.selectFrom('runs').selectAll().where('lifecycle_stage', '=', 'active');
  if (filter.experimentId !== undefined) query = query.where('experiment_id', '=', filter.experimentId);
  if (filter.before !== undefined) query = query.where('id', '<', filter.before);
  return query.orderBy('id', 'desc').limit(count).execute();
}

export async function updateRun(
  database: Queries,
  id: string,
  change: Partial<Pick<RunRow, 'status' | 'name' | 'ended_at_ms' | 'lifecycle_stage' | 'stopped_by' | 'stopped_at_ms'>>,
): Promise<void> {
  if (Object.keys(change).length === 0) return;
  await database.updateTable('runs').set(change).where('id', '=', id).execute();
}

/** The runs whole, in their order: a few queries for each 500 of them. */
export async function wholeRuns(database: Queries, rows: readonly RunRow[]): Promise<WholeRun[]> {
  const whole: WholeRun[] = [];
  for (let start = 0; start < rows.length; start += runsAtOnce) {
    whole.push(...(await completeSome(database, rows.slice(start, start + runsAtOnce))));
  }
  return whole;
}

async function completeSome(database: Queries, rows: readonly RunRow[]): Promise<WholeRun[]> {
  const ids = rows.map((row) => row.id);
  const textsOf = async (table: 'run_parameters' | 'run_tags') =>
    Map.groupBy(
      await database.selectFrom(table).selectAll().where('run_id', 'in', ids).orderBy('key').execute(),
      (found) => found.run_id,
    );
  const [parameters, tags] = [await textsOf('run_parameters'), await textsOf('run_tags')];
  const metrics = Map.groupBy(
    await database.selectFrom('run_latest_metrics').selectAll().where('run_id', 'in', ids).orderBy('key').execute(),
    (found) => found.run_id,
  );
  const experimentIds = [...new Set(rows.map((row) => row.experiment_id))];
  const experiments = await database
    .selectFrom('experiments')
    .select(['id', 'name'])
    .where('id', 'in', experimentIds)
    .execute();
  const names = new Map(experiments.map(({ id, name }) => [id, name]));
  const record = (found: { key: string; value: string }[] | undefined): Record<string, string> =>
    Object.fromEntries((found ?? []).map(({ key, value }) => [key, value]));
  return rows.map((row) => ({
    row,
    experiment: names.get(row.experiment_id) ?? '',
    parameters: record(parameters.get(row.id)),
    tags: record(tags.get(row.id)),
    metrics: (metrics.get(row.id) ?? []).map((found) => ({
      key: found.key,
      step: found.step,
      timeMs: found.time_ms,
      value: metricValue(found),
    })),
  }));
}

/** A run as Mulle's own API has it. Metrics that are no number are left out: JSON has none. */
export function toRun({ row, experiment, parameters, tags, metrics }: WholeRun): Run {
  const finite = metrics.filter(({ value }) => Number.isFinite(value));
  return {
    id: row.id,
    experiment,
    experimentId: String(row.experiment_id),
    name: row.name,
    status: row.status,
    stage: row.lifecycle_stage,
    user: row.user_id,
    parentId: tags[parentTag] ?? null,
    stoppedBy: row.stopped_by,
    parameters,
    metrics: Object.fromEntries(finite.map(({ key, value }) => [key, value])),
    tags,
    causeId: row.cause_id,
    startedAtMs: row.started_at_ms,
    endedAtMs: row.ended_at_ms,
  };
}

export async function parametersOf(
  database: Queries,
  runId: string,
  keys: readonly string[],
): Promise<Map<string, string>> {
  if (keys.length === 0) return new Map();
  const rows = await database
    .selectFrom('run_parameters')
    .select(['key', 'value'])
    .where('run_id', '=', runId)
    .where('key', 'in', keys)
    .execute();
  return new Map(rows.map((row) => [row.key, row.value]));
}

export async function insertParameters(
  database: Queries,
  runId: string,
  values: ReadonlyMap<string, string>,
): Promise<void> {
  const rows = [...values].map(([key, value]) => ({ run_id: runId, key, value }));
  if (rows.length > 0) await database.insertInto('run_parameters').values(rows).execute();
}

export async function putRunTags(
  database: Queries,
  runId: string,
  values: Readonly<Record<string, string>>,
): Promise<void> {
  const rows = Object.entries(values).map(([key, value]) => ({ run_id: runId, key, value }));
  if (rows.length === 0) return;
  await database
    .insertInto('run_tags')
    .values(rows)
    .onConflict((conflict) =>
      conflict.columns(['run_id', 'key']).doUpdateSet((expression) => ({ value: expression.ref('excluded.value') })),
    )
    .execute();
}

export async function removeRunTag(database: Queries, runId: string, key: string): Promise<boolean> {
  const removed = await database
    .deleteFrom('run_tags')
    .where('run_id', '=', runId)
    .where('key', '=', key)
    .executeTakeFirst();
  return removed.numDeletedRows > 0n;
}
