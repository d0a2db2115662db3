import type { Static, TSchema } from './type.ts';

/** The first thing that is wrong with a value. */
export interface Misfit {
  /** JSON Pointer to it; empty for the whole value. */
  pointer: string;
  /** In words that follow the pointer. */
  message: string;
  /** It is there, and should not be. */
  isUnknownField: boolean;
}

/** The keywords of JSON Schema that the contract uses. */
interface Keywords {
  type?: string;
  const?: unknown;
  enum?: readonly unknown[];
  anyOf?: readonly Keywords[];
  properties?: Record<string, Keywords>;
  required?: readonly string[];
  additionalProperties?: boolean;
  patternProperties?: Record<string, Keywords>;
  items?: Keywords | readonly Keywords[];
  additionalItems?: boolean;
  minItems?: number;
  maxItems?: number;
  minLength?: number;
  maxLength?: number;
  pattern?: string;
  minimum?: number;
  maximum?: number;
  exclusiveMinimum?: number;
  exclusiveMaximum?: number;
}

/**
 * Whether a value is what a schema of the contract asks for. Says what TypeBox would say (a test holds the two equal),
 * without its 20 MB: for processes that check a few shapes and write no schema of their own.
 */
export function fits<S extends TSchema>(schema: S, value: unknown): value is Static<S> {
  return misfitOf(schema, value) === undefined;
}

/** What keeps a value from fitting; undefined when it fits. */
export function misfitOf(schema: TSchema, value: unknown): Misfit | undefined {
  return find(schema, value);
}

function find(schema: Keywords, value: unknown): Misfit | undefined {
  if (schema.anyOf !== undefined) {
    for (const form of schema.anyOf) if (find(form, value) === undefined) return undefined;
    return misfit('fits none of the forms that it may have');
  }
  if (schema.enum !== undefined && !schema.enum.includes(value)) {
    return misfit(`must be one of ${schema.enum.map((one) => JSON.stringify(one)).join(', ')}`);
  }
  switch (schema.type) {
    case 'object':
      return isRecord(value) ? inObject(schema, value) : misfit('must be an object');
    case 'array':
      return Array.isArray(value) ? inArray(schema, value) : misfit('must be an array');
    case 'string':
      if (typeof value !== 'string') return misfit('must be a string');
      return 'const' in schema ? inConstant(schema, value) : inText(schema, value);
    case 'integer':
      return Number.isInteger(value) ? inNumber(schema, Number(value)) : misfit('must be a whole number');
    case 'number':
      if (!Number.isFinite(value)) return misfit('must be a number');
      return 'const' in schema ? inConstant(schema, value) : inNumber(schema, Number(value));
    case 'boolean':
      if (typeof value !== 'boolean') return misfit('must be true or false');
      return 'const' in schema ? inConstant(schema, value) : undefined;
    case 'null':
      return value === null ? undefined : misfit('must be null');
    default:
      return undefined;
  }
}

function misfit(message: string, isUnknownField = false): Misfit {
  return { pointer: '', message, isUnknownField };
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function under(name: string | number, { pointer, ...rest }: Misfit): Misfit {
  return { ...rest, pointer: `/${String(name).replaceAll('~', '~0').replaceAll('/', '~1')}${pointer}` };
}

function inObject(schema: Keywords, value: Record<string, unknown>): Misfit | undefined {
  const { properties = {}, patternProperties, required = [] } = schema;
  if (schema.additionalProperties === false) {
    for (const name in value) {
      if (!Object.hasOwn(properties, name)) return misfit(`has no field ${name}`, true);
    }
  }
  for (const name of required) if (!Object.hasOwn(value, name)) return misfit(`needs the field ${name}`);
  for (const name in properties) {
    const field = properties[name];
    const given = Object.hasOwn(value, name) ? value[name] : undefined;
    if (field === undefined || (given === undefined && !required.includes(name))) continue;
    const found = find(field, given);
    if (found !== undefined) return under(name, found);
  }
  for (const pattern in patternProperties) {
    const field = patternProperties[pattern];
    const expression = expressionOf(pattern);
    for (const name in value) {
      if (field === undefined || !expression.test(name)) continue;
      const found = find(field, value[name]);
      if (found !== undefined) return under(name, found);
    }
  }
  return undefined;
}

function inArray({ items, minItems = 0, maxItems = Infinity, additionalItems }: Keywords, value: readonly unknown[]) {
  if (value.length < minItems) return misfit(`needs at least ${minItems} items`);
  const most = additionalItems === false && isTuple(items) ? items.length : maxItems;
  if (value.length > most) return misfit(`may have at most ${most} items`);
  for (const [index, item] of value.entries()) {
    const schema = isTuple(items) ? items[index] : items;
    const found = schema === undefined ? undefined : find(schema, item);
    if (found !== undefined) return under(index, found);
  }
  return undefined;
}

function isTuple(items: Keywords['items']): items is readonly Keywords[] {
  return Array.isArray(items);
}

function inText({ minLength = 0, maxLength = Infinity, pattern }: Keywords, value: string): Misfit | undefined {
  if (value.length < minLength) return misfit(`needs at least ${minLength} characters`);
  // JSON Schema counts characters, of which some are two units long.
  if (value.length > maxLength && Array.from(value).length > maxLength)
    return misfit(`may have at most ${maxLength} characters`);
  return pattern === undefined || expressionOf(pattern).test(value) ? undefined : misfit(`must match ${pattern}`);
}

function inNumber(schema: Keywords, value: number): Misfit | undefined {
  const { minimum = -Infinity, maximum = Infinity, exclusiveMinimum, exclusiveMaximum } = schema;
  if (value < minimum) return misfit(`must be at least ${minimum}`);
  if (value > maximum) return misfit(`must be at most ${maximum}`);
  if (exclusiveMinimum !== undefined && value <= exclusiveMinimum) return misfit(`must be above ${exclusiveMinimum}`);
  if (exclusiveMaximum !== undefined && value >= exclusiveMaximum) return misfit(`must be below ${exclusiveMaximum}`);
  return undefined;
}

function inConstant(schema: Keywords, value: unknown): Misfit | undefined {
  return schema.const === value ? undefined : misfit(`must be ${JSON.stringify(schema.const)}`);
}

const expressions = new Map<string, RegExp>();

function expressionOf(pattern: string): RegExp {
  const known = expressions.get(pattern);
  if (known !== undefined) return known;
  const made = new RegExp(pattern);
  expressions.set(pattern, made);
  return made;
}
