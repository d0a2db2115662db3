import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { sql } from 'kysely';
import { afterEach, describe } from 'vitest';
import { newId } from '#kernel/ids.ts';
import { serviceUrl } from '#platform/testing/required-service.ts';
import { openDatabase, type Database } from './open-database.ts';
import type { DatabaseDialect, Migration } from './migrations.ts';

/** What a store's suite opens its database with; closed and removed after each test. */
export type OpenForTest = <Tables>(migrations: readonly Migration[]) => Promise<Database<Tables>>;

/**
 * Runs a store's suite on SQLite and on PostgreSQL. Each test has an empty database of its own: a file in a temporary
 * folder, a schema of the server at MULLE_TEST_POSTGRES_URL. Opening twice within a test opens the same one again.
 */
export function describeOnEveryDatabase(
  name: string,
  suite: (open: OpenForTest, dialect: DatabaseDialect) => void,
): void {
  describe(`${name} on SQLite`, () => {
    suite(sqliteForTest(), 'sqlite');
  });
  const url = serviceUrl('PostgreSQL', 'MULLE_TEST_POSTGRES_URL');
  describe.skipIf(url === undefined)(`${name} on PostgreSQL`, () => {
    suite(postgresForTest(url ?? ''), 'postgres');
  });
}

function sqliteForTest(): OpenForTest {
  const open: { close(): Promise<void> }[] = [];
  let folder: string | undefined;
  afterEach(async () => {
    for (const database of open.splice(0)) await database.close();
    if (folder !== undefined) rmSync(folder, { recursive: true });
    folder = undefined;
  });
  return async <Tables>(migrations: readonly Migration[]) => {
    folder ??= mkdtempSync(join(tmpdir(), 'mulle-database-'));
    const database = await openDatabase<Tables>({
      url: '',
      sqlitePath: join(folder, 'db', 'mulle.sqlite'),
      migrations,
    });
    open.push(database);
    return database;
  };
}

function postgresForTest(url: string): OpenForTest {
  const open: { close(): Promise<void> }[] = [];
  let schema: string | undefined;
  const administer = async (statement: (schemaName: string) => string, name: string): Promise<void> => {
    const server = await openDatabase<unknown>({ url, sqlitePath: '', migrations: [] });
    await sql.raw(statement(name)).execute(server.kysely);
    await server.close();
  };
  afterEach(async () => {
    for (const database of open.splice(0)) await database.close();
    if (schema !== undefined) await administer((name) => `drop schema ${name} cascade`, schema);
    schema = undefined;
  });
  return async <Tables>(migrations: readonly Migration[]) => {
    if (schema === undefined) {
      schema = newId('mulle_test');
      await administer((name) => `create schema ${name}`, schema);
    }
    const own = new URL(url);
    own.searchParams.set('options', `-c search_path=${schema}`);
    const database = await openDatabase<Tables>({ url: own.href, sqlitePath: '', migrations });
    open.push(database);
    return database;
  };
}
