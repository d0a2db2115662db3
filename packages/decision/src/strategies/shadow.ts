/**
 * Shadow: the incumbent answers everyone, and a sample of the requests is copied to the challenger behind the answer.
 *
 *   running ── every gate passes, least time over ──▶ pause, for a person to go on; or promote, where the plan says so
 *      ├────── a gate fails ──▶ rollback
 *      └────── `maxSeconds` over ──▶ inconclusive
 *
 * Both variants answer the same rows, so everything is compared pair by pair: agreement, the mean difference, and the
 * log loss on the same label, whose difference needs far fewer labels than two groups of callers would. Errors and
 * latency are those of asking the variant alone. Bounds are valid at every look, as in the canary.
 *
 * What a shadow cannot see is what its answers lead to: no KPI is judged, and passing promotes only where asked for.
 * Copies are a sample by the hash of the request; those dropped under load are the ones that came when it was high,
 * so a latency seen here is that of calmer hours. How many were dropped is told beside the verdict.
 */
import { variantId, type Conclusion, type GateReading } from '@mulle/contract';
import { asymptoticConfidenceSequence } from '@mulle/stats';
import { rateConfidenceSequence } from '../rate-confidence-sequence.ts';
import type { ConcludableRelease, StrategyDefinition } from '../strategy.ts';
import { describeReadings } from './describe-readings.ts';
import { defaultAlpha, readLimit, verdictOf } from './service-tally.ts';
import {
  emptyShadowState,
  foldShadowAnswer,
  foldShadowOutcome,
  type Comparison,
  type Shadow,
  type ShadowState,
} from './shadow-state.ts';

type LogLossGate = Extract<Shadow['gates'][number], { metric: 'log-loss' }>;

/** Below this many labels the normal approximation of the sequence is not trusted. */
const fewestLabels = 100;

function readAgreement({ agreement, minSamples }: Shadow, { n, agreeing, difference }: Comparison): GateReading {
  const interval = rateConfidenceSequence(agreeing, n, defaultAlpha);
  const enough = n >= minSamples && interval[0] >= agreement.min;
  return {
    gate: { metric: 'agreement', ...agreement },
    verdict: interval[1] < agreement.min ? 'fail' : enough ? 'pass' : 'inconclusive',
    challenger: n > 0 ? agreeing / n : null,
    incumbent: null,
    interval: n > 0 ? interval : null,
    challengerSamples: n,
    incumbentSamples: n,
    ...(difference.n > 0 ? { difference: difference.mean } : {}),
  };
}

function readLogLoss(gate: LogLossGate, { losses }: ShadowState, minSamples: number): GateReading {
  const { challenger, incumbent, difference } = losses;
  const sequence =
    difference.n < fewestLabels
      ? null
      : asymptoticConfidenceSequence(difference, { alpha: gate.alpha ?? defaultAlpha, tuningSampleSize: 1_000 });
  // Answers that are all alike have no variance, and lose nothing.
  const same = difference.n >= fewestLabels && difference.m2 === 0;
  const interval: [number, number] | null = sequence?.conclusive
    ? [sequence.lower, sequence.upper]
    : same
      ? [difference.mean, difference.mean]
      : null;
  const harmful = interval !== null && interval[0] > 0 && difference.mean > gate.margin;
  const samples = difference.n;
  return {
    gate,
    verdict: verdictOf({ limit: gate.margin, interval, harmful, samples, minSamples, decisive: true }),
    challenger: samples > 0 ? challenger.mean : null,
    incumbent: samples > 0 ? incumbent.mean : null,
    interval,
    challengerSamples: samples,
    incumbentSamples: samples,
  };
}

function readGates(strategy: Shadow, state: ShadowState): GateReading[] {
  const { minSamples, gates } = strategy;
  const enough = { samples: state.challenger.decisions, minSamples, decisive: true };
  return [
    readAgreement(strategy, state.all),
    ...gates.map((gate) =>
      gate.metric === 'log-loss'
        ? readLogLoss(gate, state, minSamples)
        : readLimit(gate, state.challenger, state.incumbent, enough),
    ),
  ];
}

/** Agreement by slice, to explore: many are looked at, so none is concluded on. */
function readSlices(strategy: Shadow, { slices }: ShadowState): GateReading[] {
  return Object.entries(slices).map(([segment, comparison]) => ({
    ...readAgreement(strategy, comparison),
    verdict: 'inconclusive',
    segment,
  }));
}

const reasons = {
  promote: { en: 'Every check of the shadow passed', ko: '섀도 점검을 모두 통과했습니다' },
  pause: {
    en: 'Every check of the shadow passed: promote it, or deploy it by a canary',
    ko: '섀도 점검을 모두 통과했습니다. 승격하거나 카나리로 배포하세요',
  },
  rollback: { en: 'Evidence of harm', ko: '악화가 확인되었습니다' },
  inconclusive: { en: 'Time is up without a conclusion', ko: '결론 없이 제한 시간이 지났습니다' },
  continue: { en: 'Comparing answers', ko: '답을 비교하고 있습니다' },
} as const satisfies Partial<Record<Conclusion, { en: string; ko: string }>>;

function conclusionOf(
  strategy: Shadow,
  release: ConcludableRelease,
  readings: readonly GateReading[],
  nowMs: number,
): keyof typeof reasons {
  if (release.state !== 'running') return 'continue';
  if (readings.some(({ verdict }) => verdict === 'fail')) return 'rollback';
  const elapsedSeconds = (nowMs - release.stepStartedAtMs) / 1_000;
  if (elapsedSeconds >= strategy.minSeconds && readings.every(({ verdict }) => verdict === 'pass'))
    return strategy.whenPassed ?? 'pause';
  return elapsedSeconds > strategy.maxSeconds ? 'inconclusive' : 'continue';
}

export const shadow: StrategyDefinition<'shadow'> = {
  kind: 'shadow',
  compile(strategy) {
    const { incumbent, challenger, sample, agreement, slices = [] } = strategy;
    return {
      groups: [{ name: 'incumbent', variantId: variantId(incumbent) }],
      weights: { incumbent: 1 },
      safe: { incumbent: 1 },
      shadow: {
        group: 'incumbent',
        variantId: variantId(challenger),
        sample,
        tolerance: agreement.tolerance,
        fields: slices,
      },
    };
  },
  choose: (strategy) => ({ group: 'incumbent', variantId: variantId(strategy.incumbent), propensity: 1 }),
  wanted: ({ gates }) => ({
    outcomes: gates.flatMap((gate) => (gate.metric === 'log-loss' ? [gate.label] : [])),
    fields: [],
  }),
  initial: emptyShadowState,
  fold: (strategy, state, event) => (event.kind === 'outcome' ? foldShadowOutcome(strategy, state, event) : state),
  foldShadow: foldShadowAnswer,
  conclude(strategy, release, state, nowMs) {
    const readings = readGates(strategy, state);
    const conclusion = conclusionOf(strategy, release, readings, nowMs);
    const { en, ko } = reasons[conclusion];
    const { dropped } = state;
    const figures = `${describeReadings(readings)}${dropped === 0 ? '' : `; ${dropped} copies dropped under load`}`;
    return {
      conclusion,
      readings: [...readings, ...readSlices(strategy, state)],
      reason: { en: `${en}. ${figures}.`, ko: `${ko}. ${figures}.` },
    };
  },
};
