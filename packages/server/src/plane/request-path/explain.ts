import { provenanceHeaders, type Explanation } from '@mulle/contract';
import type { Exchange } from './exchange.ts';

/** Why the answer is what it is; null where the caller did not ask. */
export function explain(exchange: Exchange): Explanation | null {
  const { request, decoded, assignedId, served, propensity, rules, override } = exchange;
  const header = request.headers[provenanceHeaders.explain];
  if (decoded?.explain !== true && header !== 'true' && header !== '1') return null;
  return {
    assigned_variant: assignedId,
    served_variant: served?.id ?? null,
    propensity,
    ...(override === null ? {} : { override }),
    rules: (rules ?? []).flatMap(({ fired, variantScore }, row) =>
      fired.map(({ stage, ruleSet, rule }) => ({
        row,
        stage,
        rule_set: ruleSet,
        rule: rule.name,
        effect: rule.effect.kind,
        explanation: rule.explanation,
        ...(stage === 'after' && variantScore !== null ? { variant_score: variantScore } : {}),
      })),
    ),
  };
}

/** What the answers mean, by row; null where no rule says so. */
export function labelsOf({ rules }: Exchange): (string | null)[] | null {
  if (rules === null || rules.every(({ label }) => label === null)) return null;
  return rules.map(({ label }) => label);
}
