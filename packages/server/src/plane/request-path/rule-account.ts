import type { Rule, RuleStage } from '@mulle/contract';
import type { RuleAnswer } from '@mulle/decision/rules';

export interface FiredRule {
  readonly stage: RuleStage;
  /** Id of the rule set's version. */
  readonly ruleSet: string;
  readonly rule: Rule;
}

/** What rules did to one row. */
export interface RowRules {
  readonly fired: FiredRule[];
  /** The answer of a rule before or after the variants, which stands in place of theirs. */
  answer: RuleAnswer | null;
  /** What the answer means, also where a rule set that is a variant gave it. */
  label: string | null;
  /** The variant's own answer, where a rule overrode it. */
  variantScore: number | null;
}
