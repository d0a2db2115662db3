export { growthbookHash, unitHash } from './assignment.ts';
export { createFeatureEncoder, type FeatureEncoder } from './features/encode-features.ts';
export { entityKey, timestampMs, type FeatureRow, type StreamRow } from './features/feature-values.ts';
export { transformValue } from './features/transforms.ts';
export { createWindowStore, type WindowStore, type WindowStoreOptions } from './features/window-store.ts';
export { strategyModule } from './registry.ts';
export {
  decisionEvent,
  outcomeEvent,
  type AnsweredDecision,
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
