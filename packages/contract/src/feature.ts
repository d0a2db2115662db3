import { Type, type Static } from './type.ts';
import { Duration, FieldName, Name } from './names.ts';

export const WindowAggregate = Type.Object(
  {
    name: FieldName,
    function: Type.Union([Type.Literal('count'), Type.Literal('sum'), Type.Literal('mean')]),
    /** The column that is aggregated; ignored by `count`. Booleans count as 0 and 1. */
    field: FieldName,
    /** Rows with event time in (t − window, t]. */
    window: Duration,
  },
  { additionalProperties: false },
);
export type WindowAggregate = Static<typeof WindowAggregate>;

/**
 * Rolling aggregates by entity, one definition for training (point-in-time join over the dataset) and serving
 * (streamed from outcomes). A row counts from its `knownAt` on, never before: no future leaks into training.
 */
export const FeatureView = Type.Object(
  {
    name: Name,
    description: Type.Optional(Type.String()),
    owner: Type.Optional(Type.String()),
    entity: Type.Array(FieldName, { minItems: 1, maxItems: 4 }),
    dataset: Name,
    /** The endpoint whose outcomes carry the same columns live. */
    stream: Name,
    /** The column that says when a row's values were known; its windows are over this time. */
    knownAt: FieldName,
    aggregates: Type.Array(WindowAggregate, { minItems: 1, maxItems: 100 }),
  },
  { additionalProperties: false },
);
export type FeatureView = Static<typeof FeatureView>;

/** Features computed from the request alone, each defined once for JavaScript and SQL. Times are read in UTC. */
export const transforms = ['identity', 'hour-of-day', 'day-of-week', 'day-of-year', 'log1p'] as const;
export const Transform = Type.Enum(transforms);
export type Transform = (typeof transforms)[number];

export const FeatureReference = Type.Union([
  Type.Object({ name: FieldName, transform: Transform, field: FieldName }, { additionalProperties: false }),
  Type.Object({ name: FieldName, view: Name, aggregate: FieldName }, { additionalProperties: false }),
]);
export type FeatureReference = Static<typeof FeatureReference>;

/** The ordered features of a model and the time at which they are looked up: what Feast calls a feature service. */
export const FeatureService = Type.Object(
  {
    name: Name,
    description: Type.Optional(Type.String()),
    eventTime: FieldName,
    features: Type.Array(FeatureReference, { minItems: 1, maxItems: 1_000 }),
  },
  { additionalProperties: false },
);
export type FeatureService = Static<typeof FeatureService>;
