/**
 * Evaluation datasets: examples by what goes in, of which one told again is merged with what is there. A dataset belongs
 * to any number of experiments.
 */
import { createHash } from 'node:crypto';
import { sql, type Selectable } from 'kysely';
import type { AccessTables, Actor, AuditLog } from '#domains/access/index.ts';
import { nowMs } from '#kernel/clock.ts';
import { MulleError } from '#kernel/errors.ts';
import { newHexId } from '#kernel/ids.ts';
import { decodeJson, encodeJson, type Database, type Position, type Reader } from '#platform/database/index.ts';
import { searchDatasetRows, type DatasetRow, type EvaluationDatasetSearch } from './evaluation-dataset-search.ts';
import { extendSchema, inputDigest, mergeRecord, type RecordContent, type RecordSchema } from './evaluation-record.ts';
import type { EvalsTables } from './evals-tables.ts';

type Tables = EvalsTables & AccessTables;
type RecordRow = Selectable<EvalsTables['evaluation_records']>;

export interface EvaluationDataset {
  readonly row: DatasetRow;
  readonly tags: Readonly<Record<string, string>>;
  readonly experimentIds: readonly string[];
  readonly records: number;
}

export interface EvaluationRecord {
  readonly row: RecordRow;
  readonly content: RecordContent;
}

export interface EvalsOptions {
  readonly database: Database<Tables>;
  readonly audit: AuditLog;
  /** Throws `not_found` when there is no such experiment. */
  readonly checkExperiment: (experimentId: string) => Promise<void>;
}

const userTag = 'mlflow.user';

function digestOf(name: string, atMs: number): string {
  return createHash('sha256').update(`${name}:${atMs}`).digest('hex').slice(0, 8);
}

export class EvaluationDatasetsService {
  readonly #options: EvalsOptions;

  constructor(options: EvalsOptions) {
    this.#options = options;
  }

  async create(
    actor: Actor,
    wanted: {
      readonly name: string;
      readonly tags: Readonly<Record<string, string>>;
      readonly experimentIds: readonly string[];
    },
  ): Promise<EvaluationDataset> {
    for (const id of wanted.experimentIds) await this.#options.checkExperiment(id);
    return this.#options.database.transaction(async (trx) => {
      const atMs = nowMs();
      const user = wanted.tags[userTag] ?? null;
      const row: DatasetRow = {
        id: `d-${newHexId()}`,
        name: wanted.name,
        digest: digestOf(wanted.name, atMs),
        schema: null,
        created_at_ms: atMs,
        updated_at_ms: atMs,
        created_by: user,
        updated_by: user,
      };
      await trx.insertInto('evaluation_datasets').values(row).execute();
      await putTags(trx, row.id, wanted.tags);
      await putExperiments(trx, row.id, wanted.experimentIds);
      const details = { name: row.name };
      await this.#options.audit.record(trx, { actor, action: 'evaluation-dataset.create', subject: row.id, details });
      return whole(trx, row);
    });
  }

  async get(id: string): Promise<EvaluationDataset> {
    const { kysely } = this.#options.database;
    return whole(kysely, await found(kysely, id));
  }

  /** What is not there is deleted already. */
  async delete(actor: Actor, id: string): Promise<void> {
    await this.#options.database.transaction(async (trx) => {
      const { numDeletedRows } = await trx.deleteFrom('evaluation_datasets').where('id', '=', id).executeTakeFirst();
      if (numDeletedRows === 0n) return;
      await this.#options.audit.record(trx, { actor, action: 'evaluation-dataset.delete', subject: id, details: {} });
    });
  }

  /** Takes all datasets out of an experiment, and deletes those that were of it alone. */
  async leaveExperiment(actor: Actor, experimentId: string): Promise<void> {
    const { database, audit } = this.#options;
    await database.transaction(async (trx) => {
      const links = () => trx.selectFrom('evaluation_dataset_experiments').select('dataset_id');
      const rows = await links().where('experiment_id', '=', experimentId).execute();
      const ids = rows.map((row) => row.dataset_id);
      if (ids.length === 0) return;
      await trx.deleteFrom('evaluation_dataset_experiments').where('experiment_id', '=', experimentId).execute();
      const alone = trx.deleteFrom('evaluation_datasets').where('id', 'in', ids).where('id', 'not in', links());
      await alone.execute();
      const details = { experimentId, ids };
      await audit.record(trx, { actor, action: 'evaluation-dataset.leave', subject: experimentId, details });
    });
  }

  async search(
    search: EvaluationDatasetSearch,
    after: Position | undefined,
    count: number,
  ): Promise<{ datasets: EvaluationDataset[]; next: Position | undefined }> {
    const { kysely, dialect } = this.#options.database;
    const rows = await searchDatasetRows(kysely, dialect, search, after, count + 1);
    const page = rows.slice(0, count);
    const datasets: EvaluationDataset[] = [];
    for (const { row } of page) datasets.push(await whole(kysely, row));
    return { datasets, next: rows.length > count ? page.at(-1)?.position : undefined };
  }

  /** Adds records, and merges those whose inputs are there already. */
  upsertRecords(id: string, records: readonly RecordContent[]): Promise<{ inserted: number; updated: number }> {
    return this.#options.database.transaction(async (trx) => {
      const dataset = await found(trx, id);
      const atMs = nowMs();
      let inserted = 0;
      let user: string | null = null;
      for (const record of records) {
        const by = record.tags?.[userTag];
        if (typeof by === 'string') user = by;
        if (await putRecord(trx, id, record, atMs)) inserted++;
      }
      const before = dataset.schema === null ? undefined : decodeJson<RecordSchema>(dataset.schema);
      await trx
        .updateTable('evaluation_datasets')
        .set({
          schema: records.length > 0 ? encodeJson(extendSchema(before, records)) : dataset.schema,
          digest: digestOf(dataset.name, atMs),
          updated_at_ms: atMs,
          updated_by: user,
        })
        .where('id', '=', id)
        .execute();
      return { inserted, updated: records.length - inserted };
    });
  }

  /** Oldest first; from after `after` on. */
  async records(
    id: string,
    after: { readonly atMs: number; readonly id: string } | undefined,
    count: number,
  ): Promise<EvaluationRecord[]> {
    const { kysely } = this.#options.database;
    await found(kysely, id);
    let query = kysely.selectFrom('evaluation_records').selectAll().where('dataset_id', '=', id);
    if (after) query = query.where(sql<boolean>`(created_at_ms, id) > (${after.atMs}, ${after.id})`);
    const rows = await query.orderBy('created_at_ms').orderBy('id').limit(count).execute();
    return rows.map((row) => ({ row, content: decodeJson<RecordContent>(row.content) }));
  }

  deleteRecords(id: string, recordIds: readonly string[]): Promise<number> {
    return this.#options.database.transaction(async (trx) => {
      await found(trx, id);
      if (recordIds.length === 0) return 0;
      const { numDeletedRows } = await trx
        .deleteFrom('evaluation_records')
        .where('dataset_id', '=', id)
        .where('id', 'in', recordIds)
        .executeTakeFirst();
      return Number(numDeletedRows);
    });
  }

  /** A tag whose value is null is removed. */
  setTags(id: string, tags: Readonly<Record<string, string | null>>): Promise<EvaluationDataset> {
    return this.#change(id, async (trx) => {
      const set = Object.entries(tags).filter((tag): tag is [string, string] => tag[1] !== null);
      await putTags(trx, id, Object.fromEntries(set));
      for (const [key, value] of Object.entries(tags)) if (value === null) await removeTag(trx, id, key);
    });
  }

  deleteTag(id: string, key: string): Promise<EvaluationDataset> {
    return this.#change(id, (trx) => removeTag(trx, id, key));
  }

  async addToExperiments(id: string, experimentIds: readonly string[]): Promise<EvaluationDataset> {
    for (const one of experimentIds) await this.#options.checkExperiment(one);
    return this.#change(id, (trx) => putExperiments(trx, id, experimentIds));
  }

  removeFromExperiments(id: string, experimentIds: readonly string[]): Promise<EvaluationDataset> {
    return this.#change(id, async (trx) => {
      if (experimentIds.length === 0) return;
      await trx
        .deleteFrom('evaluation_dataset_experiments')
        .where('dataset_id', '=', id)
        .where('experiment_id', 'in', experimentIds)
        .execute();
    });
  }

  #change(id: string, change: (trx: Reader<Tables>) => Promise<void>): Promise<EvaluationDataset> {
    return this.#options.database.transaction(async (trx) => {
      await found(trx, id);
      await change(trx);
      await trx.updateTable('evaluation_datasets').set({ updated_at_ms: nowMs() }).where('id', '=', id).execute();
      return whole(trx, await found(trx, id));
    });
  }
}

async function found(database: Reader<EvalsTables>, id: string): Promise<DatasetRow> {
  const row = await database.selectFrom('evaluation_datasets').selectAll().where('id', '=', id).executeTakeFirst();
  if (row) return row;
  throw new MulleError('not_found', `Evaluation dataset with id '${id}' not found`);
}

async function whole(database: Reader<EvalsTables>, row: DatasetRow): Promise<EvaluationDataset> {
  const tags = await database
    .selectFrom('evaluation_dataset_tags')
    .selectAll()
    .where('dataset_id', '=', row.id)
    .orderBy('key')
    .execute();
  const experiments = await database
    .selectFrom('evaluation_dataset_experiments')
    .select('experiment_id')
    .where('dataset_id', '=', row.id)
    .orderBy('experiment_id')
    .execute();
  const { records } = await database
    .selectFrom('evaluation_records')
    .select((expression) => expression.fn.countAll<number>().as('records'))
    .where('dataset_id', '=', row.id)
    .executeTakeFirstOrThrow();
  return {
    row,
    tags: Object.fromEntries(tags.map(({ key, value }) => [key, value])),
    experimentIds: experiments.map(({ experiment_id }) => experiment_id),
    records: Number(records),
  };
}

/** Whether the record is new. */
async function putRecord(
  database: Reader<EvalsTables>,
  datasetId: string,
  record: RecordContent,
  atMs: number,
): Promise<boolean> {
  const digest = inputDigest(record);
  const before = await database
    .selectFrom('evaluation_records')
    .select(['id', 'content'])
    .where('dataset_id', '=', datasetId)
    .where('input_digest', '=', digest)
    .executeTakeFirst();
  if (before) {
    const content = encodeJson(mergeRecord(decodeJson<RecordContent>(before.content), record));
    await database
      .updateTable('evaluation_records')
      .set({ content, updated_at_ms: atMs })
      .where('id', '=', before.id)
      .execute();
    return false;
  }
  const user = record.tags?.[userTag];
  const by = typeof user === 'string' ? user : null;
  await database
    .insertInto('evaluation_records')
    .values({
      id: `dr-${newHexId()}`,
      dataset_id: datasetId,
      input_digest: digest,
      content: encodeJson(record),
      created_at_ms: atMs,
      updated_at_ms: atMs,
      created_by: by,
      updated_by: by,
    })
    .execute();
  return true;
}

async function putTags(database: Reader<EvalsTables>, id: string, tags: Readonly<Record<string, string>>) {
  for (const [key, value] of Object.entries(tags)) {
    await database
      .insertInto('evaluation_dataset_tags')
      .values({ dataset_id: id, key, value })
      .onConflict((conflict) => conflict.columns(['dataset_id', 'key']).doUpdateSet({ value }))
      .execute();
  }
}

async function removeTag(database: Reader<EvalsTables>, id: string, key: string): Promise<void> {
  await database.deleteFrom('evaluation_dataset_tags').where('dataset_id', '=', id).where('key', '=', key).execute();
}

async function putExperiments(database: Reader<EvalsTables>, id: string, experimentIds: readonly string[]) {
  for (const experiment of new Set(experimentIds)) {
    await database
      .insertInto('evaluation_dataset_experiments')
      .values({ dataset_id: id, experiment_id: experiment })
      .onConflict((conflict) => conflict.doNothing())
      .execute();
  }
}
