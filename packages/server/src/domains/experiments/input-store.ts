import { decodeJson, encodeJson, type Reader } from '#platform/database/index.ts';
import { newId } from '#kernel/ids.ts';
import type { ExperimentsTables } from './experiments-tables.ts';

type Queries = Reader<ExperimentsTables>;

/** A dataset that a run read, in its user's own words. */
export interface LoggedDataset {
  readonly name: string;
  readonly digest: string;
  readonly sourceType: string;
  readonly source: string;
  readonly schema: string | null;
  readonly profile: string | null;
  readonly tags: Readonly<Record<string, string>>;
}

export interface RunModel {
  readonly modelId: string;
  readonly step: number;
}

export interface RunInputs {
  readonly datasets: LoggedDataset[];
  readonly models: RunModel[];
  readonly outputs: RunModel[];
}

const contextTag = 'mlflow.data.context';

async function datasetId(database: Queries, experimentId: number, dataset: LoggedDataset): Promise<string> {
  const { name, digest } = dataset;
  await database
    .insertInto('logged_datasets')
    .values({
      id: newId('dataset'),
      experiment_id: experimentId,
      name,
      digest,
      source_type: dataset.sourceType,
      source: dataset.source,
      schema: dataset.schema,
      profile: dataset.profile,
    })
    .onConflict((conflict) => conflict.columns(['experiment_id', 'name', 'digest']).doNothing())
    .execute();
  const stored = await database
    .selectFrom('logged_datasets')
    .select('id')
    .where('experiment_id', '=', experimentId)
    .where('name', '=', name)
    .where('digest', '=', digest)
    .executeTakeFirstOrThrow();
  return stored.id;
}

/** Notes what a run read; noting it again changes nothing. */
export async function insertInputs(
  database: Queries,
  run: { readonly id: string; readonly experimentId: number },
  datasets: readonly LoggedDataset[],
): Promise<void> {
  for (const dataset of datasets) {
    await database
      .insertInto('run_inputs')
      .values({
        run_id: run.id,
        dataset_id: await datasetId(database, run.experimentId, dataset),
        context: dataset.tags[contextTag] ?? null,
        tags: encodeJson(dataset.tags),
      })
      .onConflict((conflict) => conflict.columns(['run_id', 'dataset_id']).doNothing())
      .execute();
  }
}

export async function insertRunModels(
  database: Queries,
  runId: string,
  direction: 'input' | 'output',
  models: readonly RunModel[],
): Promise<void> {
  for (const { modelId, step } of models) {
    await database
      .insertInto('run_models')
      .values({ run_id: runId, model_id: modelId, direction, step })
      .onConflict((conflict) => conflict.columns(['run_id', 'model_id', 'direction']).doNothing())
      .execute();
  }
}

export async function inputsOf(database: Queries, runIds: readonly string[]): Promise<Map<string, RunInputs>> {
  const found = new Map<string, RunInputs>();
  if (runIds.length === 0) return found;
  const of = (id: string): RunInputs => {
    const known = found.get(id) ?? { datasets: [], models: [], outputs: [] };
    found.set(id, known);
    return known;
  };
  const datasets = await database
    .selectFrom('run_inputs')
    .innerJoin('logged_datasets', 'logged_datasets.id', 'run_inputs.dataset_id')
    .selectAll()
    .where('run_id', 'in', runIds)
    .execute();
  for (const row of datasets) {
    of(row.run_id).datasets.push({
      name: row.name,
      digest: row.digest,
      sourceType: row.source_type,
      source: row.source,
      schema: row.schema,
      profile: row.profile,
      tags: decodeJson<Record<string, string>>(row.tags),
    });
  }
  const models = await database.selectFrom('run_models').selectAll().where('run_id', 'in', runIds).execute();
  for (const row of models) {
    const list = row.direction === 'input' ? of(row.run_id).models : of(row.run_id).outputs;
    list.push({ modelId: row.model_id, step: row.step });
  }
  return found;
}

export interface DatasetSummary {
  readonly experimentId: number;
  readonly name: string;
  readonly digest: string;
  readonly context: string | null;
}

/** The datasets that runs of the experiments read, each with the contexts that it was read in. */
export async function summariseDatasets(
  database: Queries,
  experimentIds: readonly number[],
  count: number,
): Promise<DatasetSummary[]> {
  return database
    .selectFrom('logged_datasets as d')
    .innerJoin('run_inputs as i', 'i.dataset_id', 'd.id')
    .select(['d.experiment_id as experimentId', 'd.name', 'd.digest', 'i.context'])
    .distinct()
    .where('d.experiment_id', 'in', experimentIds)
    .orderBy('d.name')
    .orderBy('d.digest')
    .orderBy('i.context')
    .limit(count)
    .execute();
}
