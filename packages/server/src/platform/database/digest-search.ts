/** Which digests the texts of databases hold, whichever domain wrote them: what names a blob keeps it. */
import { Worker } from 'node:worker_threads';
import { sql, type Kysely } from 'kysely';
import { MulleError } from '#kernel/errors.ts';
import type { DatabaseDialect } from './migrations.ts';

/** Tables that name no blobs: not looked into. */
export type LeftOut = readonly string[];

/** What the searching thread is handed. */
export interface DigestOrder {
  readonly files: readonly string[];
  readonly leftOut: LeftOut;
}

interface TextColumn {
  readonly table: string;
  readonly column: string;
}

export const sqliteTextColumns = `select m.name as "table", c.name as "column" from sqlite_schema m
  join pragma_table_info(m.name) c where m.type = 'table' and lower(c.type) = 'text'`;
export const globOfDigest = `*${'[0-9a-f]'.repeat(64)}*`;

/** Every run of 64 hex digits, overlapping ones too: a longer run may end or begin with a digest. */
export function* digestsIn(text: string): Generator<string> {
  for (const { 0: run } of text.matchAll(/[0-9a-f]{64,}/g)) {
    for (let start = 0; start + 64 <= run.length && start < 64; start++) yield run.slice(start, start + 64);
  }
}

/** Of the open database, by its own connection. */
export async function digestsInDatabase<Tables>(
  database: Kysely<Tables>,
  dialect: DatabaseDialect,
  leftOut: LeftOut,
): Promise<Set<string>> {
  const columns =
    dialect === 'sqlite'
      ? sql<TextColumn>`${sql.raw(sqliteTextColumns)}`
      : sql<TextColumn>`select table_name as "table", column_name as "column" from information_schema.columns
          where table_schema = current_schema() and data_type = 'text'`;
  const digests = new Set<string>();
  for (const { table, column } of (await columns.execute(database)).rows) {
    if (leftOut.includes(table)) continue;
    const operand = sql.ref(column);
    const holds = dialect === 'sqlite' ? sql`${operand} glob ${globOfDigest}` : sql`${operand} ~ '[0-9a-f]{64}'`;
    const found = sql<{ text: string }>`select ${operand} as "text" from ${sql.table(table)} where ${holds}`;
    for (const { text } of (await found.execute(database)).rows)
      for (const digest of digestsIn(text)) digests.add(digest);
  }
  return digests;
}

/**
 * Of SQLite files, in a thread of its own: whoever serves people goes on. Throws `corrupt_data` where one cannot be read
 * to its end: what it names is not known then.
 */
export async function digestsInFiles(files: readonly string[], leftOut: LeftOut): Promise<Set<string>> {
  const order: DigestOrder = { files, leftOut };
  const worker = new Worker(new URL('./digest-search-worker.ts', import.meta.url), {
    workerData: order,
    name: 'digests',
  });
  return new Promise((resolve, reject) => {
    worker.once('message', (digests: readonly string[]) => resolve(new Set(digests)));
    worker.once('error', (cause) => {
      const message = `What the databases name cannot be read to the end (${cause instanceof Error ? cause.message : String(cause)}). Move a damaged backup away.`;
      reject(new MulleError('corrupt_data', message, { cause }));
    });
  });
}
