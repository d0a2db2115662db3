import { sql } from 'kysely';
import type { DatabaseDialect } from './migrations.ts';
import type { Transaction } from './open-database.ts';

async function tableNames<Tables>(trx: Transaction<Tables>, dialect: DatabaseDialect): Promise<string[]> {
  const query =
    dialect === 'sqlite'
      ? sql<{ name: string }>`select name from sqlite_schema where type = 'table' and name not glob 'sqlite_*'`
      : sql<{ name: string }>`select table_name as name from information_schema.tables
          where table_schema = current_schema() and table_type = 'BASE TABLE'`;
  return (await query.execute(trx)).rows.map(({ name }) => name);
}

/** Removes every row of every table but the named ones, from which no other may be referred to. */
export async function emptyTables<Tables>(
  trx: Transaction<Tables>,
  dialect: DatabaseDialect,
  except: readonly string[],
): Promise<void> {
  const names = (await tableNames(trx, dialect)).filter((name) => name !== 'migrations' && !except.includes(name));
  if (dialect === 'postgres') {
    await sql`truncate ${sql.join(names.map((name) => sql.table(name)))}`.execute(trx);
    return;
  }
  // Which table refers to which matters at the commit only.
  await sql`pragma defer_foreign_keys = on`.execute(trx);
  for (const name of names) await sql`delete from ${sql.table(name)}`.execute(trx);
}
