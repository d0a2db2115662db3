/**
 * A/B test: each unit keeps one of 2 to 10 arms at a fixed split, until the KPIs say which is best.
 *
 *   running ── a goal is better, nothing is worse ──▶ promote that arm
 *      ├────── every challenger is worse in something ──▶ rollback
 *      ├────── units came in other shares than planned, or met two arms ──▶ pause: what was measured means nothing
 *      └────── sample size or `maxSeconds` reached without either ──▶ inconclusive
 *
 * Always-valid results may be looked at after every outcome and conclude as soon as they can. Fixed-horizon and
 * Bayesian ones are shown from the start and conclude nothing before every arm has its sample size: read early they
 * would turn luck into wins. Guardrails are always-valid in every test, for harm has to be stopped when it is seen.
 *
 * A challenger wins where at least one goal is better after correction, no goal is worse, no guardrail is harmed and
 * every non-inferiority is shown; of several, the one with the largest gain in the first goal. No data wins nothing.
 *
 * The split never changes during the test, so nothing goes stale: data holds it with control dead, and no unit changes
 * its arm. Units outside the population are answered by the incumbent as group `outside` and count nowhere.
 */
import { variantId, type GateReading, type LocalisedText } from '@mulle/contract';
import { bucketRanges, inNamespace, rangeAt, unitHash } from '../assignment.ts';
import {
  outside,
  type Choice,
  type ChoiceRequest,
  type CompiledRelease,
  type GroupWeights,
  type ReleaseConclusion,
  type StrategyDefinition,
} from '../strategy.ts';
import { describeReadings } from './describe-readings.ts';
import { readArms, readSampleRatio, readSegments, unitCounts } from './ab-readings.ts';
import { armShares, emptyAbTestState, foldAbTest, type AbTest, type AbTestState } from './ab-test-state.ts';
import { improvement } from './kpi-reading.ts';
import { wantedByKpis } from './kpi-sums.ts';

function takesPart({ population }: AbTest, unit: string): boolean {
  if (population?.namespace && !inNamespace(unit, population.namespace)) return false;
  return !population?.holdout || unitHash(unit, `holdout:${population.holdout.name}`) >= population.holdout.share;
}

function chooseArm(
  strategy: AbTest,
  { groups, ranges = [] }: CompiledRelease,
  weights: GroupWeights,
  { unit, releaseId }: ChoiceRequest,
): Choice {
  // With an arm whose weight was taken away (it cannot answer now) there is no test: counting the others would skew it.
  const isWhole = groups.every(({ name }) => (weights[name] ?? 0) > 0);
  const index = isWhole && takesPart(strategy, unit) ? rangeAt(ranges, unitHash(unit, releaseId)) : -1;
  const group = groups[index];
  if (group) return { group: group.name, variantId: group.variantId, propensity: weights[group.name] ?? 0 };
  const [incumbent] = groups;
  if (!incumbent) throw new RangeError('An A/B test has at least two arms.');
  return { group: outside, variantId: incumbent.variantId, propensity: 1 };
}

type Verdict = GateReading['verdict'];

interface ArmResult {
  readonly group: string;
  readonly wins: boolean;
  readonly harmed: boolean;
  readonly gain: number;
}

function resultOf(group: string, readings: readonly GateReading[]): ArmResult {
  const own = readings.filter((reading) => reading.group === group);
  const verdicts = (role: string): Verdict[] =>
    own.flatMap(({ gate, verdict }) => (gate.metric === 'kpi' && gate.kpi.role === role ? [verdict] : []));
  const harmed = own.some(({ verdict }) => verdict === 'fail');
  const safe = [...verdicts('guardrail'), ...verdicts('non-inferiority')].every((verdict) => verdict === 'pass');
  const goal = own.find(({ gate }) => gate.metric === 'kpi' && gate.kpi.role === 'goal');
  const gain =
    goal?.gate.metric === 'kpi' && goal.estimate !== undefined ? improvement(goal.gate.kpi, goal.estimate) : 0;
  return { group, harmed, gain, wins: !harmed && safe && verdicts('goal').includes('pass') };
}

const isUp = (strategy: AbTest, startedAtMs: number, nowMs: number): boolean =>
  (nowMs - startedAtMs) / 1000 > strategy.maxSeconds;

function isAtHorizon(strategy: AbTest, state: AbTestState): boolean {
  const { method, sampleSize } = strategy.analysis;
  return method !== 'always-valid' && unitCounts(strategy, state).every((count) => count >= sampleSize);
}

const reasons = {
  promote: { en: 'Better, and nothing worse', ko: '개선이 확인되었고 악화된 지표가 없습니다' },
  rollback: { en: 'Evidence of harm', ko: '악화가 확인되었습니다' },
  pause: {
    en: 'Units did not come in the planned shares: the assignment or the log is at fault',
    ko: '단위가 계획한 비율로 배정되지 않았습니다. 배정이나 기록을 확인하세요',
  },
  inconclusive: { en: 'The test ended without a conclusion', ko: '결론 없이 시험이 끝났습니다' },
  continue: { en: 'More data is needed', ko: '데이터가 더 필요합니다' },
} as const satisfies Partial<Record<ReleaseConclusion['conclusion'], LocalisedText>>;

function conclude(
  conclusion: keyof typeof reasons,
  readings: GateReading[],
  relevant: readonly GateReading[],
  winner?: string,
): ReleaseConclusion {
  const figures = describeReadings(relevant);
  const { en, ko } = reasons[conclusion];
  return {
    conclusion,
    readings,
    reason: { en: `${en}. ${figures}.`, ko: `${ko}. ${figures}.` },
    ...(winner === undefined ? {} : { winner }),
  };
}

export const abTest: StrategyDefinition<'ab-test'> = {
  kind: 'ab-test',
  compile(strategy) {
    const shares = armShares(strategy);
    const weights = Object.fromEntries(strategy.arms.map(({ name }, index) => [name, shares[index] ?? 0]));
    return {
      groups: strategy.arms.map(({ name, variant }) => ({ name, variantId: variantId(variant) })),
      weights,
      safe: weights,
      ranges: bucketRanges(shares.length, strategy.population?.coverage ?? 1, shares),
    };
  },
  choose: chooseArm,
  wanted(strategy) {
    const { outcomes, fields } = wantedByKpis(strategy.kpis);
    return { outcomes, fields: [...new Set([...fields, ...(strategy.segments ?? [])])] };
  },
  initial: emptyAbTestState,
  fold: foldAbTest,
  conclude(strategy, release, state, nowMs) {
    const ratio = readSampleRatio(strategy, state);
    const arms = readArms(strategy, state);
    const readings = [ratio, ...arms, ...readSegments(strategy, state)];
    if (release.state !== 'running') return conclude('continue', readings, arms);
    const results = strategy.arms.slice(1).map(({ name }) => resultOf(name, arms));
    if (results.every(({ harmed }) => harmed)) {
      return conclude(
        'rollback',
        readings,
        arms.filter(({ verdict }) => verdict === 'fail'),
      );
    }
    if (ratio.verdict === 'fail') return conclude('pause', readings, [ratio]);
    const [winner] = results.filter(({ wins }) => wins).toSorted((a, b) => b.gain - a.gain);
    if (winner) {
      return conclude(
        'promote',
        readings,
        arms.filter(({ group }) => group === winner.group),
        winner.group,
      );
    }
    if (isAtHorizon(strategy, state) || isUp(strategy, release.stepStartedAtMs, nowMs)) {
      return conclude('inconclusive', readings, arms);
    }
    return conclude('continue', readings, arms);
  },
};
