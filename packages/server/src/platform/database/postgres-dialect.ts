import { PostgresDialect, type Dialect } from 'kysely';
import { toStorageError } from './storage-error.ts';

/** Types of PostgreSQL whose values `pg` hands over as text: 64-bit integers and the sums and counts over them. */
const numericTypes = new Set([20, 1700]);

/**
 * A pool of connections to PostgreSQL. `pg` is imported here, on use. 64-bit integers come as numbers, as on SQLite:
 * Mulle stores none beyond 2^53.
 */
export async function openPostgresDialect(url: string): Promise<Dialect> {
  const { Pool, types } = (await import('pg')).default;
  const pool = new Pool({
    connectionString: url,
    max: 8,
    connectionTimeoutMillis: 10_000,
    types: {
      getTypeParser: (type, format) =>
        numericTypes.has(type) ? (text: string) => Number(text) : types.getTypeParser(type, format),
    },
  });
  // An idle connection that breaks is replaced by the pool on the next use; unheard, the event would end the process.
  pool.on('error', () => undefined);
  return new PostgresDialect({
    pool: {
      options: pool.options,
      end: () => pool.end(),
      connect: () =>
        pool.connect().catch((thrown: unknown) => {
          throw toStorageError(thrown);
        }),
    },
  });
}
