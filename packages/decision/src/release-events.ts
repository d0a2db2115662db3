import type { AnswerSource, Decision, RecordedOutcome, ShadowAnswer } from '@mulle/contract';

/** Names of outcome values, and of inputs or features. */
export interface Wanted {
  readonly outcomes: readonly string[];
  readonly fields: readonly string[];
}

/** What is known of a decision: whatever happens to it later tells this with it. */
interface OfDecision {
  readonly group: string;
  /** Who or what was assigned: decisions of one unit are not independent of each other. */
  readonly unit: string;
  readonly propensity: number;
  readonly source: AnswerSource;
  readonly score: number | null;
  /** Event time of the decision. */
  readonly atMs: number;
  /** The fields that the strategy wants (see `wantedBy`): inputs, or features as they were served. */
  readonly fields: Readonly<Record<string, unknown>>;
}

/** An answered request of a release. */
export interface DecisionEvent extends OfDecision {
  readonly kind: 'decision';
  /** The assigned variant gave no answer of its own, whether or not a fallback did. */
  readonly failed: boolean;
  readonly latencyMs: number;
}

/** What became of an answered request: those of the values that the strategy wants that came now, as numbers. */
export interface OutcomeEvent extends OfDecision {
  readonly kind: 'outcome';
  readonly values: Readonly<Record<string, number>>;
  /** What a challenger in the shadow answered to the same row, where one did. */
  readonly shadowScore?: number | null;
}

/** What a challenger in the shadow answered to a copy, beside the incumbent's answer. */
export interface ShadowEvent extends Pick<ShadowAnswer, 'agrees' | 'difference' | 'dropped'> {
  readonly challenger: Pick<DecisionEvent, 'failed' | 'latencyMs'>;
  readonly incumbent: Pick<DecisionEvent, 'failed' | 'latencyMs'>;
  readonly fields: Readonly<Record<string, unknown>>;
}

export type ReleaseEvent = DecisionEvent | OutcomeEvent;

/** What is kept of a decision until its outcomes come; `fields` are those that the strategy wants. */
export type AnsweredDecision = Pick<
  Decision,
  'releaseId' | 'group' | 'unit' | 'propensity' | 'pinned' | 'source' | 'score' | 'eventTimeMs'
> & { readonly fields: Readonly<Record<string, unknown>>; readonly shadowScore?: number | null };

/** The wanted fields of a decision: the input of that name, else the feature. */
export function fieldsOf(
  { inputs, features }: Pick<Decision, 'inputs' | 'features'>,
  wanted: readonly string[],
): Record<string, unknown> {
  const fields: Record<string, unknown> = {};
  for (const name of wanted) fields[name] = inputs[name] ?? features[name] ?? null;
  return fields;
}

function partOf(decision: AnsweredDecision): OfDecision | null {
  const { group, unit, propensity, releaseId, source, score, fields, eventTimeMs: atMs } = decision;
  if (releaseId === null || group === null || propensity === null || decision.pinned) return null;
  return { group, unit: unit ?? '', propensity, source, score, atMs, fields };
}

/** What a release folds of a recorded decision; null where the decision was none of a release, or pinned. */
export function decisionEvent(decision: Decision, wantedFields: readonly string[]): DecisionEvent | null {
  const part = partOf({ ...decision, fields: fieldsOf(decision, wantedFields) });
  if (part === null) return null;
  const { errorCode, latencyMs } = decision;
  return { ...part, kind: 'decision', failed: errorCode !== null, latencyMs };
}

/**
 * What a release folds of an outcome that joined a decision. Values are numbers, false and true being 0 and 1; others
 * are left out, and with none left there is nothing to fold.
 */
export function outcomeEvent(decision: AnsweredDecision, outcome: RecordedOutcome['values']): OutcomeEvent | null {
  const part = partOf(decision);
  if (part === null) return null;
  const values: Record<string, number> = {};
  let any = false;
  for (const [name, value] of Object.entries(outcome)) {
    const number = typeof value === 'boolean' ? Number(value) : value;
    if (typeof number !== 'number' || !Number.isFinite(number)) continue;
    values[name] = number;
    any = true;
  }
  const { shadowScore } = decision;
  return any ? { ...part, kind: 'outcome', values, ...(shadowScore === undefined ? {} : { shadowScore }) } : null;
}

/** What a release folds of a recorded copy. */
export function shadowEvent(answer: ShadowAnswer): ShadowEvent {
  const { agrees, difference, dropped, slices, errorCode, latencyMs, incumbentErrorCode, incumbentLatencyMs } = answer;
  return {
    agrees,
    difference,
    dropped,
    fields: slices,
    challenger: { failed: errorCode !== null, latencyMs },
    incumbent: { failed: incumbentErrorCode !== null, latencyMs: incumbentLatencyMs },
  };
}
