import type { Strategy } from '@mulle/contract';
import type { ReleaseEvent } from '../release-events.ts';
import { emptyAbTestState, foldAbTest, type AbTest, type AbTestState } from './ab-test-state.ts';

export type Staged = Extract<Strategy, { kind: 'staged' }>;

/** What a staged experiment has seen: an A/B test whose units come in by phases. Plain JSON. */
export interface StagedState {
  readonly kind: 'staged';
  readonly test: AbTestState;
}

/** The A/B test that is made within the cohort, as it is judged when each arm has so many units. */
export function cohortTest(strategy: Staged, sampleSize: number): AbTest {
  const { incumbent, challenger, kpis, segments, alpha, maxSeconds, whenInconclusive } = strategy;
  return {
    kind: 'ab-test',
    arms: [
      { name: 'incumbent', variant: incumbent, weight: 0.5 },
      { name: 'challenger', variant: challenger, weight: 0.5 },
    ],
    kpis,
    ...(segments === undefined ? {} : { segments }),
    analysis: { method: 'fixed-horizon', alpha, sampleSize, correction: 'none' },
    minSamples: 1,
    maxSeconds,
    whenInconclusive,
  };
}

const tests = new WeakMap<Staged, AbTest>();

/** For folding, which asks nothing of the sample size: made once. */
function foldedTest(strategy: Staged): AbTest {
  const known = tests.get(strategy) ?? cohortTest(strategy, 2);
  tests.set(strategy, known);
  return known;
}

export function emptyStagedState(strategy: Staged): StagedState {
  return { kind: 'staged', test: emptyAbTestState(foldedTest(strategy)) };
}

/** Adds one event in place: half of any phase's cohort is an arm, other propensities were no part of the test. */
export function foldStaged(strategy: Staged, state: StagedState, event: ReleaseEvent): StagedState {
  if (!strategy.phases.some(({ coverage }) => Math.abs(event.propensity - coverage / 2) <= 1e-9)) return state;
  foldAbTest(foldedTest(strategy), state.test, { ...event, propensity: 0.5 });
  return state;
}
