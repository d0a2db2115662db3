/**
 * Joins outcomes to the decisions they are about, by the decision's id.
 *
 * A decision waits for the labels that somebody wants of it (a gate, a quality monitor) and is forgotten when all have
 * come; each label joins once. An outcome may be read before its decision, for another process may have recorded it:
 * such outcomes wait too. Both waiting rooms are bounded by count, decisions also by age; what had to leave before its
 * other half came is counted.
 */
import type { Decision, RecordedOutcome } from '@mulle/contract';
import { fieldsOf, type AnsweredDecision, type Wanted } from '@mulle/decision';

/** What is kept of a decision until its labels come. */
export interface AwaitedDecision extends AnsweredDecision {
  readonly endpoint: string;
  readonly variant: string | null;
  /** Wall clock of its writer. */
  readonly atMs: number;
}

export interface Labelled {
  readonly decision: AwaitedDecision;
  /** Name of the outcome value. */
  readonly label: string;
  /** A number; false and true are 0 and 1. */
  readonly value: number;
}

export interface JoinLimits {
  decisions: number;
  decisionAgeMs: number;
  /** Outcomes that wait for their decision. */
  outcomes: number;
}

interface Waiting {
  decision: AwaitedDecision;
  labels: readonly string[];
}

/** Plain JSON. */
export interface JoinSnapshot {
  decisions: [id: string, decision: AwaitedDecision, labels: readonly string[]][];
  outcomes: [decisionId: string, values: RecordedOutcome['values']][];
  evicted: number;
}

const defaultLimits: JoinLimits = { decisions: 100_000, decisionAgeMs: 30 * 86_400_000, outcomes: 10_000 };

export class DecisionJoin {
  readonly #limits: JoinLimits;
  readonly #decisions: Map<string, Waiting>;
  readonly #outcomes: Map<string, RecordedOutcome['values']>;
  #evicted: number;

  constructor(snapshot?: JoinSnapshot, limits: Partial<JoinLimits> = {}) {
    this.#limits = { ...defaultLimits, ...limits };
    this.#decisions = new Map(snapshot?.decisions.map(([id, decision, labels]) => [id, { decision, labels }]));
    this.#outcomes = new Map(snapshot?.outcomes);
    this.#evicted = snapshot?.evicted ?? 0;
  }

  /** Decisions that left before all their labels had come. */
  get evicted(): number {
    return this.#evicted;
  }

  /** Takes a decision that awaits outcomes, and what is to be known of it then; answers those that had come before it. */
  addDecision(id: string, decision: Decision, { outcomes: labels, fields: wanted }: Wanted, atMs: number): Labelled[] {
    if (labels.length === 0 || decision.pinned) return [];
    // An exposure has no score, and outcomes all the same.
    if (decision.score === null && decision.source !== 'client') return [];
    const { releaseId, group, unit, propensity, pinned, source, score, endpoint, servedVariant, eventTimeMs } =
      decision;
    const fields = fieldsOf(decision, wanted);
    const kept = { releaseId, group, unit, propensity, pinned, source, score, fields, endpoint, eventTimeMs };
    this.#decisions.set(id, { decision: { ...kept, variant: servedVariant, atMs }, labels });
    this.#evict(atMs);
    const early = this.#outcomes.get(id);
    if (early === undefined) return [];
    this.#outcomes.delete(id);
    return this.addOutcome(id, early);
  }

  /** Takes what became of a decision; answers the labels that were awaited. */
  addOutcome(decisionId: string, values: RecordedOutcome['values']): Labelled[] {
    const waiting = this.#decisions.get(decisionId);
    if (waiting === undefined) {
      this.#outcomes.set(decisionId, values);
      if (this.#outcomes.size > this.#limits.outcomes) deleteFirst(this.#outcomes);
      return [];
    }
    const joined: Labelled[] = [];
    for (const label of waiting.labels) {
      const value = labelOf(values[label]);
      if (value !== null) joined.push({ decision: waiting.decision, label, value });
    }
    if (joined.length === waiting.labels.length) this.#decisions.delete(decisionId);
    else if (joined.length > 0) {
      waiting.labels = waiting.labels.filter((label) => !joined.some((one) => one.label === label));
    }
    return joined;
  }

  /** What a challenger in the shadow answered to the same row; of use while the decision still waits. */
  addShadow(decisionId: string, shadowScore: number | null): void {
    const waiting = this.#decisions.get(decisionId);
    if (waiting) waiting.decision = { ...waiting.decision, shadowScore };
  }

  snapshot(): JoinSnapshot {
    return {
      decisions: [...this.#decisions].map(([id, { decision, labels }]) => [id, decision, labels]),
      outcomes: [...this.#outcomes],
      evicted: this.#evicted,
    };
  }

  #evict(atMs: number): void {
    for (const { decision } of this.#decisions.values()) {
      const stays =
        this.#decisions.size <= this.#limits.decisions && decision.atMs >= atMs - this.#limits.decisionAgeMs;
      if (stays) return;
      deleteFirst(this.#decisions);
      this.#evicted += 1;
    }
  }
}

function labelOf(value: unknown): number | null {
  if (typeof value === 'boolean') return Number(value);
  return typeof value === 'number' && Number.isFinite(value) ? value : null;
}

function deleteFirst(map: Map<string, unknown>): void {
  for (const key of map.keys()) {
    map.delete(key);
    return;
  }
}
