import { Type, type Static } from './type.ts';
import { GateReading } from './gate.ts';
import { Name, Reason } from './names.ts';
import { Strategy } from './release-policy.ts';
import { ReleaseTerms } from './release-terms.ts';

/**
 * States of a release:
 *   pending → running | promoted (`single`) | rolled-back | superseded: it waits for its time or for approval
 *   running → promoted | rolled-back | paused | superseded
 *   paused  → running (resume) | promoted | rolled-back
 *   rolled-back → running (retry, as a new release)
 * Exactly one release per endpoint is `live` (running, paused or promoted and not superseded).
 */
export const ReleaseState = Type.Union([
  Type.Literal('pending'),
  Type.Literal('running'),
  Type.Literal('paused'),
  Type.Literal('promoted'),
  Type.Literal('rolled-back'),
  Type.Literal('superseded'),
]);
export type ReleaseState = Static<typeof ReleaseState>;

export const Release = Type.Object({
  id: Type.String(),
  endpoint: Name,
  strategy: Strategy,
  terms: Type.Optional(ReleaseTerms),
  state: ReleaseState,
  /** Index into the strategy's steps; 0 where there are none. */
  step: Type.Integer({ minimum: 0 }),
  stepStartedAtMs: Type.Number(),
  readings: Type.Array(GateReading),
  /** The group that was promoted, where there was more than one challenger; else the challenger. */
  winner: Type.Optional(Type.String()),
  /** Why it is in this state, for people. */
  reason: Reason,
  actor: Type.String(),
  causeId: Type.Union([Type.String(), Type.Null()]),
  createdAtMs: Type.Number(),
  updatedAtMs: Type.Number(),
  endedAtMs: Type.Union([Type.Number(), Type.Null()]),
});
export type Release = Static<typeof Release>;
