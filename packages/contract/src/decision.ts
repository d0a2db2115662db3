import { Type, type Static } from './type.ts';
import { AnswerSource } from './provenance.ts';
import { RuleFiring } from './rules.ts';

const nullable = <T extends Parameters<typeof Type.Union>[0][number]>(schema: T) => Type.Union([schema, Type.Null()]);

/**
 * The `value` of a `decision-made` event, one per answered row; the event's key is the endpoint, its id the decision's
 * id: the request id, with `#row` after it where a request had several rows.
 */
export const Decision = Type.Object({
  endpoint: Type.String(),
  requestId: Type.String(),
  /** Event time: the request's own time where the endpoint declares a time field, else the wall clock. */
  eventTimeMs: Type.Number(),
  unit: nullable(Type.String()),
  releaseId: nullable(Type.String()),
  /** The group within the release: `incumbent`, `challenger`, `only`. */
  group: nullable(Type.String()),
  /** Bypassed the release by naming its version: left out of experiments. */
  pinned: Type.Boolean(),
  /** The override that chose in place of the release: no propensity, and no part in experiments. */
  override: Type.Optional(Type.String()),
  assignedVariant: nullable(Type.String()),
  servedVariant: nullable(Type.String()),
  /** Probability with which the release chose the assigned variant, logged at decision time. */
  propensity: nullable(Type.Number()),
  source: AnswerSource,
  ageMs: Type.Number(),
  /** The caller's fields, and the features as served (null = missing). */
  inputs: Type.Record(Type.String(), Type.Unknown()),
  features: Type.Record(Type.String(), nullable(Type.Number())),
  /** Fields outside their declared range or categories: answered all the same, and told to the monitors. */
  violations: Type.Array(Type.String()),
  /** The answer: for a binary classifier the probability of class 1. Null when there was none. */
  score: nullable(Type.Number()),
  /** What the answer means, where a rule says so. */
  label: Type.Optional(Type.String()),
  /** The answer of an endpoint that takes tensors: by name its datatype, shape and, where it is small, values. */
  outputs: Type.Optional(Type.Record(Type.String(), Type.Unknown())),
  /** Rules that fired, in the order in which they did; absent where none did. */
  rules: Type.Optional(Type.Array(RuleFiring)),
  /** The variant's own answer, where a rule overrode it. */
  variantScore: Type.Optional(Type.Number()),
  /** `null` when answered by a variant without fault, else the error code of what failed on the way. */
  errorCode: nullable(Type.String()),
  latencyMs: Type.Number(),
  /** Microseconds by stage of the request path. */
  stagesUs: Type.Record(Type.String(), Type.Number()),
  definitionsVersion: Type.Integer(),
  dialsEpoch: Type.Integer(),
});
export type Decision = Static<typeof Decision>;
