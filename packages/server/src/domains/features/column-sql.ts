import type { Transform } from '@mulle/contract';
import { MulleError } from '#kernel/errors.ts';
import { sqlName } from '#platform/duckdb/index.ts';

/** Types by column of a relation, as DuckDB's DESCRIBE writes them. */
export type ColumnTypes = Readonly<Record<string, string>>;

const wholeNumber = /^(U?(TINY|SMALL|BIG|HUGE)INT|U?INTEGER|BOOLEAN)$/;
const number = /^(FLOAT|DOUBLE|DECIMAL\(.*\))$/;
const moment = /^(TIMESTAMP( WITH TIME ZONE|_S|_MS|_NS)?|DATE)$/;

/** Whether sums of the column are exact in doubles, in whatever order. */
export function isWholeNumber(type: string): boolean {
  return wholeNumber.test(type);
}

function typeOf(columns: ColumnTypes, field: string, dataset: string): string {
  const type = columns[field];
  if (type !== undefined) return type;
  const known = Object.keys(columns).join(', ');
  throw new MulleError('invalid_argument', `The dataset '${dataset}' has no column '${field}'. It has: ${known}.`);
}

/** A column as milliseconds since the epoch (BIGINT, UTC). */
export function momentSql(columns: ColumnTypes, field: string, dataset: string, relation = ''): string {
  const type = typeOf(columns, field, dataset);
  const column = relation + sqlName(field);
  if (moment.test(type)) return `epoch_ms(${column})`;
  if (wholeNumber.test(type) || number.test(type)) return `CAST(floor(${column}) AS BIGINT)`;
  throw new MulleError(
    'invalid_argument',
    `'${field}' of '${dataset}' is ${type}: a time is a TIMESTAMP or ms in a number.`,
  );
}

/** A column as DOUBLE: booleans as 0 and 1, NULL where it is not finite. */
export function numberSql(columns: ColumnTypes, field: string, dataset: string, relation = ''): string {
  const type = typeOf(columns, field, dataset);
  const column = `CAST(${relation}${sqlName(field)} AS DOUBLE)`;
  if (wholeNumber.test(type)) return column;
  if (number.test(type)) return `CASE WHEN isfinite(${column}) THEN ${column} END`;
  throw new MulleError('invalid_argument', `'${field}' of '${dataset}' is ${type}: a number or a boolean is needed.`);
}

/** FLOAT of a DOUBLE, NULL where that is not finite. */
export function singleSql(double: string): string {
  return `CASE WHEN isfinite(${double}) THEN TRY_CAST(${double} AS FLOAT) END`;
}

/** A feature from one column, as `transformValue` computes it, as FLOAT. */
export function transformSql(
  transform: Transform,
  columns: ColumnTypes,
  field: string,
  dataset: string,
  relation = '',
): string {
  switch (transform) {
    case 'identity':
      return singleSql(numberSql(columns, field, dataset, relation));
    case 'log1p': {
      const x = numberSql(columns, field, dataset, relation);
      // Kahan's log1p: exact also where 1 + x loses the digits of x.
      const ln = `CASE WHEN 1 + ${x} = 1 THEN ${x} ELSE ln(1 + ${x}) * (${x} / ((1 + ${x}) - 1)) END`;
      return singleSql(`(CASE WHEN ${x} > -1 THEN ${ln} END)`);
    }
    case 'hour-of-day':
      return `CAST(hour(make_timestamp_ms(${momentSql(columns, field, dataset, relation)})) AS FLOAT)`;
    case 'day-of-week':
      return `CAST(dayofweek(make_timestamp_ms(${momentSql(columns, field, dataset, relation)})) AS FLOAT)`;
    case 'day-of-year':
      return `CAST(dayofyear(make_timestamp_ms(${momentSql(columns, field, dataset, relation)})) AS FLOAT)`;
  }
}
