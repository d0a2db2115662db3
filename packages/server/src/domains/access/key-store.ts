import type { Kysely, Selectable } from 'kysely';
import type { AccessTables } from './access-tables.ts';

type Reader = Kysely<AccessTables>;
export type KeyRow = Selectable<AccessTables['api_keys']>;

export async function listKeyRows(database: Reader): Promise<KeyRow[]> {
  return database.selectFrom('api_keys').selectAll().orderBy('created_at_ms').orderBy('id').execute();
}

export async function findKeyBySecret(database: Reader, secretSha256: string): Promise<KeyRow | undefined> {
  return database.selectFrom('api_keys').selectAll().where('secret_sha256', '=', secretSha256).executeTakeFirst();
}

export async function anyKeyExists(database: Reader): Promise<boolean> {
  return (await database.selectFrom('api_keys').select('id').limit(1).executeTakeFirst()) !== undefined;
}

export async function insertKey(database: Reader, row: KeyRow): Promise<void> {
  await database.insertInto('api_keys').values(row).execute();
}

export async function deleteKeyRow(database: Reader, id: string): Promise<void> {
  await database.deleteFrom('api_keys').where('id', '=', id).execute();
}
