import fc from 'fast-check';
import { Check } from 'typebox/schema';
import { Value } from 'typebox/value';
import { expect, test } from 'vitest';
import * as contract from './index.ts';
import { fits, misfitOf, Type } from './index.ts';

const seed = 20_261;

function isSchema(value: unknown): value is object {
  return typeof value === 'object' && value !== null && '~kind' in value;
}

const schemas = Object.entries(contract).flatMap(([name, value]) => (isSchema(value) ? [{ name, schema: value }] : []));

/** A value of the schema, then changed in one place at random. */
function changed(value: unknown, at: readonly number[], to: unknown): unknown {
  const [first, ...rest] = at;
  if (first === undefined || typeof value !== 'object' || value === null) return to;
  const names = Object.keys(value);
  const name = names[first % Math.max(1, names.length)] ?? 'surplus';
  if (Array.isArray(value))
    return value.map((item, index) => (String(index) === name ? changed(item, rest, to) : item));
  return { ...value, [name]: changed(Reflect.get(value, name), rest, to) };
}

/** Something that fits, as far as TypeBox can make it: the least value of each part. */
function sample(schema: object): unknown {
  try {
    return Value.Create(schema);
  } catch {
    return {};
  }
}

test(`fits says of every schema of the contract what TypeBox says (seed ${seed})`, () => {
  const anything = fc.oneof(
    fc.jsonValue({ maxDepth: 2 }),
    fc.constantFrom(
      'a',
      'flights',
      '15m',
      0,
      1,
      -1,
      0.5,
      1e9,
      null,
      true,
      '',
      [],
      {},
      { kind: 'model' },
      'a'.repeat(200),
    ),
  );
  const path = fc.array(fc.nat(40), { maxLength: 5 });
  let fitting = 0;
  fc.assert(
    fc.property(fc.constantFrom(...schemas), path, anything, fc.boolean(), ({ name, schema }, at, to, extra) => {
      const made = sample(schema);
      const base = changed(made, at, to);
      const value =
        extra && typeof base === 'object' && base !== null && !Array.isArray(base) ? { ...base, x: to } : base;
      const expected = Check(schema, value);
      if (expected) fitting++;
      expect({ name, value, fits: fits(schema, value) }).toEqual({ name, value, fits: expected });
    }),
    { seed, numRuns: 4_000 },
  );
  // Both answers were put to the test.
  expect(fitting).toBeGreaterThan(200);
});

test('only keywords that are understood are used', () => {
  const understood = new Set(
    (
      'type const enum anyOf properties required additionalProperties patternProperties items additionalItems minItems ' +
      'maxItems minLength maxLength pattern minimum maximum exclusiveMinimum exclusiveMaximum description default'
    ).split(' '),
  );
  const unknown = new Set<string>();
  const visit = (value: unknown): void => {
    if (typeof value !== 'object' || value === null) return;
    if (isSchema(value)) for (const key of Object.keys(value)) if (!understood.has(key)) unknown.add(key);
    for (const part of Object.values(value)) visit(part);
  };
  for (const { schema } of schemas) visit(schema);
  expect([...unknown]).toEqual([]);
});

test('a misfit is told with its place', () => {
  const schema = Type.Object(
    { rows: Type.Array(Type.Object({ 'a/b': Type.Integer({ minimum: 1 }) }, { additionalProperties: false })) },
    { additionalProperties: false },
  );
  expect(misfitOf(schema, { rows: [{ 'a/b': 1 }] })).toBeUndefined();
  expect(misfitOf(schema, { rows: [{ 'a/b': 1 }, { 'a/b': 0 }] })).toEqual({
    pointer: '/rows/1/a~1b',
    message: 'must be at least 1',
    isUnknownField: false,
  });
  expect(misfitOf(schema, { rows: [{ 'a/b': 0, c: 1 }] })).toMatchObject({ pointer: '/rows/0', isUnknownField: true });
});
