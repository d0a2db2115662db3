import { sqlName, sqlText, type DuckdbSession } from '#platform/duckdb/index.ts';
import type { ColumnTypes } from './column-sql.ts';
import { trainingSetSql, type DatasetFiles, type TrainingSetDefinition } from './training-set-sql.ts';

export interface TrainingSetFile {
  readonly path: string;
  readonly rows: number;
  /** In order. */
  readonly features: readonly string[];
}

async function describe(session: DuckdbSession, paths: readonly string[]): Promise<ColumnTypes> {
  if (paths.length === 0) return {};
  const list = paths.map((path) => sqlText(path)).join(', ');
  const columns = await session.rows(`DESCRIBE SELECT * FROM read_parquet([${list}], union_by_name = true)`);
  return Object.fromEntries(columns.map((column) => [String(column['column_name']), String(column['column_type'])]));
}

/**
 * Writes the training set of a feature service as a Parquet file: the features in order (FLOAT, NULL = missing),
 * `event_time_ms`, `label`, by event time. `datasets` names the Parquet files of every dataset that takes part.
 */
export async function buildTrainingSet(
  session: DuckdbSession,
  definition: TrainingSetDefinition,
  datasets: Readonly<Record<string, readonly string[]>>,
  path: string,
): Promise<TrainingSetFile> {
  const described: Record<string, DatasetFiles> = {};
  for (const [name, paths] of Object.entries(datasets)) {
    described[name] = { paths, columns: await describe(session, paths) };
  }
  const select = trainingSetSql(definition, described);
  await session.run(`COPY (${select}) TO ${sqlText(path)} (FORMAT parquet, COMPRESSION zstd)`);
  const [counted] = await session.rows(`SELECT count(${sqlName('label')}) AS n FROM read_parquet(${sqlText(path)})`);
  return { path, rows: Number(counted?.['n'] ?? 0), features: definition.service.features.map(({ name }) => name) };
}
