export { growthbookHash, unitHash } from './assignment.ts';
export type { FeatureRow, StreamRow } from './features/feature-types.ts';
export { strategyModule } from './registry.ts';
export {
  decisionEvent,
  outcomeEvent,
  type DecisionEvent,
  type OutcomeEvent,
  type ReleaseEvent,
} from './release-events.ts';
export type {
  Choice,
  CompilableRelease,
  CompiledRelease,
  ConcludableRelease,
  Conclusion,
  Group,
  GroupWeights,
  ReleaseConclusion,
  ReleaseFold,
  StrategyModule,
} from './strategy.ts';
