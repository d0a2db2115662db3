import { sqlName, type DuckdbSession } from '#platform/duckdb/index.ts';
import type { RowBlock } from './batch-model.ts';

type Stream = Awaited<ReturnType<DuckdbSession['connection']['stream']>>;

/** Reads a relation in its order, in blocks of any size. Another query on the session ends it. */
export class RowReader {
  readonly #stream: Stream;
  /** Columns of what was fetched and not yet asked for. */
  #columns: unknown[][];
  #rows = 0;

  private constructor(stream: Stream, width: number) {
    this.#stream = stream;
    this.#columns = Array.from({ length: width }, () => []);
  }

  /** `columns`: SQL expressions. The first `skip` rows are passed over. */
  static async open(
    session: DuckdbSession,
    relation: string,
    columns: readonly { readonly name: string; readonly type: string }[],
    skip: number,
  ): Promise<RowReader> {
    const selected = columns.map(({ name, type }) => `CAST(${sqlName(name)} AS ${type})`).join(', ');
    const stream = await session.connection.stream(`SELECT ${selected} FROM (${relation}) OFFSET ${skip}`);
    return new RowReader(stream, columns.length);
  }

  /** The next rows, fewer at the end; undefined behind it. */
  async next(rows: number): Promise<RowBlock | undefined> {
    while (this.#rows < rows) {
      const chunk = await this.#stream.fetchChunk();
      if (chunk === null || chunk.rowCount === 0) break;
      const isFirst = this.#rows === 0;
      this.#columns = this.#columns.map((column, index) => {
        const values = chunk.getColumnValues(index);
        return isFirst ? values : column.concat(values);
      });
      this.#rows += chunk.rowCount;
    }
    const taken = Math.min(rows, this.#rows);
    if (taken === 0) return undefined;
    const block = { rows: taken, columns: this.#columns.map((column) => column.slice(0, taken)) };
    this.#columns = this.#columns.map((column) => column.slice(taken));
    this.#rows -= taken;
    return block;
  }
}
