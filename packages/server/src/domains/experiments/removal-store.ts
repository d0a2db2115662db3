import type { Reader } from '#platform/database/index.ts';
import type { ExperimentsTables } from './experiments-tables.ts';

type Queries = Reader<ExperimentsTables>;

async function removeModels(database: Queries, ids: readonly string[]): Promise<void> {
  if (ids.length === 0) return;
  for (const table of ['logged_model_parameters', 'logged_model_tags', 'logged_model_metrics', 'run_models'] as const) {
    await database.deleteFrom(table).where('model_id', 'in', ids).execute();
  }
  await database.deleteFrom('logged_models').where('id', 'in', ids).execute();
}

/** Removes all rows of runs, and of the models that they logged. */
export async function removeRuns(database: Queries, ids: readonly string[]): Promise<void> {
  const models = await database.selectFrom('logged_models').select('id').where('source_run_id', 'in', ids).execute();
  await removeModels(
    database,
    models.map((model) => model.id),
  );
  const tables = [
    'run_parameters',
    'run_tags',
    'run_metrics',
    'run_latest_metrics',
    'run_inputs',
    'run_models',
  ] as const;
  for (const table of tables) await database.deleteFrom(table).where('run_id', 'in', ids).execute();
  await database.deleteFrom('runs').where('id', 'in', ids).execute();
}

/** Removes what is left of an experiment without runs; its datasets stay where runs that were moved away read them. */
export async function removeExperiment(database: Queries, id: number): Promise<void> {
  const models = await database.selectFrom('logged_models').select('id').where('experiment_id', '=', id).execute();
  await removeModels(
    database,
    models.map((model) => model.id),
  );
  await database
    .deleteFrom('logged_datasets')
    .where('experiment_id', '=', id)
    .where('id', 'not in', database.selectFrom('run_inputs').select('dataset_id'))
    .execute();
  await database.deleteFrom('experiment_tags').where('experiment_id', '=', id).execute();
  await database.deleteFrom('experiments').where('id', '=', id).execute();
}
