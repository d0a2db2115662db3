import type { Frame } from '../frame.ts';
import { PmmlError } from '../pmml-error.ts';
import { compilePredicateOf, type Predicate } from '../predicate.ts';
import { attributeOf, childrenOf, numberAttribute, requiredChild, wordAttribute, type XmlElement } from '../xml.ts';
import { largest, type ModelContext, type Prediction, type Scorer } from './prediction.ts';

interface Rule {
  readonly kind: 'simple';
  readonly id: string;
  readonly holds: Predicate;
  readonly score: string;
  readonly weight: number;
  readonly confidence: number;
}

interface RuleGroup {
  readonly kind: 'compound';
  readonly holds: Predicate;
  readonly rules: readonly (Rule | RuleGroup)[];
}

/** https://dmg.org/pmml/v4-4-1/RuleSet.html, by the first of its selection methods. */
export function compileRuleSet(context: ModelContext): Scorer {
  const set = requiredChild(context.element, 'RuleSet');
  const method = requiredChild(set, 'RuleSelectionMethod');
  attributeOf(method, 'criterion');
  const criterion = wordAttribute(method, 'criterion', ['firstHit', 'weightedSum', 'weightedMax']);
  const ids = { next: 1 };
  const rules = readRules(set, context, ids);
  const fallback = defaultPrediction(set);
  const select = { firstHit: first, weightedSum: bySum, weightedMax: byMaximum }[criterion];
  return (frame) => {
    const fired: Rule[] = [];
    for (const rule of firing(rules, frame)) {
      fired.push(rule);
      if (criterion === 'firstHit') break;
    }
    return fired.length === 0 ? fallback : select(fired);
  };
}

function defaultPrediction(set: XmlElement): Prediction | null {
  const { defaultScore } = set.attributes;
  if (defaultScore === undefined) return null;
  return withConfidence(defaultScore, numberAttribute(set, 'defaultConfidence', 0), null);
}

function withConfidence(value: string, confidence: number, entityId: string | null): Prediction {
  const confidences = new Map([[value, confidence]]);
  return { value, confidences, probabilities: confidences, entityId };
}

function readRules(element: XmlElement, context: ModelContext, ids: { next: number }): (Rule | RuleGroup)[] {
  return childrenOf(element, 'SimpleRule', 'CompoundRule').map((rule) => {
    const holds = compilePredicateOf(rule, context.scope);
    if (rule.name === 'CompoundRule') return { kind: 'compound', holds, rules: readRules(rule, context, ids) };
    return {
      kind: 'simple',
      holds,
      id: rule.attributes['id'] ?? String(ids.next++),
      score: attributeOf(rule, 'score'),
      weight: numberAttribute(rule, 'weight', 1),
      confidence: numberAttribute(rule, 'confidence', 1),
    };
  });
}

function* firing(rules: readonly (Rule | RuleGroup)[], frame: Frame): Generator<Rule> {
  for (const rule of rules) {
    if (rule.holds(frame) !== true) continue;
    if (rule.kind === 'simple') yield rule;
    else yield* firing(rule.rules, frame);
  }
}

function first([rule]: readonly Rule[]): Prediction {
  if (rule === undefined) throw new PmmlError('No rule fired.');
  return withConfidence(rule.score, rule.confidence, rule.id);
}

function byMaximum(fired: readonly Rule[]): Prediction {
  return first([...fired].toSorted((a, b) => b.weight - a.weight));
}

/** The score whose rules weigh most together; its confidence is that sum over the number of rules that fired. */
function bySum(fired: readonly Rule[]): Prediction {
  const sums = new Map<string, number>();
  for (const { score, weight } of fired) sums.set(score, (sums.get(score) ?? 0) + weight);
  const winner = largest(sums);
  const confidences = new Map([...sums].map(([score, sum]) => [score, sum / fired.length]));
  const rule = fired.find(({ score }) => score === winner);
  return { value: winner, confidences, probabilities: confidences, entityId: rule?.id ?? null };
}
