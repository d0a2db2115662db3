/**
 * Fields of a request as MLflow's server takes them: JSON of a body, or text of a query where a repeated key is a list.
 * Numbers may come as text, unknown fields are passed over, null is as good as absent. Messages are MLflow's: its clients'
 * tests match them.
 */
import { invalidParameter, type MlflowError } from './mlflow-error.ts';

export type Fields = Readonly<Record<string, unknown>>;

const seeDocs = ' See the API docs for more information about request parameters.';

export function isFields(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function typeName(value: unknown): string {
  if (typeof value === 'string') return 'str';
  if (typeof value === 'number') return Number.isInteger(value) ? 'int' : 'float';
  if (typeof value === 'boolean') return 'bool';
  return Array.isArray(value) ? 'list' : 'dict';
}

export function missingField(name: string): MlflowError {
  return invalidParameter(`Missing value for required parameter '${name}'.${seeDocs}`);
}

function wrongType(name: string, value: unknown): MlflowError {
  const hint = ` Hint: Value was of type '${typeName(value)}'.`;
  return invalidParameter(`Invalid value ${JSON.stringify(value)} for parameter '${name}' supplied: ${hint}${seeDocs}`);
}

function present(fields: Fields, name: string): unknown {
  const value = fields[name];
  return value === null ? undefined : value;
}

export function optionalText(fields: Fields, name: string): string | undefined {
  const value = present(fields, name);
  if (value === undefined || typeof value === 'string') return value;
  throw wrongType(name, value);
}

/** Text that is there and not empty. */
export function text(fields: Fields, name: string): string {
  const value = optionalText(fields, name);
  if (value === undefined || value === '') throw missingField(name);
  return value;
}

export function optionalInteger(fields: Fields, name: string): number | undefined {
  const value = present(fields, name);
  if (value === undefined) return undefined;
  const number = typeof value === 'string' && /^-?\d+$/.test(value) ? Number(value) : value;
  if (typeof number === 'number' && Number.isInteger(number)) return number;
  throw wrongType(name, value);
}

export function optionalBoolean(fields: Fields, name: string): boolean | undefined {
  const value = present(fields, name);
  // Python writes True and False into queries.
  if (typeof value === 'string' && /^(true|false)$/i.test(value)) return value.toLowerCase() === 'true';
  if (value === undefined || typeof value === 'boolean') return value;
  throw wrongType(name, value);
}

/** A list of texts; one alone (a query's single key) is a list of one. */
export function textList(fields: Fields, name: string): string[] {
  const value = present(fields, name) ?? [];
  const items: unknown[] = Array.isArray(value) ? value : [value];
  return items.map((item) => {
    if (typeof item === 'string') return item;
    throw wrongType(name, value);
  });
}

export function objectList(fields: Fields, name: string): Fields[] {
  const value = present(fields, name) ?? [];
  if (Array.isArray(value) && value.every(isFields)) return value;
  throw wrongType(name, value);
}

export function optionalObject(fields: Fields, name: string): Fields | undefined {
  const value = present(fields, name);
  if (value === undefined || isFields(value)) return value;
  throw wrongType(name, value);
}

/** A map of texts; what is no text is read as its JSON. */
export function textMap(fields: Fields, name: string): Record<string, string> {
  const given = optionalObject(fields, name) ?? {};
  return Object.fromEntries(
    Object.entries(given).map(([key, value]) => [key, typeof value === 'string' ? value : JSON.stringify(value)]),
  );
}

/** How many to give back: the default where absent. Throws beyond `maximum` or below 1. */
export function maxResults(fields: Fields, fallback: number, maximum: number): number {
  const value = optionalInteger(fields, 'max_results') ?? fallback;
  if (value >= 1 && value <= maximum) return value;
  throw invalidParameter(
    `Invalid value ${value} for parameter 'max_results' supplied: It must be a positive integer no greater than ${maximum}.`,
  );
}
