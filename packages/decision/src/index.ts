export { growthbookHash, unitHash } from './assignment.ts';
export { bindPolicy } from './bind-policy.ts';
export { evaluatePolicy, offPolicyRefusals, type LoggedAnswer, type PolicyEvaluation } from './evaluate-policy.ts';
export { createFeatureEncoder, type FeatureEncoder } from './features/encode-features.ts';
export { entityKey, timestampMs, type FeatureRow, type StreamRow } from './features/feature-values.ts';
export { transformValue } from './features/transforms.ts';
export { createWindowStore, type WindowStore, type WindowStoreOptions } from './features/window-store.ts';
export { interleaveRows, type InterleavedRows } from './interleave-rows.ts';
export { balanced, balancedCredit, probabilistic, teamCredit, teamDraft, type Placed } from './interleaving.ts';
export { policyProblems, type PolicyProblem } from './policy-problems.ts';
export { strategyModule } from './registry.ts';
export {
  decisionEvent,
  fieldsOf,
  outcomeEvent,
  shadowEvent,
  type AnsweredDecision,
  type DecisionEvent,
  type OutcomeEvent,
  type ReleaseEvent,
  type ShadowEvent,
  type Wanted,
} from './release-events.ts';
export { clusterPlace, emptySums as emptyKpiSums, foldKpi, wantedByKpis } from './strategies/kpi-sums.ts';
export type {
  Choice,
  ChoiceRequest,
  CompilableRelease,
  CompiledRelease,
  ConcludableRelease,
  Group,
  GroupWeights,
  ReleaseConclusion,
  ReleaseFold,
  InterleavingPlan,
  ShadowCopies,
  StrategyModule,
} from './strategy.ts';
