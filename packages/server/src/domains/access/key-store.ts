import type { Selectable } from 'kysely';
import type { Reader } from '#platform/database/index.ts';
import type { AccessTables } from './access-tables.ts';

type Queries = Reader<AccessTables>;
export type KeyRow = Selectable<AccessTables['api_keys']>;

export async function listKeyRows(database: Queries): Promise<KeyRow[]> {
  return database.selectFrom('api_keys').selectAll().orderBy('created_at_ms').orderBy('id').execute();
}

export async function findKeyBySecret(database: Queries, secretSha256: string): Promise<KeyRow | undefined> {
  return database.selectFrom('api_keys').selectAll().where('secret_sha256', '=', secretSha256).executeTakeFirst();
}

export async function anyKeyExists(database: Queries): Promise<boolean> {
  return (await database.selectFrom('api_keys').select('id').limit(1).executeTakeFirst()) !== undefined;
}

export async function insertKey(database: Queries, row: KeyRow): Promise<void> {
  await database.insertInto('api_keys').values(row).execute();
}

export async function deleteKeyRow(database: Queries, id: string): Promise<void> {
  await database.deleteFrom('api_keys').where('id', '=', id).execute();
}
