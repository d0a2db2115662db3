import type { Reader } from '#platform/database/index.ts';
import type { RegistryTables } from './registry-tables.ts';

type Queries = Reader<RegistryTables>;
type Tags = Readonly<Record<string, string>>;

export async function putModelTags(database: Queries, model: string, tags: Tags): Promise<void> {
  const rows = Object.entries(tags).map(([key, value]) => ({ model, key, value }));
  if (rows.length === 0) return;
  await database
    .insertInto('model_tags')
    .values(rows)
    .onConflict((conflict) =>
      conflict.columns(['model', 'key']).doUpdateSet((expression) => ({ value: expression.ref('excluded.value') })),
    )
    .execute();
}

export async function putVersionTags(database: Queries, model: string, version: number, tags: Tags): Promise<void> {
  const rows = Object.entries(tags).map(([key, value]) => ({ model, version, key, value }));
  if (rows.length === 0) return;
  await database
    .insertInto('model_version_tags')
    .values(rows)
    .onConflict((conflict) =>
      conflict
        .columns(['model', 'version', 'key'])
        .doUpdateSet((expression) => ({ value: expression.ref('excluded.value') })),
    )
    .execute();
}

export async function removeModelTag(database: Queries, model: string, key: string): Promise<void> {
  await database.deleteFrom('model_tags').where('model', '=', model).where('key', '=', key).execute();
}

export async function removeVersionTag(database: Queries, model: string, version: number, key: string): Promise<void> {
  await database
    .deleteFrom('model_version_tags')
    .where('model', '=', model)
    .where('version', '=', version)
    .where('key', '=', key)
    .execute();
}

/** Tags of each of the models. */
export async function modelTags(
  database: Queries,
  models: readonly string[],
): Promise<Map<string, Record<string, string>>> {
  const tags = new Map<string, Record<string, string>>(models.map((model) => [model, {}]));
  if (models.length === 0) return tags;
  const rows = await database
    .selectFrom('model_tags')
    .selectAll()
    .where('model', 'in', models)
    .orderBy('key')
    .execute();
  for (const { model, key, value } of rows) Object.assign(tags.get(model) ?? {}, { [key]: value });
  return tags;
}

export async function versionTags(database: Queries, rows: readonly { model: string; version: number }[]) {
  return database
    .selectFrom('model_version_tags')
    .selectAll()
    .where('model', 'in', [...new Set(rows.map((row) => row.model))])
    .where('version', 'in', [...new Set(rows.map((row) => row.version))])
    .orderBy('key')
    .execute();
}
