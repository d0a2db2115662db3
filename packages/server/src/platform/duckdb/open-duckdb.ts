import type { DuckDBConnection, DuckDBInstance } from '@duckdb/node-api';

export interface DuckdbOptions {
  threads: number;
  memoryLimitMb: number;
  /** Where sorts and joins spill to when the memory limit is reached. */
  tempDirectory: string;
}

/** An in-memory DuckDB of its own; values come back as plain JavaScript (bigint narrowed to number where it is safe). */
export interface DuckdbSession {
  run(sql: string): Promise<void>;
  rows(sql: string): Promise<Record<string, unknown>[]>;
  connection: DuckDBConnection;
  close(): void;
}

/** Text as a SQL literal: single quotes doubled. DuckDB knows no other escape in a standard literal. */
export function sqlText(text: string): string {
  return `'${text.replaceAll("'", "''")}'`;
}

/** A name as a quoted SQL identifier. */
export function sqlName(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}

function plain(value: unknown): unknown {
  if (typeof value !== 'bigint') return value;
  const narrowed = Number(value);
  return Number.isSafeInteger(narrowed) ? narrowed : value.toString();
}

/**
 * Opens DuckDB with bounded memory and threads. The native library is imported on first use: no role that does not
 * query pays for it. Extensions are neither loaded nor fetched.
 */
export async function openDuckdb(options: DuckdbOptions): Promise<DuckdbSession> {
  const { DuckDBInstance: Instance } = await import('@duckdb/node-api');
  const instance: DuckDBInstance = await Instance.create(':memory:', {
    threads: String(options.threads),
    memory_limit: `${options.memoryLimitMb}MB`,
    temp_directory: options.tempDirectory,
    autoinstall_known_extensions: 'false',
    autoload_known_extensions: 'false',
  });
  const connection = await instance.connect();
  await connection.run("SET TimeZone = 'UTC'");
  return {
    connection,
    async run(sql) {
      await connection.run(sql);
    },
    async rows(sql) {
      const reader = await connection.runAndReadAll(sql);
      return reader
        .getRowObjectsJS()
        .map((row) => Object.fromEntries(Object.entries(row).map(([name, value]) => [name, plain(value)])));
    },
    close() {
      connection.closeSync();
      instance.closeSync();
    },
  };
}
