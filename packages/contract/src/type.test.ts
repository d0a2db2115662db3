import { Type as TypeBox } from 'typebox';
import { expect, test } from 'vitest';
import { Type } from './type.ts';

/** Every property, the hidden ones, too. */
function whole(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(whole);
  if (typeof value !== 'object' || value === null) return value;
  return Object.entries(Object.getOwnPropertyDescriptors(value))
    .toSorted(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, property]) => [name, property.enumerable, whole(property.value)]);
}

function samples(type: typeof Type) {
  const name = type.String({ pattern: '^[a-z]+$', description: 'A name.' });
  const record = type.Object(
    {
      name,
      nick: type.Optional(name),
      age: type.Optional(type.Integer({ minimum: 0 })),
      scores: type.Array(type.Number(), { minItems: 1 }),
      kind: type.Union([type.Literal('a'), type.Literal(1), type.Literal(true), type.Null()], {
        description: 'Which.',
      }),
      flag: type.Boolean({ default: false }),
      rest: type.Unknown(),
    },
    { additionalProperties: false },
  );
  return [
    record,
    type.Object({ one: type.Optional(type.Null()) }),
    type.Object({}),
    type.Record(type.String(), type.Number()),
    type.Record(name, type.Unknown(), { minProperties: 1 }),
    type.Enum(['x', 'y']),
    type.Tuple([type.Number(), type.String()]),
    type.Omit(record, ['name', 'rest']),
    type.Omit(record, ['age'], { additionalProperties: false }),
    type.Optional(type.Array(record)),
    type.Unsafe<string>(type.Number()),
  ];
}

test('the builders make what those of TypeBox make, marks included', () => {
  expect(whole(samples(Type))).toEqual(whole(samples(TypeBox)));
});

test('an optional schema is a copy: the one it was made of stays required', () => {
  const name = Type.String();
  Type.Optional(name);
  expect(Type.Object({ name })).toEqual({
    type: 'object',
    required: ['name'],
    properties: { name: { type: 'string' } },
  });
});
