import { createHash } from 'node:crypto';
import { canonicalJson } from '@mulle/contract';

export type JsonObject = Readonly<Record<string, unknown>>;

/** An example to evaluate with: what goes in, what came or should come out, and where it is from. */
export interface RecordContent {
  readonly inputs: JsonObject;
  readonly outputs?: unknown;
  readonly expectations?: JsonObject;
  readonly tags?: JsonObject;
  readonly source?: JsonObject;
}

/** Records of a dataset are told apart by what goes in. */
export function inputDigest({ inputs }: RecordContent): string {
  return createHash('sha256').update(canonicalJson(inputs)).digest('hex');
}

/** A record told again: outputs are replaced, expectations and tags added to. */
export function mergeRecord(before: RecordContent, after: RecordContent): RecordContent {
  return {
    ...before,
    ...(after.outputs === undefined ? {} : { outputs: after.outputs }),
    ...(after.expectations ? { expectations: { ...before.expectations, ...after.expectations } } : {}),
    ...(after.tags ? { tags: { ...before.tags, ...after.tags } } : {}),
  };
}

export interface RecordSchema {
  readonly inputs: Record<string, string>;
  readonly outputs: Record<string, string> | string;
  readonly expectations: Record<string, string>;
  readonly version: '1.0';
}

/** The types of all fields that the records have had; the first type of a field stands. */
export function extendSchema(before: RecordSchema | undefined, records: readonly RecordContent[]): RecordSchema {
  const schema = before ?? { inputs: {}, outputs: {}, expectations: {}, version: '1.0' };
  let { outputs } = schema;
  const inputs = { ...schema.inputs };
  const expectations = { ...schema.expectations };
  for (const record of records) {
    addTypes(inputs, record.inputs);
    addTypes(expectations, record.expectations ?? {});
    const given = record.outputs;
    if (given === undefined || given === null) continue;
    if (typeof given === 'object' && !Array.isArray(given)) {
      if (typeof outputs !== 'string') addTypes((outputs = { ...outputs }), given);
    } else if (Object.keys(outputs).length === 0) outputs = typeOf(given);
  }
  return { inputs, outputs, expectations, version: '1.0' };
}

function addTypes(types: Record<string, string>, fields: object): void {
  for (const [key, value] of Object.entries(fields)) types[key] ??= typeOf(value);
}

function typeOf(value: unknown): string {
  if (value === null) return 'null';
  if (typeof value === 'boolean' || typeof value === 'string') return typeof value;
  if (typeof value === 'number') return Number.isInteger(value) ? 'integer' : 'float';
  return Array.isArray(value) ? 'array' : 'object';
}
