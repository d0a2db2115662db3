import type { Selectable } from 'kysely';
import type { Approval, ModelVersion } from '@mulle/contract';
import { isPrompt } from './prompt-tag.ts';
import { putVersionTags, versionTags } from './registry-tags.ts';
import { decodeJson, encodeJson, type Reader } from '#platform/database/index.ts';
import type { RegistryTables } from './registry-tables.ts';

type Queries = Reader<RegistryTables>;
type VersionRow = Selectable<RegistryTables['model_versions']>;

export interface ModelRow {
  readonly name: string;
  readonly description: string;
  readonly createdAtMs: number;
  readonly updatedAtMs: number;
  readonly versions: number;
  /** Number of the newest version that is not deleted. */
  readonly latest: number | null;
}

/** Models by name, with their versions counted; prompts, which are stored as models, are left out unless named. */
export async function listModelRows(database: Queries, names?: readonly string[]): Promise<ModelRow[]> {
  let query = database
    .selectFrom('models')
    .leftJoin('model_versions', (join) =>
      join.onRef('model_versions.model', '=', 'models.name').on('model_versions.deleted_at_ms', 'is', null),
    )
    .select((expression) => [
      'models.name as name',
      'models.description as description',
      'models.created_at_ms as createdAtMs',
      'models.updated_at_ms as updatedAtMs',
      expression.fn.count<number>('model_versions.version').as('versions'),
      expression.fn.max('model_versions.version').as('latest'),
    ])
    .groupBy(['models.name', 'models.description', 'models.created_at_ms', 'models.updated_at_ms'])
    .orderBy('models.name');
  query = names ? query.where('models.name', 'in', names) : query.where(isPrompt('models.name', false));
  return query.execute();
}

/** Alias → version of each of the models. */
export async function aliasesOf(
  database: Queries,
  models: readonly string[],
): Promise<{ model: string; alias: string; version: number }[]> {
  if (models.length === 0) return [];
  return database
    .selectFrom('model_aliases')
    .select(['model', 'alias', 'version'])
    .where('model', 'in', models)
    .orderBy('alias')
    .execute();
}

export async function completeVersions(database: Queries, rows: readonly VersionRow[]): Promise<ModelVersion[]> {
  if (rows.length === 0) return [];
  const models = [...new Set(rows.map((row) => row.model))];
  const aliases = await aliasesOf(database, models);
  const tags = await versionTags(database, rows);
  return rows.map((row) => ({
    model: row.model,
    version: row.version,
    artifact: { digest: row.artifact_digest, bytes: row.artifact_bytes, format: row.artifact_format },
    flavor: row.flavor,
    features: decodeJson(row.features),
    signature: row.signature === null ? null : decodeJson(row.signature),
    metrics: decodeJson(row.metrics),
    lineage: decodeJson(row.lineage),
    aliases: aliases
      .filter((alias) => alias.model === row.model && alias.version === row.version)
      .map((alias) => alias.alias),
    stage: row.stage,
    tags: Object.fromEntries(
      tags
        .filter((tag) => tag.model === row.model && tag.version === row.version)
        .map(({ key, value }) => [key, value]),
    ),
    description: row.description,
    source: row.source,
    runLink: row.run_link,
    causeId: row.cause_id,
    createdAtMs: row.created_at_ms,
    updatedAtMs: row.updated_at_ms,
  }));
}

export async function findVersion(
  database: Queries,
  model: string,
  version: number,
): Promise<ModelVersion | undefined> {
  const rows = await database
    .selectFrom('model_versions')
    .selectAll()
    .where('model', '=', model)
    .where('version', '=', version)
    .where('deleted_at_ms', 'is', null)
    .execute();
  return (await completeVersions(database, rows))[0];
}

/** Newest first, from before `before`. */
export async function listVersions(
  database: Queries,
  model: string,
  before: number,
  count: number,
): Promise<ModelVersion[]> {
  const rows = await database
    .selectFrom('model_versions')
    .selectAll()
    .where('model', '=', model)
    .where('version', '<', before)
    .where('deleted_at_ms', 'is', null)
    .orderBy('version', 'desc')
    .limit(count)
    .execute();
  return completeVersions(database, rows);
}

/** Stores the version under the next number of its model, or the one that is asked for; the model is made when it does not exist. */
export async function insertVersion(
  database: Queries,
  version: Omit<ModelVersion, 'version' | 'aliases' | 'stage' | 'updatedAtMs'>,
  wantedNumber?: number,
): Promise<ModelVersion> {
  const { model, createdAtMs } = version;
  const times = { created_at_ms: createdAtMs, updated_at_ms: createdAtMs };
  await database
    .insertInto('models')
    .values({ name: model, description: '', ...times })
    .onConflict((conflict) => conflict.column('name').doUpdateSet({ updated_at_ms: createdAtMs }))
    .execute();
  const number = wantedNumber ?? (await lastNumber(database, model)) + 1;
  await database
    .insertInto('model_versions')
    .values({
      model,
      version: number,
      artifact_digest: version.artifact.digest,
      artifact_bytes: version.artifact.bytes,
      artifact_format: version.artifact.format,
      flavor: version.flavor,
      features: encodeJson(version.features),
      signature: version.signature && encodeJson(version.signature),
      metrics: encodeJson(version.metrics),
      lineage: encodeJson(version.lineage),
      description: version.description,
      source: version.source,
      run_link: version.runLink,
      stage: 'None',
      cause_id: version.causeId,
      deleted_at_ms: null,
      ...times,
    })
    .execute();
  await putVersionTags(database, model, number, version.tags);
  return { ...version, version: number, aliases: [], stage: 'None', updatedAtMs: createdAtMs };
}

/** The highest number that was ever given; 0 where none was. */
async function lastNumber(database: Queries, model: string): Promise<number> {
  const last = await database
    .selectFrom('model_versions')
    .select((expression) => expression.fn.max('version').as('version'))
    .where('model', '=', model)
    .executeTakeFirst();
  return last?.version ?? 0;
}

/** Whether the number was given to a version, deleted ones too. */
export async function isNumberTaken(database: Queries, model: string, version: number): Promise<boolean> {
  const row = await database
    .selectFrom('model_versions')
    .select('version')
    .where('model', '=', model)
    .where('version', '=', version)
    .executeTakeFirst();
  return row !== undefined;
}

export async function findAlias(database: Queries, model: string, alias: string): Promise<number | undefined> {
  const row = await database
    .selectFrom('model_aliases')
    .select('version')
    .where('model', '=', model)
    .where('alias', '=', alias)
    .executeTakeFirst();
  return row?.version;
}

export async function putAlias(database: Queries, row: Selectable<RegistryTables['model_aliases']>): Promise<void> {
  const { version, updated_at_ms } = row;
  await database
    .insertInto('model_aliases')
    .values(row)
    .onConflict((conflict) => conflict.columns(['model', 'alias']).doUpdateSet({ version, updated_at_ms }))
    .execute();
}

export async function removeAlias(database: Queries, model: string, alias: string): Promise<void> {
  await database.deleteFrom('model_aliases').where('model', '=', model).where('alias', '=', alias).execute();
}

export async function insertApproval(database: Queries, approval: Approval): Promise<void> {
  const { createdAtMs, ...columns } = approval;
  await database
    .insertInto('approvals')
    .values({ ...columns, created_at_ms: createdAtMs })
    .execute();
}

/** Newest first. */
export async function listApprovals(database: Queries, model: string, version: number): Promise<Approval[]> {
  return database
    .selectFrom('approvals')
    .select(['id', 'model', 'version', 'verdict', 'actor', 'reason', 'created_at_ms as createdAtMs'])
    .where('model', '=', model)
    .where('version', '=', version)
    .orderBy('created_at_ms', 'desc')
    .orderBy('id', 'desc')
    .execute();
}
