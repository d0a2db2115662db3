import { Type, type Static } from './type.ts';
import { Limit, LogLossGate } from './gate.ts';
import { FieldName } from './names.ts';

const share = Type.Number({ minimum: 0, maximum: 1 });
const nullable = <T extends Parameters<typeof Type.Union>[0][number]>(schema: T) => Type.Union([schema, Type.Null()]);

export const shadowPlan = {
  /** Share of the requests that are copied to the challenger, behind the answer of the incumbent. */
  sample: Type.Number({ exclusiveMinimum: 0, maximum: 1 }),
  /** Answers agree where they differ by `tolerance` at most; the share of those that agree must not lie below `min`. */
  agreement: Type.Object({ tolerance: Type.Number({ minimum: 0 }), min: share }, { additionalProperties: false }),
  /** Judged on the copies; a log loss is compared answer by answer, on the same label. */
  gates: Type.Array(Type.Union([...Limit.anyOf, LogLossGate])),
  /** Inputs or features by whose values the differences are shown apart. */
  slices: Type.Optional(Type.Array(FieldName, { maxItems: 3 })),
  /** Least time, wall clock, and least number of copied answers, before the challenger passes. */
  minSeconds: Type.Number({ minimum: 0 }),
  minSamples: Type.Integer({ minimum: 1 }),
  /**
   * Says that the challenger does nothing but answer, so that it may be asked beside the incumbent. A model that runs
   * code of its own is refused without it.
   */
  sideEffects: Type.Optional(Type.Literal('none')),
  /** A shadow sees answers, not what they lead to: once it has passed a person decides (`pause`, default), or it is promoted. */
  whenPassed: Type.Optional(Type.Enum(['pause', 'promote'])),
};

/**
 * The `value` of a `shadow-answered` event: what a challenger in the shadow answered to a row, beside what its caller
 * got. Its key is the endpoint, its id that of the decision.
 */
export const ShadowAnswer = Type.Object({
  endpoint: Type.String(),
  releaseId: Type.String(),
  eventTimeMs: Type.Number(),
  challenger: Type.String(),
  /** The answers of the variants themselves, before any rule; null where there was none, or where it is no number. */
  score: nullable(Type.Number()),
  incumbentScore: nullable(Type.Number()),
  /** Challenger − incumbent; of tensors the largest difference. Null where one gave no answer, or one of another shape. */
  difference: nullable(Type.Number()),
  /** Null where one of the two gave no answer. */
  agrees: nullable(Type.Boolean()),
  errorCode: nullable(Type.String()),
  incumbentErrorCode: nullable(Type.String()),
  /** Asking the variant alone. */
  latencyMs: Type.Number(),
  incumbentLatencyMs: Type.Number(),
  /** Fields by whose values differences are shown apart. */
  slices: Type.Record(Type.String(), Type.Unknown()),
  /** Copies that were dropped under load since the last event of this endpoint. */
  dropped: Type.Integer({ minimum: 0 }),
});
export type ShadowAnswer = Static<typeof ShadowAnswer>;
