import type { Updateable } from 'kysely';
import type { Reader } from '#platform/database/index.ts';
import type { RegistryTables } from './registry-tables.ts';

type Queries = Reader<RegistryTables>;

export async function touchModel(
  database: Queries,
  name: string,
  change: Updateable<RegistryTables['models']>,
): Promise<void> {
  await database.updateTable('models').set(change).where('name', '=', name).execute();
}

/** Marks a version deleted; what pointed at it goes. */
export async function removeVersion(database: Queries, model: string, version: number, nowMs: number): Promise<void> {
  const ofVersion = { model, version };
  for (const table of ['model_aliases', 'model_version_tags'] as const) {
    await database
      .deleteFrom(table)
      .where('model', '=', ofVersion.model)
      .where('version', '=', ofVersion.version)
      .execute();
  }
  await database
    .updateTable('model_versions')
    .set({ stage: 'None', deleted_at_ms: nowMs, updated_at_ms: nowMs })
    .where('model', '=', model)
    .where('version', '=', version)
    .execute();
}

/** What belongs to versions, before the versions themselves. */
const ofModel = ['approvals', 'model_aliases', 'model_version_tags', 'model_tags'] as const;

export async function removeModelRows(database: Queries, name: string): Promise<void> {
  for (const table of [...ofModel, 'model_versions'] as const) {
    await database.deleteFrom(table).where('model', '=', name).execute();
  }
  await database.deleteFrom('models').where('name', '=', name).execute();
}

/** The rows go over to the new name one table after another, so that every reference holds at each moment. */
export async function renameModelRows(database: Queries, name: string, newName: string, nowMs: number): Promise<void> {
  const model = await database.selectFrom('models').selectAll().where('name', '=', name).executeTakeFirstOrThrow();
  await database
    .insertInto('models')
    .values({ ...model, name: newName })
    .execute();
  const versions = await database.selectFrom('model_versions').selectAll().where('model', '=', name).execute();
  for (const version of versions) {
    await database
      .insertInto('model_versions')
      .values({ ...version, model: newName, updated_at_ms: nowMs })
      .execute();
  }
  for (const table of ofModel)
    await database.updateTable(table).set({ model: newName }).where('model', '=', name).execute();
  await database.deleteFrom('model_versions').where('model', '=', name).execute();
  await database.deleteFrom('models').where('name', '=', name).execute();
}
