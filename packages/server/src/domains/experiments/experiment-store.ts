import { sql, type Selectable } from 'kysely';
import type { ExperimentSummary } from '@mulle/contract';
import type { Reader } from '#platform/database/index.ts';
import type { ExperimentsTables, LifecycleStage } from './experiments-tables.ts';

type Queries = Reader<ExperimentsTables>;
export type ExperimentRow = Selectable<ExperimentsTables['experiments']>;

/** The tag by which MLflow's clients know the notes of a run or an experiment. */
export const notesTag = 'mlflow.note.content';
/** Where an experiment is filed; a tag, so that clients find it: `tags."mulle.folder" LIKE 'vision/%'`. */
export const folderTag = 'mulle.folder';

export async function findExperiment(
  database: Queries,
  by: { readonly id: number } | { readonly name: string },
): Promise<ExperimentRow | undefined> {
  const query = database.selectFrom('experiments').selectAll();
  return ('id' in by ? query.where('id', '=', by.id) : query.where('name', '=', by.name)).executeTakeFirst();
}

/** The address of artifacts that Mulle keeps itself. */
export const keptHere = 'mlflow-artifacts:/';

export interface NewExperiment {
  readonly name: string;
  readonly artifactLocation?: string | undefined;
  readonly artifactRoot: string;
}

/**
 * The next id is one above the highest that was given: control alone writes. Without a location of its own it has one
 * below `artifactRoot`.
 */
export async function insertExperiment(
  database: Queries,
  { name, artifactLocation, artifactRoot }: NewExperiment,
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
    artifact_location: artifactLocation ?? `${artifactRoot.replace(/\/+$/, '')}/${id}`,
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

/** Experiments of a stage, or one of whichever, by name, with their active runs counted. */
export async function summariseExperiments(
  database: Queries,
  of: { readonly stage: LifecycleStage } | { readonly id: number },
): Promise<ExperimentSummary[]> {
  const query = database
    .selectFrom('experiments')
    .leftJoin('runs', (join) =>
      join.onRef('runs.experiment_id', '=', 'experiments.id').on('runs.lifecycle_stage', '=', 'active'),
    )
    .selectAll('experiments')
    .select(({ fn }) => [
      fn.count<number>('runs.id').as('runs'),
      sql<number>`count(case when runs.status = 'running' then 1 end)`.as('running'),
      fn.max('runs.started_at_ms').as('last_run_at_ms'),
    ])
    .groupBy('experiments.id')
    .orderBy('experiments.name');
  const rows = await (
    'id' in of ? query.where('experiments.id', '=', of.id) : query.where('experiments.lifecycle_stage', '=', of.stage)
  ).execute();
  const tags = await experimentTags(
    database,
    rows.map(({ id }) => id),
  );
  return rows.map((row) => ({
    id: String(row.id),
    name: row.name,
    stage: row.lifecycle_stage,
    folder: tags.get(row.id)?.[folderTag] ?? null,
    tags: tags.get(row.id) ?? {},
    runs: row.runs,
    running: row.running,
    lastRunAtMs: row.last_run_at_ms,
    createdAtMs: row.created_at_ms,
    updatedAtMs: row.updated_at_ms,
  }));
}
