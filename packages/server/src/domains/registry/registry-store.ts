import type { Selectable } from 'kysely';
import type { Approval, ModelVersion } from '@mulle/contract';
import { decodeJson, encodeJson, type Reader } from '#platform/database/index.ts';
import type { RegistryTables } from './registry-tables.ts';

type Queries = Reader<RegistryTables>;
type VersionRow = Selectable<RegistryTables['model_versions']>;

export interface ModelRow {
  readonly name: string;
  readonly versions: number;
  readonly latest: number | null;
}

export async function listModelRows(database: Queries, name?: string): Promise<ModelRow[]> {
  let query = database
    .selectFrom('models')
    .leftJoin('model_versions', 'model_versions.model', 'models.name')
    .select((expression) => [
      'models.name as name',
      expression.fn.count<number>('model_versions.version').as('versions'),
      expression.fn.max('model_versions.version').as('latest'),
    ])
    .groupBy('models.name')
    .orderBy('models.name');
  if (name !== undefined) query = query.where('models.name', '=', name);
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

async function completeVersions(database: Queries, rows: readonly VersionRow[]): Promise<ModelVersion[]> {
  const aliases = await aliasesOf(database, [...new Set(rows.map((row) => row.model))]);
  return rows.map((row) => ({
    model: row.model,
    version: row.version,
    artifact: { digest: row.artifact_digest, bytes: row.artifact_bytes, format: row.artifact_format },
    flavor: row.flavor,
    features: decodeJson(row.features),
    metrics: decodeJson(row.metrics),
    lineage: decodeJson(row.lineage),
    aliases: aliases
      .filter((alias) => alias.model === row.model && alias.version === row.version)
      .map((alias) => alias.alias),
    description: row.description,
    causeId: row.cause_id,
    createdAtMs: row.created_at_ms,
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
    .orderBy('version', 'desc')
    .limit(count)
    .execute();
  return completeVersions(database, rows);
}

/** Stores the version under the next number of its model, which is made when it does not exist. */
export async function insertVersion(
  database: Queries,
  version: Omit<ModelVersion, 'version' | 'aliases'>,
): Promise<ModelVersion> {
  await database
    .insertInto('models')
    .values({ name: version.model, created_at_ms: version.createdAtMs })
    .onConflict((conflict) => conflict.doNothing())
    .execute();
  const [model] = await listModelRows(database, version.model);
  const number = (model?.latest ?? 0) + 1;
  await database
    .insertInto('model_versions')
    .values({
      model: version.model,
      version: number,
      artifact_digest: version.artifact.digest,
      artifact_bytes: version.artifact.bytes,
      artifact_format: version.artifact.format,
      flavor: version.flavor,
      features: encodeJson(version.features),
      metrics: encodeJson(version.metrics),
      lineage: encodeJson(version.lineage),
      description: version.description,
      cause_id: version.causeId,
      created_at_ms: version.createdAtMs,
    })
    .execute();
  return { ...version, version: number, aliases: [] };
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
