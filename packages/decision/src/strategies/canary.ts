/**
 * Canary: a challenger takes a growing share from an incumbent, step by step, and is taken back as soon as there is
 * evidence that it does harm.
 *
 *   running ── every gate passes, least time over ──▶ next step … ──▶ last step passes ──▶ promote
 *      ├────── a gate fails, at any time ──▶ rollback
 *      └────── `maxSeconds` at a step without either ──▶ inconclusive (the policy then pauses or rolls back)
 *
 * Gates are read again and again while data comes in, so every bound is valid at every look: nothing is spent by
 * looking often, and no number of looks turns luck into a verdict.
 *
 * Fail = evidence of harm. Error rate and p95: the interval lies wholly beyond the limit. Log loss: the interval of
 * the difference lies wholly above 0 (the challenger is worse) and the estimate lies above the margin (by more than
 * is tolerated). Asking for the whole interval above the margin would keep a model of twice the margin on traffic
 * for thousands of labels; asking only for worse than 0 would take back what the margin allows.
 *
 * Pass = no evidence of harm and `minSamples` of this step, while small shares bound the damage; but from the last
 * step on at which the incumbent still answers, the interval has to lie wholly on the good side of the limit. That is
 * the last moment at which anything can be compared: at a share of 1 the log loss gate rests on what was seen before,
 * and the step's own samples are decisions. A plan that begins at share 1 with a log loss gate cannot pass.
 *
 * Anything else is inconclusive, and so is no data: silence never promotes. With labels at 20 % positive and a margin
 * of 0.05 nats an equal model passes with the first 500 to 1,500 labelled challenger answers, a model that answers
 * 0.5 to everything fails with the first 100 to 200 (simulated in the tests).
 *
 * Groups are in the order incumbent, challenger: as the challenger's share grows, units that met it keep it.
 */
import { variantId, type GateReading, type LocalisedText } from '@mulle/contract';
import { unitHash } from '../assignment.ts';
import type { ConcludableRelease, GroupWeights, ReleaseConclusion, StrategyDefinition } from '../strategy.ts';
import { emptyCanaryState, foldCanary, type Canary } from './canary-state.ts';
import { chooseByShare } from './choose.ts';
import { describeReadings } from './describe-readings.ts';
import { readGate } from './gate-readings.ts';
import { wantedByKpis } from './kpi-sums.ts';

const weightsAt = (share: number): GroupWeights => ({ incumbent: 1 - share, challenger: share });

function isDecisive(strategy: Canary, step: number): boolean {
  const lastShared = strategy.steps.findLastIndex(({ weight }) => weight < 1);
  return step >= (lastShared < 0 ? strategy.steps.length - 1 : lastShared);
}

function reasonOf(conclusion: ReleaseConclusion['conclusion'], readings: readonly GateReading[]): LocalisedText {
  const failed = describeReadings(readings.filter(({ verdict }) => verdict === 'fail'));
  const open = describeReadings(readings.filter(({ verdict }) => verdict === 'inconclusive'));
  switch (conclusion) {
    case 'rollback':
      return { en: `Evidence of harm. ${failed}.`, ko: `악화가 확인되었습니다. ${failed}.` };
    case 'promote':
      return {
        en: `Every gate passed at the last step. ${describeReadings(readings)}.`,
        ko: `마지막 단계의 모든 게이트를 통과했습니다. ${describeReadings(readings)}.`,
      };
    case 'advance':
      return {
        en: `Every gate passed. ${describeReadings(readings)}.`,
        ko: `모든 게이트를 통과했습니다. ${describeReadings(readings)}.`,
      };
    case 'inconclusive':
      return { en: `Time is up without a conclusion. ${open}.`, ko: `결론 없이 제한 시간이 지났습니다. ${open}.` };
    case 'pause':
    case 'continue':
      return open === ''
        ? {
            en: 'Every gate passes; the least time of the step runs.',
            ko: '모든 게이트를 통과했고 단계의 최소 시간을 기다립니다.',
          }
        : { en: `More data is needed. ${open}.`, ko: `데이터가 더 필요합니다. ${open}.` };
  }
}

function conclusionOf(
  strategy: Canary,
  release: ConcludableRelease,
  readings: readonly GateReading[],
  nowMs: number,
): ReleaseConclusion['conclusion'] {
  const step = strategy.steps[release.step];
  if (!step || release.state !== 'running') return 'continue';
  if (readings.some(({ verdict }) => verdict === 'fail')) return 'rollback';
  const elapsedSeconds = (nowMs - release.stepStartedAtMs) / 1000;
  const passed = readings.length > 0 && readings.every(({ verdict }) => verdict === 'pass');
  if (passed && elapsedSeconds >= step.minSeconds) {
    return release.step === strategy.steps.length - 1 ? 'promote' : 'advance';
  }
  return elapsedSeconds > strategy.maxSeconds ? 'inconclusive' : 'continue';
}

export const canary: StrategyDefinition<'canary'> = {
  kind: 'canary',
  /** Paused keeps the step's share; superseded has no say any more and reads as its safe weights. */
  compile(strategy, { state = 'running', step = 0 }) {
    const safe = weightsAt(state === 'promoted' ? 1 : 0);
    const share = strategy.steps[step]?.weight;
    return {
      groups: [
        { name: 'incumbent', variantId: variantId(strategy.incumbent) },
        { name: 'challenger', variantId: variantId(strategy.challenger) },
      ],
      weights: share !== undefined && (state === 'running' || state === 'paused') ? weightsAt(share) : safe,
      safe,
    };
  },
  choose: (_strategy, { groups }, weights, { unit, releaseId }) =>
    chooseByShare(groups, weights, unitHash(unit, releaseId)),
  wanted({ gates }) {
    const { outcomes, fields } = wantedByKpis(gates.flatMap((gate) => (gate.metric === 'kpi' ? [gate.kpi] : [])));
    const labels = gates.flatMap((gate) => (gate.metric === 'log-loss' ? [gate.label] : []));
    return { outcomes: [...new Set([...outcomes, ...labels])], fields };
  },
  initial: emptyCanaryState,
  fold: foldCanary,
  conclude(strategy, release, state, nowMs) {
    const step = strategy.steps[release.step];
    if (!step) throw new RangeError(`Step ${release.step} of a canary of ${strategy.steps.length} steps.`);
    const decisive = isDecisive(strategy, release.step);
    const readings = strategy.gates.map((gate) => readGate(gate, state, step, decisive));
    const conclusion = conclusionOf(strategy, release, readings, nowMs);
    return { conclusion, readings, reason: reasonOf(conclusion, readings) };
  },
};
