import type { Strategy } from '@mulle/contract';
import { abTest } from './strategies/ab-test.ts';
import { bandit } from './strategies/bandit.ts';
import { blueGreen } from './strategies/blue-green.ts';
import { canary } from './strategies/canary.ts';
import { contextualBandit } from './strategies/contextual-bandit.ts';
import { interleaving } from './strategies/interleaving.ts';
import { sequence } from './strategies/sequence.ts';
import { shadow } from './strategies/shadow.ts';
import { staged } from './strategies/staged.ts';
import { single } from './strategies/single.ts';
import type { ReleaseFold, StrategyDefinition, StrategyModule } from './strategy.ts';

type Kind = Strategy['kind'];

function isKind<K extends Kind, T extends { kind: Kind }>(value: T, kind: K): value is Extract<T, { kind: K }> {
  return value.kind === kind;
}

/** Checks once what a strategy's own module then need not: that release and state are of its kind. */
function moduleOf<K extends Kind>(definition: StrategyDefinition<K>): StrategyModule {
  const { kind } = definition;
  const strategyOf = (strategy: Strategy): Extract<Strategy, { kind: K }> => {
    if (isKind(strategy, kind)) return strategy;
    throw new TypeError(`A ${strategy.kind} release was handed to the ${kind} strategy.`);
  };
  const stateOf = (state: ReleaseFold): Extract<ReleaseFold, { kind: K }> => {
    if (isKind(state, kind)) return state;
    throw new TypeError(`The state of a ${state.kind} release was handed to the ${kind} strategy.`);
  };
  return {
    kind,
    compile: (release) => ({
      strategy: release.strategy,
      ...definition.compile(strategyOf(release.strategy), release),
    }),
    choose: (compiled, weights, request) =>
      definition.choose(strategyOf(compiled.strategy), compiled, weights, request),
    wanted: (strategy) => definition.wanted(strategyOf(strategy)),
    initial: (strategy) => definition.initial(strategyOf(strategy)),
    fold: (strategy, state, event) => definition.fold(strategyOf(strategy), stateOf(state), event),
    foldShadow: (strategy, state, event) =>
      definition.foldShadow ? definition.foldShadow(strategyOf(strategy), stateOf(state), event) : state,
    conclude: (release, state, nowMs) =>
      definition.conclude(strategyOf(release.strategy), release, stateOf(state), nowMs),
  };
}

const modules: Readonly<Record<Kind, StrategyModule>> = {
  single: moduleOf(single),
  sequence: moduleOf(sequence((kind) => modules[kind])),
  shadow: moduleOf(shadow),
  canary: moduleOf(canary),
  'blue-green': moduleOf(blueGreen),
  'ab-test': moduleOf(abTest),
  staged: moduleOf(staged),
  interleaving: moduleOf(interleaving),
  bandit: moduleOf(bandit),
  'contextual-bandit': moduleOf(contextualBandit),
};

/** The module of a strategy: `strategyModule(release.strategy.kind).compile(release)`. */
export function strategyModule(kind: Kind): StrategyModule {
  return modules[kind];
}
