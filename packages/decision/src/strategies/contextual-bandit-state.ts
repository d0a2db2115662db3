import type { Strategy } from '@mulle/contract';
import {
  addToLinearArm,
  addToMoments,
  creditLinearArm,
  emptyLinearArm,
  emptyMoments,
  type LinearArm,
  type Moments,
} from '@mulle/stats';
import type { ReleaseEvent } from '../release-events.ts';
import { kpiTerm } from './kpi-sums.ts';

export type ContextualBandit = Extract<Strategy, { kind: 'contextual-bandit' }>;

/** What an arm has earned, and the same weighted by 1 / propensity: what it would have earned had it always been chosen. */
interface ArmEarnings {
  n: number;
  sum: number;
  weight: number;
  weightedSum: number;
  decisions: number;
}

/** What a contextual bandit has seen: plain JSON, its size that of the arms' matrices. */
export interface ContextualBanditState {
  readonly kind: 'contextual-bandit';
  readonly models: Record<string, LinearArm>;
  readonly earnings: Record<string, ArmEarnings>;
  /** See `readPropensities`. */
  readonly inverse: Record<string, Moments>;
}

/** Numbers of a context: a constant and the fields. */
const dimensionsOf = ({ context }: ContextualBandit): number => context.length + 1;

/** The context as the model takes it; what is missing counts as the centre. */
export function contextOf({ context }: ContextualBandit, numberAt: (field: string) => number): Float64Array {
  const x = new Float64Array(context.length + 1);
  x[0] = 1;
  for (let index = 0; index < context.length; index += 1) {
    const part = context[index];
    if (part === undefined) continue;
    const value = (numberAt(part.field) - (part.centre ?? 0)) / (part.scale ?? 1);
    x[index + 1] = Number.isFinite(value) ? value : 0;
  }
  return x;
}

export function emptyContextualState(strategy: ContextualBandit): ContextualBanditState {
  const byArm = <T>(make: () => T): Record<string, T> =>
    Object.fromEntries(strategy.arms.map(({ name }) => [name, make()]));
  return {
    kind: 'contextual-bandit',
    models: byArm(() => emptyLinearArm(dimensionsOf(strategy), strategy.ridge ?? 1)),
    earnings: byArm(() => ({ n: 0, sum: 0, weight: 0, weightedSum: 0, decisions: 0 })),
    inverse: byArm(emptyMoments),
  };
}

/** A recorded value as data saw it when it chose: booleans and null are no numbers there either. */
const numberOf = (value: unknown): number => (typeof value === 'number' ? value : Number.NaN);

/** Adds one event in place. */
export function foldContextual(
  strategy: ContextualBandit,
  state: ContextualBanditState,
  event: ReleaseEvent,
): ContextualBanditState {
  const earnings = state.earnings[event.group];
  const model = state.models[event.group];
  if (earnings === undefined || model === undefined) return state;
  if (event.kind === 'decision') {
    earnings.decisions += 1;
    for (const [name, moments] of Object.entries(state.inverse)) {
      addToMoments(moments, name === event.group ? 1 / event.propensity : 0);
    }
  }
  const term = kpiTerm(strategy.reward, event);
  if (term === undefined) return state;
  const { n, numerator } = term;
  const reward = strategy.reward.direction === 'increase' ? numerator : -numerator;
  const x = contextOf(strategy, (field) => numberOf(event.fields[field]));
  if (n > 0) addToLinearArm(model, x, reward);
  else creditLinearArm(model, x, reward);
  earnings.n += n;
  earnings.sum += numerator;
  earnings.weight += n / event.propensity;
  earnings.weightedSum += numerator / event.propensity;
  return state;
}
