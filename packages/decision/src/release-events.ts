import type { AnswerSource, Decision } from '@mulle/contract';

/** An answered request of a release. */
export interface DecisionEvent {
  readonly kind: 'decision';
  readonly group: string;
  readonly propensity: number;
  readonly source: AnswerSource;
  /** The assigned variant gave no answer of its own, whether or not a fallback did. */
  readonly failed: boolean;
  readonly latencyMs: number;
  readonly score: number | null;
  readonly atMs: number;
}

/** What became of an answered request. */
export interface OutcomeEvent {
  readonly kind: 'outcome';
  readonly group: string;
  readonly propensity: number;
  readonly source: AnswerSource;
  readonly score: number | null;
  readonly label: 0 | 1 | null;
}

export type ReleaseEvent = DecisionEvent | OutcomeEvent;

/** What a release folds of a recorded decision; null where the decision was none of a release, or pinned. */
export function decisionEvent(decision: Decision): DecisionEvent | null {
  const { group, propensity, releaseId, source, score } = decision;
  if (releaseId === null || group === null || propensity === null || decision.pinned) return null;
  const failed = decision.errorCode !== null;
  return {
    kind: 'decision',
    group,
    propensity,
    source,
    failed,
    latencyMs: decision.latencyMs,
    score,
    atMs: decision.eventTimeMs,
  };
}

/** What is kept of a decision until its outcome comes. */
export type AnsweredDecision = Pick<Decision, 'releaseId' | 'group' | 'propensity' | 'pinned' | 'source' | 'score'>;

/**
 * What a release folds of an outcome that joined a decision. The label is the outcome value that the gate names:
 * 0, 1, false or true; anything else counts as no label.
 */
export function outcomeEvent(decision: AnsweredDecision, label: unknown): OutcomeEvent | null {
  const { group, propensity, releaseId, source, score } = decision;
  if (releaseId === null || group === null || propensity === null || decision.pinned) return null;
  const value = typeof label === 'boolean' ? Number(label) : label;
  return { kind: 'outcome', group, propensity, source, score, label: value === 0 || value === 1 ? value : null };
}
