import { sql, type Kysely } from 'kysely';
import { nowMs } from '#kernel/clock.ts';
import { MulleError } from '#kernel/errors.ts';

export type DatabaseDialect = 'sqlite' | 'postgres';

/** The database as a migration sees it: tables and columns by name, as they were when it was written. */
export type MigrationDatabase = Kysely<Record<string, Record<string, unknown>>>;

/** One step of the schema. Its name is recorded and never changes; what was once released is never edited. */
export interface Migration {
  readonly name: string;
  up(database: MigrationDatabase, dialect: DatabaseDialect): Promise<void>;
}

/**
 * Column types that mean the same on both dialects. Text compares by bytes, so that lists page in the same order;
 * integers hold booleans (0, 1) and times in ms as well.
 */
export function columnTypes(dialect: DatabaseDialect) {
  return {
    text: dialect === 'postgres' ? sql`text collate "C"` : sql`text`,
    integer: sql`bigint`,
    real: sql`double precision`,
  };
}

/**
 * Runs what is not recorded yet, all of it or nothing; `beforeChange` comes before the first
 * on a database that holds something already. Throws `invalid_state` on a
 * database that knows migrations which this program does not: it belongs to a newer Mulle.
 */
export async function migrate(
  database: MigrationDatabase,
  dialect: DatabaseDialect,
  migrations: readonly Migration[],
  beforeChange: () => Promise<unknown> = () => Promise.resolve(),
): Promise<void> {
  await sql`create table if not exists migrations (name text primary key, applied_at_ms bigint not null)`.execute(
    database,
  );
  const recorded = await database.selectFrom('migrations').select('name').execute();
  const applied = new Set(recorded.map((row) => row['name']));
  const known = new Set<unknown>(migrations.map((migration) => migration.name));
  const foreign = [...applied].filter((name) => !known.has(name));
  if (foreign.length > 0) {
    throw new MulleError(
      'invalid_state',
      `The database was written by a newer Mulle (it knows ${foreign.join(', ')}). Start that version, or restore a backup.`,
    );
  }
  const missing = migrations.filter(({ name }) => !applied.has(name));
  if (missing.length > 0 && applied.size > 0) await beforeChange();
  if (missing.length === 0) return;
  // One commit: an empty database is ready after one sync of the disk.
  await database.transaction().execute(async (trx) => {
    for (const migration of missing) {
      await migration.up(trx, dialect);
      await trx.insertInto('migrations').values({ name: migration.name, applied_at_ms: nowMs() }).execute();
    }
  });
}
