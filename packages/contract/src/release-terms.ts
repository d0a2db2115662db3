import { Type, type Static } from './type.ts';
import { Overrides } from './override.ts';

const people = Type.Integer({ minimum: 0, maximum: 10 });

/** How many people have to approve before a release begins, and before it is promoted. Whoever deployed is none of them. */
export const ApprovalGates = Type.Object(
  { start: Type.Optional(people), promote: Type.Optional(people) },
  { additionalProperties: false },
);
export type ApprovalGates = Static<typeof ApprovalGates>;

export const ReleaseApproval = Type.Object({
  /** What was approved: that it begins, or that it is promoted. */
  of: Type.Enum(['start', 'promote']),
  actor: Type.String(),
  reason: Type.String(),
  atMs: Type.Number(),
});
export type ReleaseApproval = Static<typeof ReleaseApproval>;

/** What is asked of a release beside its strategy, by whoever deploys. */
export const deployTerms = {
  /** Asked before those of the endpoint. */
  overrides: Type.Optional(Overrides),
  /** It waits until then. */
  startAtMs: Type.Optional(Type.Number()),
  /** If nothing is concluded by then it is inconclusive: paused or taken back, as its policy says. */
  endAtMs: Type.Optional(Type.Number()),
};

/** What goes with a release beside its strategy. */
export const ReleaseTerms = Type.Object({
  ...deployTerms,
  /** Those of the endpoint when it was deployed. */
  approvalGates: Type.Optional(ApprovalGates),
  approvals: Type.Optional(Type.Array(ReleaseApproval)),
});
export type ReleaseTerms = Static<typeof ReleaseTerms>;

/** How many people still have to approve. */
export function approvalsMissing({ approvalGates, approvals = [] }: ReleaseTerms, of: ReleaseApproval['of']): number {
  return Math.max(0, (approvalGates?.[of] ?? 0) - approvals.filter((approval) => approval.of === of).length);
}
