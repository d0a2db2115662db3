import type { DatabaseSync, SQLInputValue, StatementSync } from 'node:sqlite';
import {
  CompiledQuery,
  SqliteDialect,
  SqliteDriver,
  type DatabaseConnection,
  type Dialect,
  type SqliteDatabase,
  type SqliteStatement,
} from 'kysely';
import { toStorageError } from './storage-error.ts';

const cachedStatements = 256;

/** Takes the write lock at once: a transaction that began by reading could not get it later. */
class ImmediateSqliteDriver extends SqliteDriver {
  override async beginTransaction(connection: DatabaseConnection): Promise<void> {
    await connection.executeQuery(CompiledQuery.raw('begin immediate'));
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

type Mapped = <T>(run: () => T) => T;

function adaptStatement(statement: StatementSync, mapped: Mapped): SqliteStatement {
  return {
    reader: statement.columns().length > 0,
    all: (parameters) => mapped(() => statement.all(...inputs(parameters))),
    run: (parameters) => mapped(() => statement.run(...inputs(parameters))),
    iterate: (parameters) => mapped(() => statement.iterate(...inputs(parameters))),
  };
}

/** `node:sqlite` behind the interface that Kysely's SQLite driver asks for, with the last statements kept prepared. */
function adaptDatabase(database: DatabaseSync, onFault: (thrown: unknown) => void): SqliteDatabase {
  const prepared = new Map<string, SqliteStatement>();
  const mapped: Mapped = (run) => {
    try {
      return run();
    } catch (thrown) {
      const error = toStorageError(thrown);
      if (error !== thrown) onFault(error);
      throw error;
    }
  };
  return {
    close: () => database.close(),
    prepare(sqlText) {
      const known = prepared.get(sqlText);
      prepared.delete(sqlText);
      const statement = known ?? mapped(() => adaptStatement(database.prepare(sqlText), mapped));
      prepared.set(sqlText, statement);
      const oldest = prepared.size > cachedStatements ? prepared.keys().next().value : undefined;
      if (oldest !== undefined) prepared.delete(oldest);
      return statement;
    },
  };
}

/** Kysely's dialect over an open file. `onFault` hears of every failure of the storage. */
export function sqliteDialect(database: DatabaseSync, onFault: (thrown: unknown) => void): Dialect {
  const adapted = adaptDatabase(database, onFault);
  const dialect = new SqliteDialect({ database: adapted });
  dialect.createDriver = () => new ImmediateSqliteDriver({ database: adapted });
  return dialect;
}
