export { growthbookHash, unitHash } from './assignment.ts';
export type { FeatureRow, StreamRow } from './features/feature-types.ts';
export type {
  Choice,
  CompilableRelease,
  CompiledRelease,
  ConcludableRelease,
  Conclusion,
  DecisionEvent,
  Group,
  GroupWeights,
  OutcomeEvent,
  ReleaseConclusion,
  ReleaseEvent,
  ReleaseFold,
  StrategyModule,
} from './strategy.ts';
