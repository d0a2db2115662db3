// Apart from the rest of the package, so that only processes that have rules load a CEL engine.
export { distilModel, type ModelAnswer } from './distil-model.ts';
export { compileExpression, type CompiledExpression } from './expression.ts';
export { checkRuleSet, isRefused, type RuleSetCheck } from './check-rule-set.ts';
export { compileRuleSet, type CompiledRuleSet, type RuleAnswer, type RuleSetOutcome } from './rule-set.ts';
