import { Kysely, type Dialect, type KyselyPlugin, type Transaction } from 'kysely';
import { MulleError } from '#kernel/errors.ts';
import { BackupSchedule } from './backup-schedule.ts';
import { backUp, type BackupTerms } from './backups.ts';
import { migrate, type DatabaseDialect, type Migration } from './migrations.ts';
import { openPostgresDialect } from './postgres-dialect.ts';
import { sqliteDialect } from './sqlite-dialect.ts';
import { openSqliteFile } from './sqlite-file.ts';
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
   * disk is full, `unavailable` when the database is away, `corrupt_data` from the moment that any query met damage:
   * what is readable is read on, and nothing is written over it.
   */
  transaction<T>(work: (trx: Transaction<Tables>) => Promise<T>): Promise<T>;
  /** Calls `listener` after every commit, for what must happen only then; the returned function ends it. */
  onCommit(listener: () => void): () => void;
  /** What damage a query met, if any did. */
  damage(): MulleError | undefined;
  /** Waits for the transactions handed over. */
  close(): Promise<void>;
}

export interface DatabaseOptions {
  /** `postgresql://…`; empty: SQLite at `sqlitePath`. */
  readonly url: string;
  readonly sqlitePath: string;
  /** In order; those of a domain stand in its `<domain>-tables.ts`. */
  readonly migrations: readonly Migration[];
  /** Backups of the SQLite file: before migrations, and by their terms. None when left out. */
  readonly backups?: BackupTerms;
  /** What lies there is thrown away at the end: commits do not wait for the disk. Of SQLite alone. */
  readonly ephemeral?: boolean;
  /** Told once of damage, and of each backup that could not be made. */
  readonly onProblem?: (thrown: unknown) => void;
}

const outsideTransactions: KyselyPlugin = {
  transformQuery({ node }) {
    assertOutsideTransaction();
    return node;
  },
  transformResult: ({ result }) => Promise.resolve(result),
};

interface Storage {
  dialect: Dialect;
  damage(): MulleError | undefined;
  backups: BackupSchedule | undefined;
  beforeMigrations(): Promise<unknown>;
}

function openSqliteStorage({ sqlitePath, backups, ephemeral, onProblem = () => undefined }: DatabaseOptions): Storage {
  const file = openSqliteFile(sqlitePath, backups?.folder);
  if (ephemeral === true) file.exec('PRAGMA synchronous = OFF');
  let damage: MulleError | undefined;
  const dialect = sqliteDialect(file, (fault) => {
    if (damage !== undefined || !(fault instanceof MulleError && fault.code === 'corrupt_data')) return;
    damage = fault;
    onProblem(fault);
  });
  return {
    dialect,
    damage: () => damage,
    backups: backups && new BackupSchedule(sqlitePath, backups, onProblem),
    beforeMigrations: () => (backups === undefined ? Promise.resolve() : backUp(sqlitePath, backups)),
  };
}

async function openPostgresStorage(url: string): Promise<Storage> {
  return {
    dialect: await openPostgresDialect(url),
    damage: () => undefined,
    backups: undefined,
    beforeMigrations: () => Promise.resolve(),
  };
}

/**
 * Opens the database and brings its schema up to date. Throws `invalid_state` when it belongs to a newer Mulle,
 * `corrupt_data` when it is damaged.
 */
export async function openDatabase<Tables>(options: DatabaseOptions): Promise<Database<Tables>> {
  const dialectName = options.url === '' ? 'sqlite' : 'postgres';
  const storage = dialectName === 'sqlite' ? openSqliteStorage(options) : await openPostgresStorage(options.url);
  const { dialect, backups } = storage;
  const damage = (): MulleError | undefined => storage.damage();
  const kysely = new Kysely<Tables>({ dialect });
  try {
    await migrate(new Kysely({ dialect }), dialectName, options.migrations, () => storage.beforeMigrations());
  } catch (thrown) {
    await kysely.destroy();
    throw thrown;
  }
  const queue = new TransactionQueue(kysely, dialectName, damage);
  queue.onCommit(() => backups?.noteChange());
  return {
    kysely: kysely.withPlugin(outsideTransactions),
    dialect: dialectName,
    transaction: (work) => queue.submit(work),
    onCommit: (listener) => queue.onCommit(listener),
    damage,
    async close() {
      await queue.close();
      await backups?.close();
      await kysely.destroy();
    },
  };
}
