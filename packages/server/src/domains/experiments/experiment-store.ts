import { sql, type Selectable } from 'kysely';
import type { Reader } from '#platform/database/index.ts';
import type { ExperimentsTables, LifecycleStage } from './experiments-tables.ts';

type Queries = Reader<ExperimentsTables>;
export type ExperimentRow = Selectable<ExperimentsTables['experiments']>;

export async function findExperiment(
  database: Queries,
  by: { readonly id: number } | { readonly name: string },
): Promise<ExperimentRow | undefined> {
  const query = database.selectFrom('experiments').selectAll();
  return ('id' in by ? query.where('id', '=', by.id) : query.where('name', '=', by.name)).executeTakeFirst();
}

/** The next id is one above the highest that was given: control alone writes. */
export async function insertExperiment(
  database: Queries,
  name: string,
  artifactLocation: string | undefined,
  atMs: number,
): Promise<ExperimentRow> {
  const { last } = await database
    .selectFrom('experiments')
    .select((expression) => expression.fn.max('id').as('last'))
    .executeTakeFirstOrThrow();
  const id = Number(last ?? -1) + 1;
  const row: ExperimentRow = {
    id,
    name,
    artifact_location: artifactLocation ?? `mlflow-artifacts:/${id}`,
    lifecycle_stage: 'active',
    created_at_ms: atMs,
    updated_at_ms: atMs,
  };
  await database.insertInto('experiments').values(row).execute();
  return row;
}

export async function updateExperiment(
  database: Queries,
  id: number,
  change: Partial<Pick<ExperimentRow, 'name' | 'lifecycle_stage'>>,
  atMs: number,
): Promise<void> {
  await database
    .updateTable('experiments')
    .set({ ...change, updated_at_ms: atMs })
    .where('id', '=', id)
    .execute();
  if (change.lifecycle_stage === undefined) return;
  const runs = { lifecycle_stage: change.lifecycle_stage };
  await database.updateTable('runs').set(runs).where('experiment_id', '=', id).execute();
}

export async function putExperimentTag(database: Queries, id: number, key: string, value: string): Promise<void> {
  await database
    .insertInto('experiment_tags')
    .values({ experiment_id: id, key, value })
    .onConflict((conflict) => conflict.columns(['experiment_id', 'key']).doUpdateSet({ value }))
    .execute();
}

export async function removeExperimentTag(database: Queries, id: number, key: string): Promise<boolean> {
  const removed = await database
    .deleteFrom('experiment_tags')
    .where('experiment_id', '=', id)
    .where('key', '=', key)
    .executeTakeFirst();
  return removed.numDeletedRows > 0n;
}

export async function experimentTags(
  database: Queries,
  ids: readonly number[],
): Promise<Map<number, Record<string, string>>> {
  const tags = new Map<number, Record<string, string>>();
  if (ids.length === 0) return tags;
  const rows = await database
    .selectFrom('experiment_tags')
    .selectAll()
    .where('experiment_id', 'in', ids)
    .orderBy('key')
    .execute();
  for (const row of rows) tags.set(row.experiment_id, { ...tags.get(row.experiment_id), [row.key]: row.value });
  return tags;
}

/** Active experiments with how many active runs each has, by name. */
export async function countRuns(
  database: Queries,
): Promise<{ id: number; name: string; runs: number; createdAtMs: number }[]> {
  const rows = await database
    .selectFrom('experiments')
    .select([
      'id',
      'name',
      'created_at_ms as createdAtMs',
      sql<number>`(select count(*) from runs where runs.experiment_id = experiments.id and runs.lifecycle_stage = 'active')`.as(
        'runs',
      ),
    ])
    .where('lifecycle_stage', '=', 'active' satisfies LifecycleStage)
    .orderBy('name')
    .execute();
  return rows.map((row) => ({ ...row, runs: Number(row.runs) }));
}
