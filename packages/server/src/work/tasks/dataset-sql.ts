import type { DatasetDefinition, Field, Source } from '@mulle/contract';
import { sqlName, sqlText } from '#platform/duckdb/index.ts';

const sqlTypes: Record<Field['type'], string> = {
  number: 'DOUBLE',
  integer: 'BIGINT',
  boolean: 'BOOLEAN',
  string: 'VARCHAR',
  timestamp: 'TIMESTAMP',
};

/** A column as the field's type; a timestamp that comes as a number is ms since the epoch. What cannot be cast is null. */
function castField(field: Field, columnType: string): string {
  const column = sqlName(field.name);
  const isNumber = /INT|DOUBLE|FLOAT|DECIMAL|HUGEINT/.test(columnType);
  if (field.type === 'timestamp' && isNumber) return `epoch_ms(${column}::BIGINT) AS ${column}`;
  return `TRY_CAST(${column} AS ${sqlTypes[field.type]}) AS ${column}`;
}

/** Reads the file of a source as the relation `source`. */
export function sourceRelation(path: string, format: Extract<Source, { kind: 'file' }>['format']): string {
  const reader = { parquet: 'read_parquet', csv: 'read_csv', json: 'read_json' }[format];
  return `SELECT * FROM ${reader}(${sqlText(path)})`;
}

/** The rows of a source in the dataset's own columns and types, given the columns that the source has. */
export function datasetRows(dataset: DatasetDefinition, columnTypes: ReadonlyMap<string, string>): string {
  const columns = dataset.fields.map((field) => {
    const type = columnTypes.get(field.name);
    return type === undefined ? `NULL::${sqlTypes[field.type]} AS ${sqlName(field.name)}` : castField(field, type);
  });
  return `SELECT ${columns.join(', ')} FROM selected`;
}

/** A part's rows in an order of their own, so that equal rows make equal bytes. */
export function partRows(dataset: DatasetDefinition, fromMs: number, toMs: number): string {
  const time = sqlName(dataset.eventTime);
  const order = [dataset.eventTime, ...dataset.fields.map((field) => field.name)].map(sqlName);
  return `SELECT * FROM dataset_rows WHERE ${time} >= epoch_ms(${fromMs}) AND ${time} < epoch_ms(${toMs}) ORDER BY ${[...new Set(order)].join(', ')}`;
}
