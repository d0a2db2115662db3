import type { Decision, RuleHits, RuleStage } from '@mulle/contract';

/** Rules counted at most; beyond it new ones are left out. */
const rulesKept = 20_000;

interface Count {
  readonly ruleSet: string;
  readonly rule: string;
  readonly stage: RuleStage;
  hits: number;
  lastAtMs: number;
}

/** Plain JSON. */
export type RuleHitsSnapshot = Count[];

/**
 * How often each rule fired since the log began. Counts are told whole, never as differences, so that telling them
 * twice, or folding again after a crash, changes nothing.
 */
export class RuleHitCounts {
  readonly #counts: Map<string, Count>;
  readonly #untold = new Set<string>();

  constructor(snapshot: RuleHitsSnapshot = []) {
    this.#counts = new Map(snapshot.map((count) => [keyOf(count), count]));
  }

  foldDecision({ rules }: Decision, timeMs: number): void {
    for (const { ruleSet, rule, stage } of rules ?? []) {
      const key = keyOf({ ruleSet, rule, stage });
      const count = this.#counts.get(key) ?? { ruleSet, rule, stage, hits: 0, lastAtMs: timeMs };
      if (count.hits === 0 && this.#counts.size >= rulesKept) continue;
      count.hits++;
      count.lastAtMs = Math.max(count.lastAtMs, timeMs);
      this.#counts.set(key, count);
      this.#untold.add(key);
    }
  }

  /** What has changed since it was taken last, by rule set. */
  takeUntold(): { ruleSet: string; hits: RuleHits[] }[] {
    const counts = [...this.#untold].flatMap((key) => this.#counts.get(key) ?? []);
    this.#untold.clear();
    const bySet = Map.groupBy(counts, ({ ruleSet }) => ruleSet);
    return [...bySet].map(([ruleSet, own]) => ({
      ruleSet,
      hits: own.map(({ rule, stage, hits, lastAtMs }) => ({ rule, stage, hits, lastAtMs })),
    }));
  }

  /** What was taken could not be told. */
  putBack(told: readonly { readonly ruleSet: string; readonly hits: readonly RuleHits[] }[]): void {
    for (const { ruleSet, hits } of told)
      for (const { rule, stage } of hits) if (stage !== null) this.#untold.add(keyOf({ ruleSet, rule, stage }));
  }

  snapshot(): RuleHitsSnapshot {
    return [...this.#counts.values()];
  }
}

function keyOf({ ruleSet, rule, stage }: Pick<Count, 'ruleSet' | 'rule' | 'stage'>): string {
  return `${ruleSet} ${rule} ${stage}`;
}
