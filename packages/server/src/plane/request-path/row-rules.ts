import type { RuleStage } from '@mulle/contract';
import type { RuleSetOutcome } from '@mulle/decision/rules';
import type { ServingRules } from '../serving/rule-serving.ts';
import type { Exchange } from './exchange.ts';
import { featuresOf, inputsOf } from './row-facts.ts';
import type { RowRules } from './rule-account.ts';

/** The rules' account of a row, made when it is first needed. */
export function rowRules(exchange: Exchange, row: number): RowRules {
  exchange.rules ??= exchange.rows.map(() => ({ fired: [], answer: null, label: null, variantScore: null }));
  const account = exchange.rules[row];
  if (account === undefined) throw new RangeError(`The request has no row ${row}.`);
  return account;
}

/** Asks a rule set about a row, as if nobody had. */
export function evaluateRules(exchange: Exchange, rules: ServingRules, row: number, score: number): RuleSetOutcome {
  return rules.compiled.evaluate({ input: inputsOf(exchange, row), feature: featuresOf(exchange, row), score });
}

/** Asks a rule set about a row and notes what fired. `score`: the variant's answer, NaN before there is one. */
export function askRules(
  exchange: Exchange,
  rules: ServingRules,
  stage: RuleStage,
  row: number,
  score: number,
): RuleSetOutcome {
  const outcome = evaluateRules(exchange, rules, row, score);
  if (outcome.fired.length > 0) {
    const { fired } = rowRules(exchange, row);
    for (const rule of outcome.fired) fired.push({ stage, ruleSet: rules.id, rule });
  }
  return outcome;
}
