import { sql, type Kysely } from 'kysely';
import type { DatabaseDialect } from './migrations.ts';

/** A column of text of a table of this database. */
export interface TextColumn {
  readonly table: string;
  readonly column: string;
}

/** Every column of text that the database has, whatever made it. */
export async function textColumns<Tables>(database: Kysely<Tables>, dialect: DatabaseDialect): Promise<TextColumn[]> {
  const query =
    dialect === 'sqlite'
      ? sql<TextColumn>`select m.name as "table", c.name as "column" from sqlite_schema m join pragma_table_info(m.name) c
          where m.type = 'table' and lower(c.type) = 'text'`
      : sql<TextColumn>`select table_name as "table", column_name as "column" from information_schema.columns
          where table_schema = current_schema() and data_type = 'text'`;
  return (await query.execute(database)).rows;
}

/** Texts of a column that hold a digest (64 hex digits after another) somewhere. */
export async function textsWithDigests<Tables>(
  database: Kysely<Tables>,
  dialect: DatabaseDialect,
  { table, column }: TextColumn,
): Promise<string[]> {
  const operand = sql.ref(column);
  const holds =
    dialect === 'sqlite' ? sql`${operand} glob ${`*${'[0-9a-f]'.repeat(64)}*`}` : sql`${operand} ~ '[0-9a-f]{64}'`;
  const found = await sql<{
    text: string;
  }>`select ${operand} as "text" from ${sql.table(table)} where ${holds}`.execute(database);
  return found.rows.map(({ text }) => text);
}
