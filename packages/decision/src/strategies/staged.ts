/**
 * Staged experiment: an A/B test in cohorts that grow phase by phase, with one analysis at the end of each.
 *
 *   phase's units are in ── a goal's bound is crossed upwards, nothing worse ──▶ promote
 *      ├─────────────────── a goal's bound is crossed downwards ───────────────▶ rollback
 *      └─────────────────── neither ──▶ next, larger cohort; after the last: inconclusive
 *   at any time ── a guardrail is harmed ──▶ rollback;  units in other shares than planned ──▶ pause
 *   `maxSeconds` of a phase over ──▶ inconclusive
 *
 * Goals are looked at once a phase, when each arm has the phase's units, and each look spends its part of alpha by the
 * spending function, so that all of them together err as often as it says (Lan and DeMets 1983; `groupSequentialBounds`).
 * Several goals share it evenly. Information is counted in units, as planned: a look that comes a little late knows more,
 * which only makes looks more alike and the error rate smaller. Guardrails and non-inferiority are always-valid, for harm has to be stopped when it is seen.
 *
 * The cohort is the first `coverage` of each half of the units' places, so a unit that is in stays in, and keeps its arm,
 * through all phases. Those outside are answered by the incumbent as group `outside` and count nowhere.
 */
import { variantId, type Conclusion, type GateReading, type Kpi } from '@mulle/contract';
import { groupSequentialBounds } from '@mulle/stats';
import { unitHash } from '../assignment.ts';
import {
  outside,
  type Choice,
  type ConcludableRelease,
  type GroupWeights,
  type StrategyDefinition,
} from '../strategy.ts';
import { readSampleRatio, readSegments, unitCounts } from './ab-readings.ts';
import { describeReadings } from './describe-readings.ts';
import { improvement, isHarmful, isNonInferior, judge, rawReading, trustedDifference } from './kpi-reading.ts';
import { wantedByKpis } from './kpi-sums.ts';
import { cohortTest, emptyStagedState, foldStaged, type Staged, type StagedState } from './staged-state.ts';

function chooseArm(strategy: Staged, weights: GroupWeights, unit: string, releaseId: string): Choice {
  const { incumbent = 0, challenger = 0 } = weights;
  const place = unitHash(unit, releaseId);
  const within = place < 0.5 ? place : place - 0.5;
  // With an arm whose weight was taken away (it cannot answer now) there is no test.
  if (!(incumbent > 0) || !(challenger > 0) || within >= (incumbent + challenger) / 2)
    return { group: outside, variantId: variantId(strategy.incumbent), propensity: 1 };
  return place < 0.5
    ? { group: 'incumbent', variantId: variantId(strategy.incumbent), propensity: incumbent }
    : { group: 'challenger', variantId: variantId(strategy.challenger), propensity: challenger };
}

/** One look: whether the phase's units are in, and the bound on |z|. */
interface Look {
  readonly isDue: boolean;
  readonly bound: number;
}

const bounds = new WeakMap<Staged, readonly number[]>();

/** By phase; they follow from the plan, so they are made once. */
function boundsOf(strategy: Staged): readonly number[] {
  const known = bounds.get(strategy);
  if (known) return known;
  const { phases, kpis, alpha, spending } = strategy;
  const final = phases.at(-1)?.sampleSize ?? 1;
  const goals = Math.max(1, kpis.filter(({ role }) => role === 'goal').length);
  const fractions = phases.map(({ sampleSize }) => sampleSize / final);
  const made = groupSequentialBounds(fractions, alpha / goals, spending);
  bounds.set(strategy, made);
  return made;
}

function lookAt(strategy: Staged, state: StagedState, step: number): Look {
  const target = strategy.phases[step]?.sampleSize ?? Infinity;
  const units = Math.min(...unitCounts(cohortTest(strategy, target), state.test));
  return { isDue: units >= target, bound: boundsOf(strategy)[step] ?? Infinity };
}

function readGoal(kpi: Kpi, state: StagedState, { isDue, bound }: Look): GateReading {
  const { incumbent, challenger } = state.test.kpis[kpi.name] ?? {};
  const raw = { ...rawReading(kpi, incumbent, challenger), group: 'challenger' };
  const effect = incumbent && challenger ? trustedDifference(kpi, incumbent, challenger) : null;
  if (effect === null) return { ...raw, verdict: 'inconclusive' };
  const error = Math.sqrt(effect.squaredError);
  const { estimate } = effect;
  const crossed = isDue && Math.abs(estimate) >= bound * error;
  return {
    ...raw,
    verdict: !crossed ? 'inconclusive' : improvement(kpi, estimate) > 0 ? 'pass' : 'fail',
    estimate,
    interval: [estimate - bound * error, estimate + bound * error],
    ...(effect.varianceReduction > 0 ? { varianceReduction: effect.varianceReduction } : {}),
  };
}

/** A guardrail or a non-inferiority: always-valid, tightest where the last phase ends. */
function readCheck(strategy: Staged, kpi: Kpi, state: StagedState, isDue: boolean): GateReading {
  const { incumbent, challenger } = state.test.kpis[kpi.name] ?? {};
  const raw = { ...rawReading(kpi, incumbent, challenger), group: 'challenger' };
  const effect = incumbent && challenger ? trustedDifference(kpi, incumbent, challenger) : null;
  if (effect === null) return { ...raw, verdict: 'inconclusive' };
  const { interval, pValue } = judge(
    effect,
    'always-valid',
    strategy.alpha,
    2 * (strategy.phases.at(-1)?.sampleSize ?? 1),
  );
  const shown = kpi.role === 'guardrail' ? isDue : isDue && isNonInferior(kpi, interval);
  const verdict = isHarmful(kpi, effect, interval) ? 'fail' : shown ? 'pass' : 'inconclusive';
  return { ...raw, verdict, estimate: effect.estimate, interval, pValue };
}

const reasons = {
  promote: { en: 'Better, and nothing worse', ko: '개선이 확인되었고 악화된 지표가 없습니다' },
  rollback: { en: 'Evidence of harm', ko: '악화가 확인되었습니다' },
  advance: { en: 'Nothing speaks against a larger group', ko: '더 큰 집단으로 넓혀도 좋습니다' },
  pause: {
    en: 'Units did not come in the planned shares: the assignment or the log is at fault',
    ko: '단위가 계획한 비율로 배정되지 않았습니다. 배정이나 기록을 확인하세요',
  },
  inconclusive: { en: 'The experiment ended without a conclusion', ko: '결론 없이 실험이 끝났습니다' },
  continue: { en: 'More data is needed', ko: '데이터가 더 필요합니다' },
} as const satisfies Record<Conclusion, { en: string; ko: string }>;

function conclusionOf(
  strategy: Staged,
  release: ConcludableRelease,
  { isDue }: Look,
  ratio: GateReading,
  kpis: readonly GateReading[],
  nowMs: number,
): Conclusion {
  if (release.state !== 'running') return 'continue';
  if (kpis.some(({ verdict }) => verdict === 'fail')) return 'rollback';
  if (ratio.verdict === 'fail') return 'pause';
  if (isDue) {
    const isGoal = ({ gate }: GateReading): boolean => gate.metric === 'kpi' && gate.kpi.role === 'goal';
    const wins = kpis.some((reading) => isGoal(reading) && reading.verdict === 'pass');
    if (wins && kpis.every((reading) => isGoal(reading) || reading.verdict === 'pass')) return 'promote';
    return release.step < strategy.phases.length - 1 ? 'advance' : 'inconclusive';
  }
  return (nowMs - release.stepStartedAtMs) / 1_000 > strategy.maxSeconds ? 'inconclusive' : 'continue';
}

export const staged: StrategyDefinition<'staged'> = {
  kind: 'staged',
  compile({ incumbent, challenger, phases }, { step = 0 }) {
    const half = (phases[step]?.coverage ?? 0) / 2;
    const weights = { incumbent: half, challenger: half };
    return {
      groups: [
        { name: 'incumbent', variantId: variantId(incumbent) },
        { name: 'challenger', variantId: variantId(challenger) },
      ],
      weights,
      safe: weights,
      onServerOnly: true,
    };
  },
  choose: (strategy, _compiled, weights, { unit, releaseId }) => chooseArm(strategy, weights, unit, releaseId),
  wanted({ kpis, segments = [] }) {
    const { outcomes, fields } = wantedByKpis(kpis);
    return { outcomes, fields: [...new Set([...fields, ...segments])] };
  },
  initial: emptyStagedState,
  fold: foldStaged,
  conclude(strategy, release, state, nowMs) {
    const look = lookAt(strategy, state, release.step);
    const test = cohortTest(strategy, strategy.phases[release.step]?.sampleSize ?? 1);
    const ratio = readSampleRatio(test, state.test);
    const kpis = strategy.kpis.map((kpi) =>
      kpi.role === 'goal' ? readGoal(kpi, state, look) : readCheck(strategy, kpi, state, look.isDue),
    );
    const conclusion = conclusionOf(strategy, release, look, ratio, kpis, nowMs);
    const { en, ko } = reasons[conclusion];
    const figures = `${describeReadings(conclusion === 'pause' ? [ratio] : kpis)}; bound ${look.bound.toFixed(3)}`;
    return {
      conclusion,
      readings: [ratio, ...kpis, ...readSegments(test, state.test)],
      reason: { en: `${en}. ${figures}.`, ko: `${ko}. ${figures}.` },
    };
  },
};
