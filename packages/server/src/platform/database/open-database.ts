import { Kysely, type KyselyPlugin, type Transaction } from 'kysely';
import { migrate, type DatabaseDialect, type Migration } from './migrations.ts';
import { openPostgresDialect } from './postgres-dialect.ts';
import { openSqliteDialect } from './sqlite-dialect.ts';
import { assertOutsideTransaction, TransactionQueue } from './transaction-queue.ts';

export type { Transaction } from 'kysely';
export type { DatabaseDialect } from './migrations.ts';

/** What a store's functions query: the database, or the transaction of their caller. */
export type Reader<Tables> = Kysely<Tables> | Transaction<Tables>;

/**
 * The metadata database. Control is its only writer.
 *
 * A service that needs the tables of several domains asks for `Database<A & B>`; the one database satisfies them all.
 */
export interface Database<Tables> {
  /** For reading. Inside a transaction's work it throws: use the transaction. */
  readonly kysely: Kysely<Tables>;
  readonly dialect: DatabaseDialect;
  /**
   * Runs `work` alone (writers are serialised) and resolves after the synced commit; what throws is undone. Work is
   * short, awaits nothing but queries of `trx`, and has no effect outside the database. Throws `storage_full` when the
   * disk is full, `unavailable` when the database is away.
   */
  transaction<T>(work: (trx: Transaction<Tables>) => Promise<T>): Promise<T>;
  /** Calls `listener` after every commit, for what must happen only then; the returned function ends it. */
  onCommit(listener: () => void): () => void;
  /** Waits for the transactions handed over. */
  close(): Promise<void>;
}

export interface DatabaseOptions {
  /** `postgresql://…`; empty: SQLite at `sqlitePath`. */
  readonly url: string;
  readonly sqlitePath: string;
  /** In order; those of a domain stand in its `<domain>-tables.ts`. */
  readonly migrations: readonly Migration[];
}

const outsideTransactions: KyselyPlugin = {
  transformQuery({ node }) {
    assertOutsideTransaction();
    return node;
  },
  transformResult: ({ result }) => Promise.resolve(result),
};

/** Opens the database and brings its schema up to date. Throws `invalid_state` when it belongs to a newer Mulle. */
export async function openDatabase<Tables>(options: DatabaseOptions): Promise<Database<Tables>> {
  const dialectName = options.url === '' ? 'sqlite' : 'postgres';
  const dialect =
    dialectName === 'sqlite' ? openSqliteDialect(options.sqlitePath) : await openPostgresDialect(options.url);
  const kysely = new Kysely<Tables>({ dialect });
  try {
    await migrate(new Kysely({ dialect }), dialectName, options.migrations);
  } catch (thrown) {
    await kysely.destroy();
    throw thrown;
  }
  const queue = new TransactionQueue(kysely, dialectName);
  return {
    kysely: kysely.withPlugin(outsideTransactions),
    dialect: dialectName,
    transaction: (work) => queue.submit(work),
    onCommit: (listener) => queue.onCommit(listener),
    async close() {
      await queue.close();
      await kysely.destroy();
    },
  };
}
