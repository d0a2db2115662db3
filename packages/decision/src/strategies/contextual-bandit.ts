/**
 * Contextual bandit: which arm answers depends on what is known of the request. Each arm's reward is a ridge regression
 * on the context (disjoint arms).
 *
 *   lin-ucb          the arm with the highest θ·x + α √(xᵀA⁻¹x), but every arm with the floor's share.
 *   linear-thompson  each arm with the probability that its θ·x is the largest, θ being normal; the floor as above.
 *
 * Both divide a request among the arms by shares and draw one by the hash of the request's id: the share is the
 * propensity, exact whatever was computed on the way. Of linear Thompson the shares are the algorithm's own probabilities,
 * integrated numerically (the θ·x of disjoint arms are independent normals) to about 1e-3, which is how near to Thompson
 * it is, not an error of the propensity. LinUCB draws nothing of itself: without its floor nothing could be learned from
 * its log about another policy.
 *
 * What was learned travels in the dial; until it comes, and for arms that cannot answer, the shares are equal among those
 * that can. With control away the last model goes on. Nothing concludes by itself but time: which arm is best depends on
 * the request. The readings say what each arm would have earned alone (self-normalised IPS), beside what the bandit does.
 */
import { variantId, type Allocation, type GateReading, type LinearArmModel } from '@mulle/contract';
import { gaussianProbabilityBest, upperBelief, upperOfLinearArm, type Integration } from '@mulle/stats';
import { unitHash } from '../assignment.ts';
import type { Choice, ChoiceRequest, Group, GroupWeights, ReleaseConclusion, StrategyDefinition } from '../strategy.ts';
import { chooseByShare } from './choose.ts';
import {
  contextOf,
  emptyContextualState,
  foldContextual,
  type ContextualBandit,
  type ContextualBanditState,
} from './contextual-bandit-state.ts';
import { describeReadings } from './describe-readings.ts';
import { wantedByKpis } from './kpi-sums.ts';
import { readPropensities } from './propensity-reading.ts';

const defaultFloor = 0.01;
const thompsonIntegration: Integration = { points: 15, reach: 3.75 };

interface PreparedArm {
  readonly theta: Float64Array;
  readonly upper: Float64Array;
}

const prepared = new WeakMap<NonNullable<Allocation['model']>, ReadonlyMap<string, PreparedArm>>();

/** A model as numbers side by side, made once for each dial. */
function prepare(model: NonNullable<Allocation['model']>): ReadonlyMap<string, PreparedArm> {
  const known = prepared.get(model);
  if (known) return known;
  const arms = Object.entries(model).map(([name, { theta, upper }]): [string, PreparedArm] => [
    name,
    { theta: Float64Array.from(theta), upper: Float64Array.from(upper) },
  ]);
  const made = new Map(arms);
  prepared.set(model, made);
  return made;
}

/** 1 for the largest, in equal parts where several are. */
function greedy(values: readonly number[]): number[] {
  const most = Math.max(...values);
  const count = values.reduce((sum, value) => sum + (value === most ? 1 : 0), 0);
  return values.map((value) => (value === most ? 1 / count : 0));
}

/** Shares of the arms for one context, floors included. */
function sharesAt(
  { algorithm, floor = defaultFloor }: ContextualBandit,
  arms: readonly PreparedArm[],
  x: Float64Array,
): number[] {
  const beliefs = arms.map((arm) => upperBelief(arm, x));
  const shares =
    algorithm.kind === 'lin-ucb'
      ? greedy(beliefs.map(({ mean, deviation }) => mean + algorithm.alpha * deviation))
      : gaussianProbabilityBest(
          beliefs.map(({ mean, deviation }) => ({ mean, deviation: algorithm.scale * deviation })),
          thompsonIntegration,
        );
  return shares.map((share) => floor + (1 - floor * arms.length) * share);
}

function chooseArm(
  strategy: ContextualBandit,
  groups: readonly Group[],
  weights: GroupWeights,
  { releaseId, requestId, model, numberAt }: ChoiceRequest,
): Choice {
  const place = unitHash(requestId, releaseId);
  if (model === undefined || numberAt === undefined) return chooseByShare(groups, weights, place);
  const known = prepare(model);
  const answering: Group[] = [];
  const arms: PreparedArm[] = [];
  for (const group of groups) {
    const arm = known.get(group.name);
    if (arm === undefined || !((weights[group.name] ?? 0) > 0)) continue;
    answering.push(group);
    arms.push(arm);
  }
  if (arms.length === 0) return chooseByShare(groups, weights, place);
  const shares = sharesAt(strategy, arms, contextOf(strategy, numberAt));
  let upTo = 0;
  for (let index = 0; index < answering.length; index += 1) {
    const group = answering[index];
    const share = shares[index] ?? 0;
    upTo += share;
    if (group && share > 0 && (place < upTo || index === answering.length - 1))
      return { group: group.name, variantId: group.variantId, propensity: share };
  }
  return chooseByShare(answering, weights, place);
}

const sixDigits = (values: readonly number[]): number[] => values.map((value) => Number(value.toPrecision(6)));

const equalShares = ({ arms }: ContextualBandit): GroupWeights =>
  Object.fromEntries(arms.map(({ name }) => [name, 1 / arms.length]));

/** Nothing to publish before a reward came: then all arms are alike. */
function allocationOf(strategy: ContextualBandit, { models, earnings }: ContextualBanditState): Allocation {
  const weights = equalShares(strategy);
  if (Object.values(earnings).every(({ n }) => n === 0)) return { weights };
  const model = Object.entries(models).map(([name, arm]): [string, LinearArmModel] => {
    const { theta, upper } = upperOfLinearArm(arm);
    return [name, { theta: sixDigits(theta), upper: sixDigits(upper) }];
  });
  return { weights, model: Object.fromEntries(model) };
}

function readArms(strategy: ContextualBandit, { earnings }: ContextualBanditState): GateReading[] {
  const all = Object.values(earnings);
  const total = (of: 'n' | 'sum' | 'decisions'): number => all.reduce((sum, own) => sum + own[of], 0);
  const own = total('n') > 0 ? total('sum') / total('n') : null;
  return strategy.arms.map(({ name }): GateReading => {
    const { n = 0, weight = 0, weightedSum = 0, decisions = 0 } = earnings[name] ?? {};
    return {
      gate: { metric: 'kpi', kpi: strategy.reward },
      verdict: 'inconclusive',
      challenger: weight > 0 ? weightedSum / weight : null,
      incumbent: own,
      interval: null,
      challengerSamples: n,
      incumbentSamples: total('n'),
      group: name,
      share: decisions / Math.max(1, total('decisions')),
    };
  });
}

export const contextualBandit: StrategyDefinition<'contextual-bandit'> = {
  kind: 'contextual-bandit',
  compile(strategy, { allocation }) {
    const weights = allocation?.weights ?? equalShares(strategy);
    const groups = strategy.arms.map(({ name, variant }) => ({ name, variantId: variantId(variant) }));
    return { groups, weights, safe: weights, onServerOnly: true };
  },
  choose: (strategy, { groups }, weights, request) => chooseArm(strategy, groups, weights, request),
  wanted({ reward, context }) {
    const { outcomes, fields } = wantedByKpis([reward]);
    return { outcomes, fields: [...new Set([...fields, ...context.map(({ field }) => field)])] };
  },
  initial: emptyContextualState,
  fold: foldContextual,
  conclude(strategy, release, state, nowMs): ReleaseConclusion {
    const arms = readArms(strategy, state);
    const propensities = readPropensities(state.inverse, strategy.floor ?? defaultFloor);
    const readings = [...(propensities === null ? [] : [propensities]), ...arms];
    const allocation = allocationOf(strategy, state);
    const figures = describeReadings(arms);
    const told = (conclusion: ReleaseConclusion['conclusion'], en: string, ko: string): ReleaseConclusion => ({
      conclusion,
      readings,
      reason: { en: `${en}. ${figures}.`, ko: `${ko}. ${figures}.` },
      allocation,
    });
    if (release.state === 'running' && propensities?.verdict === 'fail') {
      return told(
        'pause',
        'Arms were chosen in other shares than logged',
        '기록된 성향 점수와 실제 배정 비율이 다릅니다',
      );
    }
    const isUp = (nowMs - release.stepStartedAtMs) / 1_000 > strategy.maxSeconds;
    if (release.state === 'running' && isUp) return told('inconclusive', 'Time is up', '제한 시간이 지났습니다');
    return told('continue', 'Learning by context', '맥락에 따라 학습하고 있습니다');
  },
};
