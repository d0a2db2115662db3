import { MulleError } from '#kernel/errors.ts';
import { sqlName, sqlText, type DuckdbSession } from '#platform/duckdb/index.ts';

/** Rows to learn from, column by column: `features.columns[f][row]`, NaN = missing, in the order of the file. */
export interface TrainingSet {
  readonly features: {
    readonly names: readonly string[];
    readonly columns: readonly Float32Array[];
    readonly rows: number;
  };
  readonly label: Float32Array;
  readonly eventTimeMs: Float64Array;
}

/** Reads a file that `buildTrainingSet` wrote, whole or the rows of [fromMs, untilMs) of event time. Throws `corrupt_data` on another. */
export async function readTrainingSet(
  session: DuckdbSession,
  path: string,
  window: { readonly fromMs?: number; readonly untilMs?: number } = {},
): Promise<TrainingSet> {
  const from = window.fromMs ?? -Infinity;
  const until = window.untilMs ?? Infinity;
  const file = `(SELECT * FROM read_parquet(${sqlText(path)}) WHERE event_time_ms >= ${sqlDouble(from)} AND event_time_ms < ${sqlDouble(until)})`;
  const described = await session.rows(`DESCRIBE SELECT * FROM read_parquet(${sqlText(path)})`);
  const found = described.map((column) => String(column['column_name']));
  const names = found.filter((name) => name !== 'event_time_ms' && name !== 'label');
  if (names.length !== found.length - 2) {
    throw new MulleError('corrupt_data', `${path} is no training set: it lacks the columns event_time_ms and label.`);
  }
  const [counted] = await session.rows(`SELECT count(*) AS n FROM ${file}`);
  const rows = Number(counted?.['n'] ?? 0);
  const columns = names.map(() => new Float32Array(rows).fill(Number.NaN));
  const label = new Float32Array(rows);
  const eventTimeMs = new Float64Array(rows);
  const targets = [...columns, label, eventTimeMs];
  const selected = [...names.map(sqlName), 'label', 'CAST(event_time_ms AS DOUBLE)'].join(', ');
  const result = await session.connection.stream(`SELECT ${selected} FROM ${file}`);
  let at = 0;
  for (let chunk = await result.fetchChunk(); chunk && chunk.rowCount > 0; chunk = await result.fetchChunk()) {
    for (const [index, target] of targets.entries()) {
      chunk.visitColumnValues(index, (value, row) => {
        if (typeof value === 'number') target[at + row] = value;
      });
    }
    at += chunk.rowCount;
  }
  return { features: { names, columns, rows }, label, eventTimeMs };
}

function sqlDouble(value: number): string {
  return `CAST(${sqlText(String(value))} AS DOUBLE)`;
}
