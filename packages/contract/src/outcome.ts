import { Type, type Static } from './type.ts';
import { Name } from './names.ts';

/**
 * What became of something: a label, a click, a reward. With `decisionId` it joins the decision; without, it still
 * feeds features, datasets and label drift. The event's key is the endpoint.
 */
export const Outcome = Type.Object(
  {
    /** Makes a retry safe: the same id is recorded once. Default: made by the server. */
    id: Type.Optional(Type.String({ minLength: 1, maxLength: 128 })),
    decisionId: Type.Optional(Type.String({ minLength: 1, maxLength: 160 })),
    /** When the outcome became known, ms since the epoch; default: now. */
    eventTimeMs: Type.Optional(Type.Number()),
    values: Type.Record(Type.String(), Type.Union([Type.Number(), Type.String(), Type.Boolean(), Type.Null()])),
  },
  { additionalProperties: false },
);
export type Outcome = Static<typeof Outcome>;

/** Body of `POST /v1/endpoints/{name}/outcomes` on the traffic port. */
export const RecordOutcomes = Type.Object(
  { outcomes: Type.Array(Outcome, { minItems: 1, maxItems: 10_000 }) },
  { additionalProperties: false },
);
export type RecordOutcomes = Static<typeof RecordOutcomes>;

/** The `value` of an `outcome-recorded` event. */
export const RecordedOutcome = Type.Object({
  endpoint: Name,
  decisionId: Type.Union([Type.String(), Type.Null()]),
  eventTimeMs: Type.Number(),
  values: Outcome.properties.values,
});
export type RecordedOutcome = Static<typeof RecordedOutcome>;
