import type { Strategy } from '@mulle/contract';
import { addToMoments, emptyMoments, type Moments } from '@mulle/stats';
import type { OutcomeEvent, ShadowEvent } from '../release-events.ts';
import { logLossOf } from './log-loss.ts';
import { segmentKey } from './segment-key.ts';
import { addToServiceTally, emptyServiceTally, type ServiceTally } from './service-tally.ts';

export type Shadow = Extract<Strategy, { kind: 'shadow' }>;

/** Answers of both variants to the same rows. */
export interface Comparison {
  n: number;
  agreeing: number;
  /** Challenger − incumbent. */
  readonly difference: Moments;
}

/** What a shadow has seen: plain JSON. Both sides are those of the copied requests. */
export interface ShadowState {
  readonly kind: 'shadow';
  readonly challenger: ServiceTally;
  readonly incumbent: ServiceTally;
  readonly all: Comparison;
  /** By `field=value`. */
  readonly slices: Record<string, Comparison>;
  /** Log losses on the same labels, in nats, and their difference, label by label. */
  readonly losses: { readonly challenger: Moments; readonly incumbent: Moments; readonly difference: Moments };
  dropped: number;
}

const emptyComparison = (): Comparison => ({ n: 0, agreeing: 0, difference: emptyMoments() });

export function emptyShadowState(): ShadowState {
  return {
    kind: 'shadow',
    challenger: emptyServiceTally(),
    incumbent: emptyServiceTally(),
    all: emptyComparison(),
    slices: {},
    losses: { challenger: emptyMoments(), incumbent: emptyMoments(), difference: emptyMoments() },
    dropped: 0,
  };
}

function compare(comparison: Comparison, agrees: boolean, difference: number | null): void {
  comparison.n += 1;
  if (agrees) comparison.agreeing += 1;
  if (difference !== null) addToMoments(comparison.difference, difference);
}

/** Adds what the challenger answered to a copy, in place. */
export function foldShadowAnswer(strategy: Shadow, state: ShadowState, event: ShadowEvent): ShadowState {
  const { challenger, incumbent, agrees, difference, dropped, fields } = event;
  addToServiceTally(state.challenger, { ...challenger, source: 'variant' });
  addToServiceTally(state.incumbent, { ...incumbent, source: 'variant' });
  state.dropped += dropped;
  if (agrees === null) return state;
  compare(state.all, agrees, difference);
  for (const field of strategy.slices ?? []) {
    const key = segmentKey(state.slices, field, fields[field]);
    if (key !== null) compare((state.slices[key] ??= emptyComparison()), agrees, difference);
  }
  return state;
}

/** Adds the label of a row that both answered, in place. */
export function foldShadowOutcome(strategy: Shadow, state: ShadowState, event: OutcomeEvent): ShadowState {
  const { score, shadowScore = null, source, values } = event;
  const gate = strategy.gates.find(({ metric }) => metric === 'log-loss');
  const label = gate?.metric === 'log-loss' ? values[gate.label] : undefined;
  if (source !== 'variant' || score === null || shadowScore === null || (label !== 0 && label !== 1)) return state;
  const losses = { challenger: logLossOf(shadowScore, label), incumbent: logLossOf(score, label) };
  addToMoments(state.losses.challenger, losses.challenger);
  addToMoments(state.losses.incumbent, losses.incumbent);
  addToMoments(state.losses.difference, losses.challenger - losses.incumbent);
  return state;
}
