import { Type, type Static } from './type.ts';
import { Field } from './field.ts';
import { Digest, Duration, FieldName, Name } from './names.ts';

/** Where rows come from. `select` is SQL over a relation `source` with the columns of the file or of the outcome values. */
export const Source = Type.Union([
  Type.Object(
    {
      kind: Type.Literal('file'),
      name: Name,
      path: Type.String(),
      format: Type.Union([Type.Literal('parquet'), Type.Literal('csv'), Type.Literal('json')]),
      select: Type.Optional(Type.String()),
    },
    { additionalProperties: false },
  ),
  Type.Object(
    { kind: Type.Literal('outcomes'), name: Name, endpoint: Name, select: Type.Optional(Type.String()) },
    { additionalProperties: false },
  ),
]);
export type Source = Static<typeof Source>;

export const ValidationCheck = Type.Union([
  /** Types, nullability, ranges and categories as the fields declare; stops by default. */
  Type.Object(
    { kind: Type.Literal('schema'), action: Type.Optional(Type.Union([Type.Literal('stop'), Type.Literal('warn')])) },
    { additionalProperties: false },
  ),
  Type.Object(
    {
      kind: Type.Literal('freshness'),
      maxAge: Duration,
      action: Type.Optional(Type.Union([Type.Literal('stop'), Type.Literal('warn')])),
    },
    { additionalProperties: false },
  ),
  Type.Object(
    {
      kind: Type.Literal('unique'),
      columns: Type.Array(FieldName, { minItems: 1 }),
      action: Type.Optional(Type.Union([Type.Literal('stop'), Type.Literal('warn')])),
    },
    { additionalProperties: false },
  ),
  Type.Object(
    {
      kind: Type.Literal('rows'),
      minimum: Type.Integer({ minimum: 0 }),
      action: Type.Optional(Type.Union([Type.Literal('stop'), Type.Literal('warn')])),
    },
    { additionalProperties: false },
  ),
  /** PSI of each numeric column against the parent version; warns by default. */
  Type.Object(
    {
      kind: Type.Literal('distribution'),
      maxPsi: Type.Optional(Type.Number()),
      action: Type.Optional(Type.Union([Type.Literal('stop'), Type.Literal('warn')])),
    },
    { additionalProperties: false },
  ),
]);
export type ValidationCheck = Static<typeof ValidationCheck>;

export const DatasetDefinition = Type.Object(
  {
    name: Name,
    description: Type.Optional(Type.String()),
    fields: Type.Array(Field, { minItems: 1 }),
    /** The column whose event time decides the day window that a row belongs to. */
    eventTime: FieldName,
    checks: Type.Array(ValidationCheck),
  },
  { additionalProperties: false },
);
export type DatasetDefinition = Static<typeof DatasetDefinition>;

/** One immutable Parquet file of a version: the rows of a half-open window [fromMs, toMs) of event time. */
export const DatasetPart = Type.Object({
  fromMs: Type.Number(),
  toMs: Type.Number(),
  digest: Digest,
  bytes: Type.Integer(),
  rows: Type.Integer(),
  source: Type.String(),
});
export type DatasetPart = Static<typeof DatasetPart>;

/** Immutable and content-addressed: `id` is the digest of its parts' digests and its schema. */
export const DatasetVersion = Type.Object({
  dataset: Name,
  version: Type.Integer({ minimum: 1 }),
  id: Digest,
  parent: Type.Union([Type.Integer(), Type.Null()]),
  parts: Type.Array(DatasetPart),
  rows: Type.Integer(),
  causeId: Type.Union([Type.String(), Type.Null()]),
  createdAtMs: Type.Number(),
});
export type DatasetVersion = Static<typeof DatasetVersion>;
