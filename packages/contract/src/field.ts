import { Type, type Static } from './type.ts';
import { FieldName } from './names.ts';

/**
 * Types of a column, a request field or an outcome value.
 * `timestamp` is ms since the epoch in JSON (an ISO 8601 string is accepted and converted), TIMESTAMP in Parquet.
 */
export const FieldType = Type.Union([
  Type.Literal('number'),
  Type.Literal('integer'),
  Type.Literal('boolean'),
  Type.Literal('string'),
  Type.Literal('timestamp'),
]);
export type FieldType = Static<typeof FieldType>;

/** One column with the expectations that validation and the request path hold it to. */
export const Field = Type.Object(
  {
    name: FieldName,
    type: FieldType,
    /** May be null or absent; default false. */
    nullable: Type.Optional(Type.Boolean()),
    /** Inclusive bounds, in the field's own unit. */
    minimum: Type.Optional(Type.Number()),
    maximum: Type.Optional(Type.Number()),
    /** The closed set of values of a category. */
    values: Type.Optional(Type.Array(Type.String(), { maxItems: 10_000 })),
    unit: Type.Optional(Type.String()),
    description: Type.Optional(Type.String()),
  },
  { additionalProperties: false },
);
export type Field = Static<typeof Field>;
