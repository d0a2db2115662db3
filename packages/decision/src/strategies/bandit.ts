/**
 * Multi-armed bandit: 2 to 10 arms whose shares follow what they earn, so that fewer callers meet the worse ones.
 *
 *   running ── with `stop`: no other arm is better by more than the tolerance ──▶ promote that arm
 *      ├────── arms were chosen in other shares than the logged propensities say ──▶ pause
 *      └────── `maxSeconds` over ──▶ inconclusive
 *
 * The shares are the algorithm itself, run on what was known when they were made (see `allocate`), so each decision's
 * propensity is exact, rewards may come late and in batches, and choosing costs as little as in a canary. They travel as
 * the release's dial. When control is away the last ones hold: what was learned is the best that anyone knows.
 *
 * An arm is drawn from the hash of the request's id: shares that move would otherwise move units in step.
 *
 * The stop rule is valid at every look, however the shares came about: the rewards of each arm are independent draws
 * whenever they are taken, so each arm's mean lies in its own confidence sequence at level α / arms throughout. The
 * probability to be the best, shown beside it, is no error rate. A warm start moves shares only; nothing is concluded
 * from it. Rewards of one unit that comes again and again are not independent: give `stop` one unit, one decision.
 */
import { variantId, type Allocation, type GateReading, type Kpi } from '@mulle/contract';
import {
  allocate,
  asymptoticConfidenceSequence,
  momentsFromSums,
  probabilityBest,
  type ArmRewards,
  type BanditAlgorithm,
} from '@mulle/stats';
import { unitHash } from '../assignment.ts';
import { rateConfidenceSequence } from '../rate-confidence-sequence.ts';
import type { GroupWeights, ReleaseConclusion, StrategyDefinition } from '../strategy.ts';
import { emptyBanditState, foldBandit, type Bandit, type BanditState } from './bandit-state.ts';
import { chooseByShare } from './choose.ts';
import { describeReadings } from './describe-readings.ts';
import { wantedByKpis } from './kpi-sums.ts';
import { readPropensities } from './propensity-reading.ts';

/** Below this many rewards the normal approximation of a mean's sequence is not trusted. */
const smallestMean = 100;

const equalShares = ({ arms }: Bandit): GroupWeights =>
  Object.fromEntries(arms.map(({ name }) => [name, 1 / arms.length]));

/** Sums with their sign, or 0 and 1, turned so that more is better. */
function turned({ kind, direction }: Kpi, { n, sum, sumOfSquares }: ArmRewards): ArmRewards {
  if (direction === 'increase') return { n, sum, sumOfSquares };
  if (kind === 'rate') return { n, sum: n - sum, sumOfSquares: n - 2 * sum + sumOfSquares };
  return { n, sum: -sum, sumOfSquares };
}

/** What each arm is believed to have earned: what it was given to start with and what was seen. */
function believedRewards({ arms, reward, warmStart }: Bandit, { settled }: BanditState): ArmRewards[] {
  return arms.map(({ name }, index) => {
    const { n, sum, sumOfSquares } = settled[name] ?? { n: 0, sum: 0, sumOfSquares: 0 };
    const { n: known = 0, mean = 0, deviation = 0 } = warmStart?.[index] ?? {};
    const squares = reward.kind === 'rate' ? mean : mean * mean + deviation * deviation;
    const believed = { n: n + known, sum: sum + known * mean, sumOfSquares: sumOfSquares + known * squares };
    return turned(reward, believed);
  });
}

function algorithmOf({ algorithm, reward }: Bandit): BanditAlgorithm {
  if (algorithm.kind === 'epsilon-greedy' || algorithm.kind === 'ucb1') return algorithm;
  return { ...algorithm, rewards: rewardsOf(reward) };
}

const rewardsOf = ({ kind }: Kpi): 'bernoulli' | 'gaussian' => (kind === 'rate' ? 'bernoulli' : 'gaussian');

/** Shares of six digits: what is published, logged and evaluated is one and the same number. */
function allocationOf(strategy: Bandit, rewards: readonly ArmRewards[], chances: readonly number[]): Allocation {
  const { floor = 0, cap = 1, arms } = strategy;
  const shares = allocate(rewards, algorithmOf(strategy), { floor, cap }, chances);
  return {
    weights: Object.fromEntries(arms.map(({ name }, index) => [name, Number((shares[index] ?? 0).toFixed(6))])),
  };
}

/** Where an arm's mean lies at every look, in the KPI's own values; null while too little is known. */
function meanInterval({ reward, arms, stop }: Bandit, own: ArmRewards): [number, number] | null {
  const alpha = (stop?.alpha ?? 0.05) / arms.length;
  if (reward.kind === 'rate') return own.n > 0 ? rateConfidenceSequence(own.sum, own.n, alpha) : null;
  if (own.n < smallestMean) return null;
  const moments = momentsFromSums(own.n, own.sum, own.sumOfSquares);
  const sequence = asymptoticConfidenceSequence(moments, { alpha, tuningSampleSize: 1_000 });
  return sequence.conclusive ? [sequence.lower, sequence.upper] : null;
}

/** One reading for each arm; of the incumbent too, for its interval is as open as the others'. */
function readArms(strategy: Bandit, state: BanditState, chances: readonly number[], shares: GroupWeights) {
  const meanOf = ({ n, sum }: ArmRewards): number | null => (n > 0 ? sum / n : null);
  const seen = strategy.arms.map(({ name }) => state.settled[name] ?? { n: 0, sum: 0, sumOfSquares: 0 });
  const [incumbent = { n: 0, sum: 0, sumOfSquares: 0 }] = seen;
  return strategy.arms.map(({ name }, index): GateReading => {
    const own = seen[index] ?? incumbent;
    return {
      gate: { metric: 'kpi', kpi: strategy.reward },
      verdict: 'inconclusive',
      challenger: meanOf(own),
      incumbent: meanOf(incumbent),
      // What was earned long ago counts less: such a mean has no interval that holds.
      interval: strategy.halfLifeSeconds === undefined ? meanInterval(strategy, own) : null,
      challengerSamples: Math.round(own.n),
      incumbentSamples: Math.round(incumbent.n),
      group: name,
      chanceBest: chances[index] ?? 0,
      share: shares[name] ?? 0,
    };
  });
}

/** The arm that no other beats by more than the tolerance; passes in its reading. Null while there is none. */
function winnerOf({ stop, halfLifeSeconds, minSamples, reward }: Bandit, readings: GateReading[]): string | null {
  if (stop === undefined || halfLifeSeconds !== undefined) return null;
  const up = reward.direction === 'increase';
  const bounds = readings.map(({ interval }) => interval && (up ? interval : ([-interval[1], -interval[0]] as const)));
  for (const [index, reading] of readings.entries()) {
    const lower = bounds[index]?.[0];
    const beaten = bounds.every(
      (other, at) => at === index || (other && lower !== undefined && lower >= other[1] - stop.tolerance),
    );
    const enough = readings.every(({ challengerSamples }) => challengerSamples >= minSamples);
    if (!beaten || !enough) continue;
    reading.verdict = 'pass';
    return reading.group ?? null;
  }
  return null;
}

const reasons = {
  promote: { en: 'No other arm is better', ko: '더 나은 대안이 없습니다' },
  pause: {
    en: 'Arms were chosen in other shares than their logged propensities say',
    ko: '기록된 성향 점수와 실제 배정 비율이 다릅니다',
  },
  inconclusive: { en: 'Time is up without a best arm', ko: '가장 나은 대안을 가리지 못한 채 제한 시간이 지났습니다' },
  continue: { en: 'Learning', ko: '학습하고 있습니다' },
} as const;

export const bandit: StrategyDefinition<'bandit'> = {
  kind: 'bandit',
  compile(strategy, { allocation }) {
    const weights = allocation?.weights ?? equalShares(strategy);
    const groups = strategy.arms.map(({ name, variant }) => ({ name, variantId: variantId(variant) }));
    return { groups, weights, safe: weights, onServerOnly: strategy.assignment !== 'unit' };
  },
  choose: ({ assignment }, { groups }, weights, { unit, requestId, releaseId }) =>
    chooseByShare(groups, weights, unitHash(assignment === 'unit' ? unit : requestId, releaseId)),
  wanted: ({ reward }) => wantedByKpis([reward]),
  initial: emptyBanditState,
  fold: foldBandit,
  conclude(strategy, release, state, nowMs): ReleaseConclusion {
    const rewards = believedRewards(strategy, state);
    const chances = probabilityBest(rewards, rewardsOf(strategy.reward));
    const allocation = allocationOf(strategy, rewards, chances);
    const arms = readArms(strategy, state, chances, allocation.weights);
    const propensities = readPropensities(state.inverse, strategy.floor ?? 0);
    const winner = winnerOf(strategy, arms);
    const readings = [...(propensities === null ? [] : [propensities]), ...arms];
    const told = (conclusion: keyof typeof reasons, relevant: readonly GateReading[]): ReleaseConclusion => {
      const { en, ko } = reasons[conclusion];
      const figures = describeReadings(relevant);
      return { conclusion, readings, reason: { en: `${en}. ${figures}.`, ko: `${ko}. ${figures}.` }, allocation };
    };
    if (release.state !== 'running') return told('continue', arms);
    if (propensities?.verdict === 'fail') return told('pause', [propensities]);
    if (winner !== null) return { ...told('promote', arms), winner };
    const isUp = (nowMs - release.stepStartedAtMs) / 1_000 > strategy.maxSeconds;
    return told(isUp ? 'inconclusive' : 'continue', arms);
  },
};
