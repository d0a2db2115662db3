/**
 * The type of the `value` column of a Parquet file, inferred from the JSON values that go into it: typed columns where
 * values are alike, JSON text where they are not. The lattice: null < boolean | integer < double | text | list | struct
 * < json. A row whose value the typed column cannot give back as it was (`fits` is false) keeps its JSON text beside it.
 */
import { sqlName } from '#platform/duckdb/index.ts';
import { JournalDamage } from './sqlite-row.ts';

export type ValueType =
  | 'null'
  | 'boolean'
  | 'integer'
  | 'double'
  | 'text'
  | 'json'
  | { list: ValueType }
  | { fields: [string, ValueType][] };

const maxFields = 512;
const maxDepth = 8;

/** Type of one JSON value. */
function inferValueType(value: unknown, depth = 0): ValueType {
  if (value === null) return 'null';
  if (typeof value === 'boolean') return 'boolean';
  if (typeof value === 'number') return Number.isSafeInteger(value) && !Object.is(value, -0) ? 'integer' : 'double';
  if (typeof value === 'string') return 'text';
  if (depth >= maxDepth || typeof value !== 'object') return 'json';
  if (Array.isArray(value)) {
    return {
      list: value.reduce((type: ValueType, item) => mergeValueTypes(type, inferValueType(item, depth + 1)), 'null'),
    };
  }
  const entries = Object.entries(value);
  if (!columnNames(entries.map(([name]) => name))) return 'json';
  return { fields: entries.map(([name, item]) => [name, inferValueType(item, depth + 1)]) };
}

/** DuckDB's struct fields: at least one, not empty, and different in more than case. */
function columnNames(names: string[]): boolean {
  if (names.length === 0 || names.length > maxFields) return false;
  if (names.some((name) => name === '' || name.includes('\0'))) return false;
  return new Set(names.map((name) => name.toLowerCase())).size === names.length;
}

/** The least type that holds the values of both. */
export function mergeValueTypes(a: ValueType, b: ValueType): ValueType {
  if (a === b || b === 'null') return a;
  if (a === 'null') return b;
  if (typeof a === 'string' || typeof b === 'string') {
    const bothNumbers = (a === 'integer' || a === 'double') && (b === 'integer' || b === 'double');
    return bothNumbers ? 'double' : 'json';
  }
  if ('list' in a) return 'list' in b ? { list: mergeValueTypes(a.list, b.list) } : 'json';
  if ('list' in b) return 'json';
  const merged = new Map(a.fields);
  for (const [name, type] of b.fields) merged.set(name, mergeValueTypes(merged.get(name) ?? 'null', type));
  const fields = [...merged];
  return columnNames(fields.map(([name]) => name)) ? { fields } : 'json';
}

/** Whether a column of `type` gives `value` back as it was, order of keys included. */
export function fits(value: unknown, type: ValueType): boolean {
  return hasShape(value, type, false);
}

/** Whether `value` has the names of `type` in their order, or something where `type` has seen nothing but null yet. */
export function sameShape(value: unknown, type: ValueType): boolean {
  return hasShape(value, type, true);
}

function hasShape(value: unknown, type: ValueType, anyForNull: boolean): boolean {
  if (value === null) return true;
  if (typeof type === 'string') return type !== 'null' || anyForNull;
  if (Array.isArray(value)) return 'list' in type && value.every((item) => hasShape(item, type.list, anyForNull));
  if (typeof value !== 'object' || !('fields' in type)) return false;
  const entries = Object.entries(value);
  return (
    entries.length === type.fields.length &&
    type.fields.every(
      ([name, field], index) => entries[index]?.[0] === name && hasShape(entries[index][1], field, anyForNull),
    )
  );
}

/** `mergeValueTypes(type, inferValueType(value))`, quick where `type` stays as it is. */
export function widenFor(type: ValueType, value: unknown): ValueType {
  return holds(type, value) ? type : mergeValueTypes(type, inferValueType(value));
}

/** Whether `type` covers a value that has its shape. */
function holds(type: ValueType, value: unknown): boolean {
  if (value === null || type === 'json') return true;
  switch (typeof value) {
    case 'boolean':
      return type === 'boolean';
    case 'string':
      return type === 'text';
    case 'number':
      return type === 'double' || (type === 'integer' && inferValueType(value) === 'integer');
    default:
  }
  if (typeof type === 'string' || typeof value !== 'object') return false;
  if (Array.isArray(value)) return 'list' in type && value.every((item) => holds(type.list, item));
  if (!('fields' in type)) return false;
  const entries = Object.entries(value);
  return (
    entries.length === type.fields.length &&
    type.fields.every(([name, field], index) => entries[index]?.[0] === name && holds(field, entries[index][1]))
  );
}

/** Whether a JSON text can be read by DuckDB at all: escaped halves of surrogate pairs cannot. */
export function isReadable(json: string): boolean {
  return json.isWellFormed() && !/\\u[dD][89a-fA-F]/.test(json);
}

/** The type as DuckDB writes it. */
export function sqlType(type: ValueType): string {
  switch (type) {
    case 'null':
    case 'json':
      return 'JSON';
    case 'boolean':
      return 'BOOLEAN';
    case 'integer':
      return 'BIGINT';
    case 'double':
      return 'DOUBLE';
    case 'text':
      return 'VARCHAR';
    default:
      if ('list' in type) return `${sqlType(type.list)}[]`;
      return `STRUCT(${type.fields.map(([name, field]) => `${sqlName(name)} ${sqlType(field)}`).join(', ')})`;
  }
}

/** The type as DuckDB's `json_transform` wants it. */
export function transformOf(type: ValueType): unknown {
  if (typeof type === 'string') return sqlType(type);
  if ('list' in type) return [transformOf(type.list)];
  return Object.fromEntries(type.fields.map(([name, field]) => [name, transformOf(field)]));
}

/** Reads a type from the manifest. */
export function parseValueType(json: string): ValueType {
  return toValueType(JSON.parse(json));
}

function toValueType(raw: unknown): ValueType {
  switch (raw) {
    case 'null':
    case 'boolean':
    case 'integer':
    case 'double':
    case 'text':
    case 'json':
      return raw;
    default:
  }
  if (typeof raw === 'object' && raw !== null) {
    if ('list' in raw) return { list: toValueType(raw.list) };
    if ('fields' in raw && Array.isArray(raw.fields)) {
      return { fields: raw.fields.map((field: unknown) => toField(field)) };
    }
  }
  throw new JournalDamage('a value type of the manifest');
}

function toField(raw: unknown): [string, ValueType] {
  if (Array.isArray(raw) && typeof raw[0] === 'string') return [raw[0], toValueType(raw[1])];
  throw new JournalDamage('a field of a value type of the manifest');
}
