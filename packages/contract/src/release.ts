import { Type, type Static } from './type.ts';
import { Name, Reason } from './names.ts';
import { Variant } from './variant.ts';

/**
 * What a release must hold to. The challenger is compared with the incumbent over the same window.
 * `error-rate` and `latency-p95` are absolute limits; `log-loss` (and later KPIs) limit the difference
 * challenger − incumbent, judged by an always-valid confidence sequence.
 */
export const Gate = Type.Union([
  Type.Object(
    { metric: Type.Literal('error-rate'), max: Type.Number({ minimum: 0, maximum: 1 }) },
    { additionalProperties: false },
  ),
  Type.Object(
    { metric: Type.Literal('latency-p95'), maxMs: Type.Number({ exclusiveMinimum: 0 }) },
    { additionalProperties: false },
  ),
  Type.Object(
    {
      metric: Type.Literal('log-loss'),
      /** Name of the outcome value that holds the 0/1 label. */
      label: Type.String(),
      /** Largest tolerated mean difference challenger − incumbent, in nats. */
      margin: Type.Number({ minimum: 0 }),
      alpha: Type.Optional(Type.Number({ exclusiveMinimum: 0, exclusiveMaximum: 0.5 })),
    },
    { additionalProperties: false },
  ),
]);
export type Gate = Static<typeof Gate>;

export const CanaryStep = Type.Object(
  {
    /** Share of traffic to the challenger, 0…1. */
    weight: Type.Number({ exclusiveMinimum: 0, maximum: 1 }),
    /** Least time at this step, wall clock. */
    minSeconds: Type.Number({ minimum: 0 }),
    /** Least number of challenger decisions (with outcomes, where a gate needs them) before the step may pass. */
    minSamples: Type.Integer({ minimum: 1 }),
  },
  { additionalProperties: false },
);
export type CanaryStep = Static<typeof CanaryStep>;

/** How a version comes in, without saying which: the policy of an endpoint, the argument of a deploy. */
export const ReleasePolicy = Type.Union([
  Type.Object({ kind: Type.Literal('single') }, { additionalProperties: false }),
  Type.Object(
    {
      kind: Type.Literal('canary'),
      steps: Type.Array(CanaryStep, { minItems: 1, maxItems: 20 }),
      gates: Type.Array(Gate, { minItems: 1 }),
      /** After this much time without a conclusion the release is inconclusive. */
      maxSeconds: Type.Number({ exclusiveMinimum: 0 }),
      /** No conclusion never promotes: wait for a person, or take the challenger back. */
      whenInconclusive: Type.Union([Type.Literal('pause'), Type.Literal('rollback')]),
    },
    { additionalProperties: false },
  ),
]);
export type ReleasePolicy = Static<typeof ReleasePolicy>;

/** A policy bound to its variants. Closed union; every member has a module of its own in packages/decision. */
export const Strategy = Type.Union([
  Type.Object({ kind: Type.Literal('single'), variant: Variant }, { additionalProperties: false }),
  Type.Object(
    {
      kind: Type.Literal('canary'),
      incumbent: Variant,
      challenger: Variant,
      steps: Type.Array(CanaryStep, { minItems: 1, maxItems: 20 }),
      gates: Type.Array(Gate, { minItems: 1 }),
      maxSeconds: Type.Number({ exclusiveMinimum: 0 }),
      whenInconclusive: Type.Union([Type.Literal('pause'), Type.Literal('rollback')]),
    },
    { additionalProperties: false },
  ),
]);
export type Strategy = Static<typeof Strategy>;

/**
 * States of a release:
 *   running → promoted | rolled-back | paused | superseded
 *   paused  → running (resume) | promoted | rolled-back
 *   rolled-back → running (retry, as a new release)
 * Exactly one release per endpoint is `live` (running, paused or promoted and not superseded).
 */
export const ReleaseState = Type.Union([
  Type.Literal('running'),
  Type.Literal('paused'),
  Type.Literal('promoted'),
  Type.Literal('rolled-back'),
  Type.Literal('superseded'),
]);
export type ReleaseState = Static<typeof ReleaseState>;

/** What one gate saw: the raw value is always kept beside the verdict. */
export const GateReading = Type.Object({
  gate: Gate,
  verdict: Type.Union([Type.Literal('pass'), Type.Literal('fail'), Type.Literal('inconclusive')]),
  /** The challenger's own value, and the incumbent's over the same window; null where there is no data. */
  challenger: Type.Union([Type.Number(), Type.Null()]),
  incumbent: Type.Union([Type.Number(), Type.Null()]),
  /** Confidence interval of what is judged (the difference, or the challenger's value). */
  interval: Type.Union([Type.Tuple([Type.Number(), Type.Number()]), Type.Null()]),
  challengerSamples: Type.Integer({ minimum: 0 }),
  incumbentSamples: Type.Integer({ minimum: 0 }),
});
export type GateReading = Static<typeof GateReading>;

export const Release = Type.Object({
  id: Type.String(),
  endpoint: Name,
  strategy: Strategy,
  state: ReleaseState,
  /** Index into the strategy's steps; 0 where there are none. */
  step: Type.Integer({ minimum: 0 }),
  stepStartedAtMs: Type.Number(),
  readings: Type.Array(GateReading),
  /** Why it is in this state, for people. */
  reason: Reason,
  actor: Type.String(),
  causeId: Type.Union([Type.String(), Type.Null()]),
  createdAtMs: Type.Number(),
  updatedAtMs: Type.Number(),
  endedAtMs: Type.Union([Type.Number(), Type.Null()]),
});
export type Release = Static<typeof Release>;
