import type { Selectable } from 'kysely';
import type { Static } from 'typebox';
import type { DatasetPart, DatasetVersion, Quarantine as QuarantineSchema } from '@mulle/contract';
import { decodeJson, encodeJson, type Reader } from '#platform/database/index.ts';
import type { DatasetsTables } from './datasets-tables.ts';

type Queries = Reader<DatasetsTables>;
export type Quarantine = Static<typeof QuarantineSchema>;
export type VersionSummary = Omit<DatasetVersion, 'parts'>;

const summaryColumns = ['dataset', 'version', 'id', 'parent', 'rows', 'cause_id', 'created_at_ms'] as const;

function toSummary(row: Omit<Selectable<DatasetsTables['dataset_versions']>, 'parts'>): VersionSummary {
  return {
    dataset: row.dataset,
    version: row.version,
    id: row.id,
    parent: row.parent,
    rows: row.rows,
    causeId: row.cause_id,
    createdAtMs: row.created_at_ms,
  };
}

/** One version with its parts; without a number the latest. */
export async function findVersion(
  database: Queries,
  dataset: string,
  version?: number,
): Promise<DatasetVersion | undefined> {
  let query = database.selectFrom('dataset_versions').selectAll().where('dataset', '=', dataset);
  if (version !== undefined) query = query.where('version', '=', version);
  const row = await query.orderBy('version', 'desc').limit(1).executeTakeFirst();
  return row && { ...toSummary(row), parts: decodeJson<DatasetPart[]>(row.parts) };
}

/** Newest first, from before `before`, without their parts. */
export async function listVersions(
  database: Queries,
  dataset: string,
  before: number,
  count: number,
): Promise<VersionSummary[]> {
  const rows = await database
    .selectFrom('dataset_versions')
    .select(summaryColumns)
    .where('dataset', '=', dataset)
    .where('version', '<', before)
    .orderBy('version', 'desc')
    .limit(count)
    .execute();
  return rows.map(toSummary);
}

export async function insertVersion(database: Queries, version: DatasetVersion): Promise<void> {
  await database
    .insertInto('dataset_versions')
    .values({
      dataset: version.dataset,
      version: version.version,
      id: version.id,
      parent: version.parent,
      parts: encodeJson(version.parts),
      rows: version.rows,
      cause_id: version.causeId,
      created_at_ms: version.createdAtMs,
    })
    .execute();
}

/** By time. */
export async function listQuarantine(database: Queries, dataset: string): Promise<Quarantine[]> {
  return database
    .selectFrom('dataset_quarantine')
    .select([
      'dataset',
      'from_ms as fromMs',
      'to_ms as toMs',
      'reason',
      'finding_id as findingId',
      'created_at_ms as createdAtMs',
    ])
    .where('dataset', '=', dataset)
    .orderBy('from_ms')
    .execute();
}

/** A window that begins where another does takes its place. */
export async function putQuarantine(database: Queries, quarantine: Quarantine): Promise<void> {
  const columns = {
    to_ms: quarantine.toMs,
    reason: quarantine.reason,
    finding_id: quarantine.findingId,
    created_at_ms: quarantine.createdAtMs,
  };
  await database
    .insertInto('dataset_quarantine')
    .values({ dataset: quarantine.dataset, from_ms: quarantine.fromMs, ...columns })
    .onConflict((conflict) => conflict.columns(['dataset', 'from_ms']).doUpdateSet(columns))
    .execute();
}

/** Whether there was one to remove. */
export async function removeQuarantine(database: Queries, dataset: string, fromMs: number): Promise<boolean> {
  const result = await database
    .deleteFrom('dataset_quarantine')
    .where('dataset', '=', dataset)
    .where('from_ms', '=', fromMs)
    .executeTakeFirst();
  return result.numDeletedRows > 0n;
}
