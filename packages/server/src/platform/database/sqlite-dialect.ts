import { mkdirSync } from 'node:fs';
import { dirname } from 'node:path';
import { DatabaseSync, type SQLInputValue, type StatementSync } from 'node:sqlite';
import {
  CompiledQuery,
  SqliteDialect,
  SqliteDriver,
  type DatabaseConnection,
  type Dialect,
  type SqliteDatabase,
  type SqliteStatement,
} from 'kysely';
import { regexp } from './regular-expression.ts';
import { toStorageError } from './storage-error.ts';

const cachedStatements = 256;

/** Takes the write lock at once: a transaction that began by reading could not get it later. */
class ImmediateSqliteDriver extends SqliteDriver {
  override async beginTransaction(connection: DatabaseConnection): Promise<void> {
    await connection.executeQuery(CompiledQuery.raw('begin immediate'));
  }
}

function mapped<T>(run: () => T): T {
  try {
    return run();
  } catch (thrown) {
    throw toStorageError(thrown);
  }
}

function isInput(value: unknown): value is SQLInputValue {
  return value === null || ['string', 'number', 'bigint'].includes(typeof value) || ArrayBuffer.isView(value);
}

/** Values that SQLite knows; a boolean or undefined is a mistake of the caller, on PostgreSQL as well. */
function inputs(parameters: readonly unknown[]): SQLInputValue[] {
  return parameters.map((value) => {
    if (isInput(value)) return value;
    throw new TypeError(`A query parameter is of type ${typeof value}: write integers for booleans, null for nothing.`);
  });
}

function adaptStatement(statement: StatementSync): SqliteStatement {
  return {
    reader: statement.columns().length > 0,
    all: (parameters) => mapped(() => statement.all(...inputs(parameters))),
    run: (parameters) => mapped(() => statement.run(...inputs(parameters))),
    iterate: (parameters) => mapped(() => statement.iterate(...inputs(parameters))),
  };
}

/** `node:sqlite` behind the interface that Kysely's SQLite driver asks for, with the last statements kept prepared. */
function adaptDatabase(database: DatabaseSync): SqliteDatabase {
  const prepared = new Map<string, SqliteStatement>();
  return {
    close: () => database.close(),
    prepare(sqlText) {
      const known = prepared.get(sqlText);
      prepared.delete(sqlText);
      const statement = known ?? mapped(() => adaptStatement(database.prepare(sqlText)));
      prepared.set(sqlText, statement);
      const oldest = prepared.size > cachedStatements ? prepared.keys().next().value : undefined;
      if (oldest !== undefined) prepared.delete(oldest);
      return statement;
    },
  };
}

/**
 * One connection to the file at `path` (made with its folder when absent): write-ahead log, every commit synced
 * (`synchronous=FULL`), foreign keys checked.
 */
export function openSqliteDialect(path: string): Dialect {
  if (path !== ':memory:') mkdirSync(dirname(path), { recursive: true });
  const database = mapped(() => {
    const opened = new DatabaseSync(path, { timeout: 5_000, enableForeignKeyConstraints: true });
    opened.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA journal_size_limit = 67108864;');
    opened.function('regexp', { deterministic: true }, regexp);
    return opened;
  });
  const adapted = adaptDatabase(database);
  const dialect = new SqliteDialect({ database: adapted });
  dialect.createDriver = () => new ImmediateSqliteDriver({ database: adapted });
  return dialect;
}
