/**
 * Models that clients log: pending → ready | failed, then deleted. Their files lie among the artifacts; a version of the
 * registry is made from one by its files.
 */
import type { Selectable } from 'kysely';
import { nowMs } from '#kernel/clock.ts';
import { MulleError } from '#kernel/errors.ts';
import { newHexId } from '#kernel/ids.ts';
import { type Database, type Reader, type Position } from '#platform/database/index.ts';
import { findExperiment } from './experiment-store.ts';
import { assertActive } from './experiments-service.ts';
import type { ExperimentsTables, LoggedModelStatus } from './experiments-tables.ts';
import { modelMetrics, type ModelMetric } from './logged-model-metrics.ts';
import { searchLoggedModelRows, textTables, type LoggedModelSearch } from './logged-model-search.ts';

type Texts = Readonly<Record<string, string>>;
type Row = Selectable<ExperimentsTables['logged_models']>;

export interface LoggedModel {
  readonly row: Row;
  readonly parameters: Texts;
  readonly tags: Texts;
  readonly metrics: readonly (ModelMetric & { readonly runId: string })[];
}

export interface NewLoggedModel {
  readonly experimentId: number;
  readonly name: string;
  readonly modelType: string | null;
  readonly sourceRunId: string | null;
  readonly parameters: Texts;
  readonly tags: Texts;
}

export class LoggedModelsService {
  readonly #database: Database<ExperimentsTables>;

  constructor(database: Database<ExperimentsTables>) {
    this.#database = database;
  }

  create(wanted: NewLoggedModel): Promise<LoggedModel> {
    return this.#database.transaction(async (trx) => {
      const experiment = await findExperiment(trx, { id: wanted.experimentId });
      if (!experiment) throw new MulleError('not_found', `No Experiment with id=${wanted.experimentId} exists`);
      assertActive(experiment);
      const id = `m-${newHexId()}`;
      const atMs = nowMs();
      const row: Row = {
        id,
        experiment_id: experiment.id,
        name: wanted.name,
        artifact_location: `${experiment.artifact_location.replace(/\/+$/, '')}/models/${id}/artifacts`,
        status: 'pending',
        status_message: null,
        model_type: wanted.modelType,
        source_run_id: wanted.sourceRunId,
        lifecycle_stage: 'active',
        created_at_ms: atMs,
        updated_at_ms: atMs,
      };
      await trx.insertInto('logged_models').values(row).execute();
      await putTexts(trx, 'parameter', id, wanted.parameters);
      await putTexts(trx, 'tag', id, wanted.tags);
      return { row, parameters: wanted.parameters, tags: wanted.tags, metrics: [] };
    });
  }

  async get(id: string): Promise<LoggedModel> {
    const { kysely } = this.#database;
    const [model] = await whole(kysely, [await active(kysely, id)]);
    return model ?? absent(id);
  }

  finish(id: string, status: LoggedModelStatus, message: string | null): Promise<LoggedModel> {
    return this.#change(id, async (trx) => {
      const change = { status, status_message: message, updated_at_ms: nowMs() };
      await trx.updateTable('logged_models').set(change).where('id', '=', id).execute();
    });
  }

  putParameters(id: string, values: Texts): Promise<LoggedModel> {
    return this.#change(id, (trx) => putTexts(trx, 'parameter', id, values));
  }

  putTags(id: string, values: Texts): Promise<LoggedModel> {
    return this.#change(id, (trx) => putTexts(trx, 'tag', id, values));
  }

  deleteTag(id: string, key: string): Promise<LoggedModel> {
    return this.#change(id, async (trx) => {
      await trx.deleteFrom('logged_model_tags').where('model_id', '=', id).where('key', '=', key).execute();
    });
  }

  async delete(id: string): Promise<void> {
    await this.#database.transaction(async (trx) => {
      await active(trx, id);
      const change = { lifecycle_stage: 'deleted', updated_at_ms: nowMs() } as const;
      await trx.updateTable('logged_models').set(change).where('id', '=', id).execute();
    });
  }

  /** A page, and where the next one begins; undefined when this is the last. */
  async search(
    search: LoggedModelSearch,
    after: Position | undefined,
    count: number,
  ): Promise<{ models: LoggedModel[]; next: Position | undefined }> {
    const { kysely, dialect } = this.#database;
    const found = await searchLoggedModelRows(kysely, dialect, search, after, count + 1);
    const page = found.slice(0, count);
    const models = await whole(
      kysely,
      page.map(({ row }) => row),
    );
    return { models, next: found.length > count ? page.at(-1)?.position : undefined };
  }

  #change(id: string, change: (trx: Reader<ExperimentsTables>) => Promise<void>): Promise<LoggedModel> {
    return this.#database.transaction(async (trx) => {
      await active(trx, id);
      await change(trx);
      const [model] = await whole(trx, [await active(trx, id)]);
      return model ?? absent(id);
    });
  }
}

function absent(id: string): never {
  throw new MulleError('not_found', `Logged model with ID '${id}' not found.`);
}

async function active(database: Reader<ExperimentsTables>, id: string): Promise<Row> {
  const row = await database.selectFrom('logged_models').selectAll().where('id', '=', id).executeTakeFirst();
  return row?.lifecycle_stage === 'active' ? row : absent(id);
}

export async function putTexts(
  database: Reader<ExperimentsTables>,
  on: keyof typeof textTables,
  id: string,
  values: Texts,
): Promise<void> {
  const rows = Object.entries(values).map(([key, value]) => ({ model_id: id, key, value }));
  if (rows.length === 0) return;
  await database
    .insertInto(textTables[on])
    .values(rows)
    .onConflict((conflict) =>
      conflict.columns(['model_id', 'key']).doUpdateSet((expression) => ({ value: expression.ref('excluded.value') })),
    )
    .execute();
}

async function whole(database: Reader<ExperimentsTables>, rows: readonly Row[]): Promise<LoggedModel[]> {
  if (rows.length === 0) return [];
  const ids = rows.map(({ id }) => id);
  const textsOf = async (on: keyof typeof textTables) =>
    Map.groupBy(
      await database.selectFrom(textTables[on]).selectAll().where('model_id', 'in', ids).orderBy('key').execute(),
      (found) => found.model_id,
    );
  const [parameters, tags] = [await textsOf('parameter'), await textsOf('tag')];
  const record = (found: { key: string; value: string }[] = []): Texts =>
    Object.fromEntries(found.map(({ key, value }) => [key, value]));
  const metrics = await modelMetrics(database, ids);
  return rows.map((row) => ({
    row,
    parameters: record(parameters.get(row.id)),
    tags: record(tags.get(row.id)),
    metrics: metrics.get(row.id) ?? [],
  }));
}
