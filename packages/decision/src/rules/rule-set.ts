/**
 * Evaluates a rule set: pure, without a clock or a draw, the same in data, work, control and an SDK.
 *
 * Rules are asked in order of priority. Each that fires is noted; those that enrich set values for the rules after
 * them, and the first that decides or overrides ends the round. A rule whose expression fails (a field is null, a type
 * differs) does not fire and is noted as faulted: a broken rule must never take an answer down.
 */
import type { Rule, RuleSetDefinition } from '@mulle/contract';
import { compileExpression, type CelValue, type CompiledExpression, type ExpressionScope } from './expression.ts';

export interface RuleAnswer {
  readonly rule: Rule;
  readonly score: number;
  readonly label: string | null;
}

export interface RuleSetOutcome {
  /** Rules that fired, in the order in which they did. */
  readonly fired: readonly Rule[];
  /** Null: no rule answers. */
  readonly answer: RuleAnswer | null;
  /** What enriching rules have set. */
  readonly enriched: Readonly<Record<string, CelValue>>;
  /** Names of rules whose expressions failed. */
  readonly faulted: readonly string[];
}

export interface CompiledRuleSet {
  readonly definition: RuleSetDefinition;
  readonly rules: readonly CompiledRule[];
  /** Never throws. */
  evaluate(facts: Omit<ExpressionScope, 'enriched'>): RuleSetOutcome;
}

export interface CompiledRule {
  readonly rule: Rule;
  readonly when: CompiledExpression;
  /** The answer of a rule that gives one. */
  readonly score: CompiledExpression | number | null;
  readonly set: readonly (readonly [string, CompiledExpression])[];
}

/** Compiles a rule; throws RangeError on an expression that cannot be used. */
function compileRule(rule: Rule): CompiledRule {
  const { effect } = rule;
  const when = compileExpression(rule.when);
  if (effect.kind === 'enrich') {
    const set = Object.entries(effect.set).map(([name, source]) => [name, compileExpression(source)] as const);
    return { rule, when, score: null, set };
  }
  const score = typeof effect.score === 'number' ? effect.score : compileExpression(effect.score);
  return { rule, when, score, set: [] };
}

/** Compiles a rule set. Throws RangeError naming the first rule that cannot be used. */
export function compileRuleSet(definition: RuleSetDefinition): CompiledRuleSet {
  const rules = definition.rules
    .toSorted((a, b) => (b.priority ?? 0) - (a.priority ?? 0))
    .map((rule) => {
      try {
        return compileRule(rule);
      } catch (thrown) {
        throw new RangeError(`Rule ${rule.name}: ${thrown instanceof Error ? thrown.message : String(thrown)}`);
      }
    });
  return { definition, rules, evaluate: (facts) => evaluate(rules, facts) };
}

function evaluate(rules: readonly CompiledRule[], facts: Omit<ExpressionScope, 'enriched'>): RuleSetOutcome {
  const enriched: Record<string, CelValue> = {};
  const scope: ExpressionScope = { ...facts, enriched };
  const fired: Rule[] = [];
  const faulted: string[] = [];
  for (const compiled of rules) {
    try {
      if (compiled.when.evaluate(scope) !== true) continue;
      if (compiled.score === null) {
        const values = compiled.set.map(([name, expression]) => [name, expression.evaluate(scope)] as const);
        for (const [name, value] of values) enriched[name] = value;
        fired.push(compiled.rule);
        continue;
      }
      const answer = answerOf(compiled, compiled.score, scope);
      fired.push(compiled.rule);
      return { fired, answer, enriched, faulted };
    } catch {
      faulted.push(compiled.rule.name);
    }
  }
  return { fired, answer: null, enriched, faulted };
}

function answerOf({ rule }: CompiledRule, given: CompiledExpression | number, scope: ExpressionScope): RuleAnswer {
  const score = typeof given === 'number' ? given : given.evaluate(scope);
  if (typeof score !== 'number' || !Number.isFinite(score)) throw new TypeError('The answer is no number.');
  const { effect } = rule;
  return { rule, score, label: effect.kind === 'enrich' ? null : (effect.label ?? null) };
}
