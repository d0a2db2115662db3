export { ruleMigrations, type RuleTables } from './rule-tables.ts';
export { RulesService, type NewRuleSetVersion, type RulesServiceOptions } from './rules-service.ts';
export { adviseRulesOrModel, type AdviceFacts } from './advise.ts';
