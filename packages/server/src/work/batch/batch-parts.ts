/**
 * The answers of a batch so far: Parquet files in a folder of the job's own, each named by its first row.
 *
 * A part is written under a temporary name, synced, and renamed: what is there is whole. Answered rows are those of the
 * parts without a gap from the first row on, so a batch that dies goes on behind its last part and answers again what it
 * had not yet written. At the end the answers stand beside their rows, each row once, or the batch fails.
 */
import { mkdir, readdir, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { MulleError } from '#kernel/errors.ts';
import { monotonicMs } from '#kernel/clock.ts';
import { sqlName, sqlText, type DuckdbSession } from '#platform/duckdb/index.ts';
import { syncPath } from '#platform/files/durable-files.ts';
import type { AnsweredBlock } from './ask-rows.ts';
import type { BatchColumn } from './batch-model.ts';

/** What a death costs at most. */
const partMs = 2_000;
const partRows = 500_000;
const chunkRows = 2_048;
const errorColumn = 'error';

const partName = (from: number): string => `part-${String(from).padStart(15, '0')}.parquet`;

export class BatchParts {
  /** Rows that are answered, in order from the first. */
  rows = 0;
  failedRows = 0;
  readonly #session: DuckdbSession;
  readonly #folder: string;
  readonly #columns: readonly BatchColumn[];
  #parts: string[] = [];
  #pendingRows = 0;
  #pendingSinceMs = 0;

  private constructor(session: DuckdbSession, folder: string, outputs: readonly BatchColumn[]) {
    this.#session = session;
    this.#folder = folder;
    this.#columns = [...outputs, { name: errorColumn, type: 'VARCHAR' }];
  }

  /** Counts what an earlier attempt left. */
  static async open(session: DuckdbSession, folder: string, outputs: readonly BatchColumn[]): Promise<BatchParts> {
    await mkdir(folder, { recursive: true });
    const parts = new BatchParts(session, folder, outputs);
    await parts.#recover();
    await session.run(
      `CREATE TABLE answers (${parts.#columns.map(({ name, type }) => `${sqlName(name)} ${type}`).join(', ')})`,
    );
    return parts;
  }

  async #recover(): Promise<void> {
    for (const name of (await readdir(this.#folder)).toSorted()) {
      const path = join(this.#folder, name);
      if (name === partName(this.rows)) {
        const [counts] = await this.#session.rows(
          `SELECT count(*) AS n, count(${sqlName(errorColumn)}) AS failed FROM read_parquet(${sqlText(path)})`,
        );
        this.rows += Number(counts?.['n']);
        this.failedRows += Number(counts?.['failed']);
        this.#parts.push(path);
      } else if (name.startsWith('part-')) await rm(path);
    }
  }

  /** Takes answers in the order of their rows; writes a part every two seconds. */
  async append({ rows, outputs, errors }: AnsweredBlock): Promise<void> {
    if (rows === 0) return;
    if (this.#pendingRows === 0) this.#pendingSinceMs = monotonicMs();
    await this.#insert(rows, [...outputs, errors]);
    this.#pendingRows += rows;
    this.failedRows += errors.reduce((sum, error) => sum + (error === null ? 0 : 1), 0);
    if (this.#pendingRows >= partRows || monotonicMs() - this.#pendingSinceMs >= partMs) await this.flush();
  }

  async #insert(rows: number, columns: readonly (readonly unknown[])[]): Promise<void> {
    const { DuckDBDataChunk, BOOLEAN, DOUBLE, VARCHAR } = await import('@duckdb/node-api');
    const types = { BOOLEAN, DOUBLE, VARCHAR };
    const appender = await this.#session.connection.createAppender('answers');
    for (let from = 0; from < rows; from += chunkRows) {
      const count = Math.min(chunkRows, rows - from);
      const chunk = DuckDBDataChunk.create(
        this.#columns.map(({ type }) => types[type]),
        count,
      );
      for (const [index, column] of columns.entries()) {
        chunk.setColumnValues(index, column.slice(from, from + count).map(asDuckdbValue));
      }
      appender.appendDataChunk(chunk);
    }
    appender.closeSync();
  }

  /** Makes what was appended durable. */
  async flush(): Promise<void> {
    if (this.#pendingRows === 0) return;
    const path = join(this.#folder, partName(this.rows));
    const temporary = `${path}.tmp`;
    await this.#session.run(`COPY answers TO ${sqlText(temporary)} (FORMAT parquet, COMPRESSION zstd)`);
    syncPath(temporary);
    await rename(temporary, path);
    syncPath(this.#folder);
    await this.#session.run('DELETE FROM answers');
    this.rows += this.#pendingRows;
    this.#pendingRows = 0;
    this.#parts.push(path);
  }

  /**
   * Writes the rows of the relation with their answers beside them. An output of the name of a column of the input is
   * `predicted_…`. Throws `corrupt_data` where rows and answers are not as many.
   */
  async finish(relation: string, inputColumns: ReadonlySet<string>, inputRows: number, path: string): Promise<void> {
    await this.flush();
    const list = this.#parts.map(sqlText).join(', ');
    const answers =
      this.#parts.length === 0
        ? 'SELECT * FROM answers'
        : `SELECT * FROM read_parquet([${list}], union_by_name = false)`;
    const [counts] = await this.#session.rows(`SELECT count(*) AS n FROM (${answers})`);
    if (Number(counts?.['n']) !== inputRows) {
      throw new MulleError(
        'corrupt_data',
        `${inputRows} rows have ${String(counts?.['n'])} answers. Resume the batch.`,
      );
    }
    const selected = this.#columns.map(({ name }) => {
      const free = inputColumns.has(name) ? `predicted_${name}` : name;
      return `answers.${sqlName(name)} AS ${sqlName(free)}`;
    });
    await this.#session.run(
      `COPY (SELECT input.*, ${selected.join(', ')} FROM (${relation}) input POSITIONAL JOIN (${answers}) answers)
       TO ${sqlText(path)} (FORMAT parquet, COMPRESSION zstd)`,
    );
  }
}

function asDuckdbValue(value: unknown): number | string | boolean | null {
  if (typeof value === 'number') return Number.isNaN(value) ? null : value;
  return typeof value === 'string' || typeof value === 'boolean' ? value : null;
}
