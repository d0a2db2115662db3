import { sqlName, sqlText, type DuckdbSession } from '#platform/duckdb/index.ts';
import { categoryCharacters, missingCategory, type ProfiledColumn, type TrainingProfile } from '../training-profile.ts';

/** Enough for ten quantile bins to be known to a few parts in a hundred each. */
const sampledRows = 5_000;
const seed = 20010101;

type Columns = Record<string, ProfiledColumn>;

const isNumber = (type: string): boolean => /^(U?(TINY|SMALL|BIG|HUGE)?INT(EGER)?|FLOAT|DOUBLE|DECIMAL.*)$/.test(type);
const isCategory = (type: string): boolean => type === 'VARCHAR' || type === 'BOOLEAN';

function profileNumbers(values: readonly unknown[]): ProfiledColumn {
  const numbers = values.filter((value): value is number => typeof value === 'number' && Number.isFinite(value));
  return { kind: 'number', values: numbers.toSorted((a, b) => a - b), missing: values.length - numbers.length };
}

function profileCategories(values: readonly unknown[]): ProfiledColumn {
  const counts = new Map<string, number>();
  for (const value of values) {
    const category = typeof value === 'string' ? value.slice(0, categoryCharacters) : missingCategory;
    counts.set(category, (counts.get(category) ?? 0) + 1);
  }
  return { kind: 'category', counts: [...counts] };
}

/** Numbers and categories of a seeded sample; times are no column to compare, they always move on. */
async function profileFiles(
  session: DuckdbSession,
  paths: readonly string[],
): Promise<{ rows: number; columns: Columns }> {
  const files = `read_parquet([${paths.map(sqlText).join(', ')}], union_by_name = true)`;
  const described = await session.rows(`DESCRIBE SELECT * FROM ${files}`);
  const types = described.map((column) => [String(column['column_name']), String(column['column_type'])] as const);
  const read = types.filter(([, type]) => isNumber(type) || isCategory(type));
  if (read.length === 0) return { rows: 0, columns: {} };
  const selected = read.map(([name, type]) => {
    const column = sqlName(name);
    return `CAST(${column} AS ${isNumber(type) ? 'DOUBLE' : 'VARCHAR'}) AS ${column}`;
  });
  const sample = `USING SAMPLE reservoir(${sampledRows} ROWS) REPEATABLE (${seed})`;
  const rows = await session.rows(`SELECT ${selected.join(', ')} FROM ${files} ${sample}`);
  const columns = read.map(([name, type]): [string, ProfiledColumn] => {
    const values = rows.map((row) => row[name]);
    return [name, isNumber(type) ? profileNumbers(values) : profileCategories(values)];
  });
  return { rows: rows.length, columns: Object.fromEntries(columns) };
}

/** Profiles a dataset version's files and, where it is there, a training set; undefined where they have no rows. */
export async function profileTrainingData(
  session: DuckdbSession,
  dataset: readonly string[],
  trainingSet: string | undefined,
): Promise<TrainingProfile | undefined> {
  const inputs = await profileFiles(session, dataset);
  const features = trainingSet === undefined ? { rows: 0, columns: {} } : await profileFiles(session, [trainingSet]);
  if (inputs.rows === 0) return undefined;
  return { rows: inputs.rows, inputs: inputs.columns, features: features.columns };
}
