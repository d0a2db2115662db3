import type { Strategy } from '@mulle/contract';
import { addToMoments, decayRewards, emptyArmRewards, emptyMoments, type ArmRewards, type Moments } from '@mulle/stats';
import type { ReleaseEvent } from '../release-events.ts';
import { kpiTerm } from './kpi-sums.ts';

export type Bandit = Extract<Strategy, { kind: 'bandit' }>;

type ByArm<T> = Record<string, T>;

/**
 * What a bandit has seen: plain JSON. Time is event time, the newest decision's, so that the same log always folds to
 * the same state.
 */
export interface BanditState {
  readonly kind: 'bandit';
  latestMs: number;
  /** Sums that count, in the KPI's own values; decayed to `settledMs`. */
  readonly settled: ByArm<ArmRewards>;
  settledMs: number;
  /** Sums of decisions that are too young to count, by the start of their interval, oldest first. */
  readonly open: { startMs: number; arms: ByArm<ArmRewards> }[];
  /** By arm, of every decision: 1 / propensity where this arm was chosen, else 0. Its mean is 1 if propensities are true. */
  readonly inverse: ByArm<Moments>;
  readonly decisions: ByArm<number>;
}

const byArm = <T>({ arms }: Bandit, make: () => T): ByArm<T> =>
  Object.fromEntries(arms.map(({ name }) => [name, make()]));

export function emptyBanditState(strategy: Bandit): BanditState {
  return {
    kind: 'bandit',
    latestMs: 0,
    settled: byArm(strategy, emptyArmRewards),
    settledMs: 0,
    open: [],
    inverse: byArm(strategy, emptyMoments),
    decisions: byArm(strategy, () => 0),
  };
}

/** Age at which decisions count, and the width of the intervals that they are kept in until then; 0: they count at once. */
function timing({ attributionSeconds = 0, halfLifeSeconds = 0 }: Bandit): { waitMs: number; widthMs: number } {
  const waitMs = attributionSeconds * 1_000;
  return { waitMs, widthMs: waitMs > 0 ? waitMs / 8 : (halfLifeSeconds * 1_000) / 16 };
}

/** What is left of a reward of `fromMs` at `toMs`. */
function remaining({ halfLifeSeconds }: Bandit, fromMs: number, toMs: number): number {
  return halfLifeSeconds === undefined ? 1 : Math.min(1, 0.5 ** ((toMs - fromMs) / (halfLifeSeconds * 1_000)));
}

function add(arm: ArmRewards | undefined, n: number, sum: number, sumOfSquares: number, factor: number): void {
  if (arm === undefined) return;
  arm.n += factor * n;
  arm.sum += factor * sum;
  arm.sumOfSquares += factor * sumOfSquares;
}

/** Moves what is old enough into the settled sums. */
function settle(strategy: Bandit, state: BanditState, waitMs: number, widthMs: number): void {
  for (let [oldest] = state.open; oldest !== undefined; [oldest] = state.open) {
    if (oldest.startMs + widthMs + waitMs > state.latestMs) return;
    const factor = remaining(strategy, state.settledMs, oldest.startMs);
    for (const [name, own] of Object.entries(state.settled)) {
      decayRewards(own, factor);
      const { n, sum, sumOfSquares } = oldest.arms[name] ?? emptyArmRewards();
      add(own, n, sum, sumOfSquares, 1);
    }
    state.settledMs = oldest.startMs;
    state.open.shift();
  }
}

/** The open interval of a time, made where it is missing; null where that time has settled. */
function intervalOf(strategy: Bandit, state: BanditState, atMs: number, widthMs: number): ByArm<ArmRewards> | null {
  const startMs = Math.floor(atMs / widthMs) * widthMs;
  if (startMs <= state.settledMs) return null;
  const after = state.open.findLastIndex((interval) => interval.startMs <= startMs);
  const known = state.open[after];
  if (known?.startMs === startMs) return known.arms;
  const arms = byArm(strategy, emptyArmRewards);
  state.open.splice(after + 1, 0, { startMs, arms });
  return arms;
}

/**
 * Adds one event in place. A reward that comes after its decision has settled still counts, as much as its decision
 * does. A decision whose outcome is waited for counts with it, others from the start.
 */
export function foldBandit(strategy: Bandit, state: BanditState, event: ReleaseEvent): BanditState {
  const decisions = state.decisions[event.group];
  if (decisions === undefined) return state;
  const { waitMs, widthMs } = timing(strategy);
  if (event.kind === 'decision') {
    state.decisions[event.group] = decisions + 1;
    for (const [name, moments] of Object.entries(state.inverse)) {
      addToMoments(moments, name === event.group ? 1 / event.propensity : 0);
    }
    state.latestMs = Math.max(state.latestMs, event.atMs);
  }
  const term = kpiTerm(strategy.reward, event);
  if (term !== undefined) {
    const { n, numerator } = term;
    const interval = widthMs > 0 ? intervalOf(strategy, state, event.atMs, widthMs) : null;
    if (interval) add(interval[event.group], n, numerator, numerator * numerator, 1);
    else {
      const factor = widthMs > 0 ? remaining(strategy, event.atMs, state.settledMs) : 1;
      add(state.settled[event.group], n, numerator, numerator * numerator, factor);
    }
  }
  if (widthMs > 0) settle(strategy, state, waitMs, widthMs);
  return state;
}
