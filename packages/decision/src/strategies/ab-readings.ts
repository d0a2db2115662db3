import type { GateReading, Kpi } from '@mulle/contract';
import {
  benjaminiHochberg,
  holm,
  sampleRatioMismatch,
  sequentialSampleRatio,
  unitSampleCounts,
  type ClusterSums,
} from '@mulle/stats';
import { armShares, type AbTest, type AbTestState } from './ab-test-state.ts';
import { improvement, isHarmful, isNonInferior, judge, rawReading, trustedDifference } from './kpi-reading.ts';

/** False alarms of the sample ratio over the whole test; a mismatch that matters is found far below it. */
const sampleRatioAlpha = 0.001;

/** Units of each arm that were seen: exact up to 4,096 in all, estimated beyond. */
export function unitCounts(strategy: AbTest, { units }: AbTestState): number[] {
  return unitSampleCounts(units, strategy.arms.length).map((count) => count * 2 ** units.level);
}

/**
 * Whether units came in the planned shares, judged so that it may be looked at after every unit (the p-value shown is
 * that of one look), and whether any unit met two arms, which sticky assignment makes impossible.
 */
export function readSampleRatio(strategy: AbTest, state: AbTestState): GateReading {
  const counts = unitSampleCounts(state.units, strategy.arms.length);
  const shares = armShares(strategy);
  const [incumbentSamples = 0] = counts;
  const all = counts.reduce((sum, count) => sum + count, 0);
  const mismatch = sequentialSampleRatio(counts, shares) < sampleRatioAlpha || state.units.crossed > 0;
  return {
    gate: { metric: 'sample-ratio', alpha: sampleRatioAlpha },
    verdict: mismatch ? 'fail' : all === 0 ? 'inconclusive' : 'pass',
    challenger: all > 0 ? 1 - incumbentSamples / all : null,
    incumbent: all > 0 ? incumbentSamples / all : null,
    interval: null,
    challengerSamples: all - incumbentSamples,
    incumbentSamples,
    pValue: state.units.crossed > 0 ? 0 : sampleRatioMismatch(counts, shares).pValue,
  };
}

/** A fixed-horizon or Bayesian test has not reached its sample size: it may be looked at, and says nothing yet. */
function isEarly(strategy: AbTest, state: AbTestState): boolean {
  const { method, sampleSize } = strategy.analysis;
  const needed = method === 'always-valid' ? strategy.minSamples : Math.max(sampleSize, strategy.minSamples);
  return unitCounts(strategy, state).some((count) => count < needed);
}

interface Arms {
  readonly kpi: Kpi;
  readonly control: ClusterSums | undefined;
  readonly treatment: ClusterSums | undefined;
}

/**
 * One KPI of one challenger. Harm is looked for all the time, so guardrails are judged always-valid whatever the method
 * of the test; goals and non-inferiority by the method, and only when it may conclude.
 */
function readKpi(strategy: AbTest, { kpi, control, treatment }: Arms, early: boolean): GateReading {
  const { method, alpha, sampleSize } = strategy.analysis;
  const raw = rawReading(kpi, control, treatment);
  const effect = control && treatment ? trustedDifference(kpi, control, treatment) : null;
  if (effect === null) return { ...raw, verdict: 'inconclusive' };
  const isGuardrail = kpi.role === 'guardrail';
  const judged = judge(effect, isGuardrail ? 'always-valid' : method, alpha, 2 * sampleSize);
  const { interval, pValue, chanceAbove } = judged;
  const harmful = isHarmful(kpi, effect, interval);
  const verdict = (): GateReading['verdict'] => {
    if (isGuardrail) return harmful ? 'fail' : early ? 'inconclusive' : 'pass';
    if (early) return 'inconclusive';
    if (kpi.role === 'goal') return 'inconclusive';
    return harmful ? 'fail' : isNonInferior(kpi, interval) ? 'pass' : 'inconclusive';
  };
  return {
    ...raw,
    interval,
    verdict: verdict(),
    estimate: effect.estimate,
    pValue,
    ...(method === 'bayesian' ? { chanceToBeat: kpi.direction === 'increase' ? chanceAbove : 1 - chanceAbove } : {}),
    ...(effect.varianceReduction > 0 ? { varianceReduction: effect.varianceReduction } : {}),
  };
}

/** Corrects the p-values of goals over all goals and challengers together; the corrected one decides. */
function correctGoals(strategy: AbTest, readings: GateReading[], early: boolean): GateReading[] {
  const { correction, alpha } = strategy.analysis;
  const isGoal = ({ gate }: GateReading): boolean => gate.metric === 'kpi' && gate.kpi.role === 'goal';
  const pValues = readings.filter(isGoal).map(({ pValue }) => pValue ?? 1);
  const adjusted = correction === 'holm' ? holm(pValues) : correction === 'none' ? pValues : benjaminiHochberg(pValues);
  let next = 0;
  return readings.map((reading) => {
    if (!isGoal(reading) || reading.gate.metric !== 'kpi') return reading;
    const adjustedPValue = adjusted[next++] ?? 1;
    if (reading.estimate === undefined) return reading;
    const decided = !early && adjustedPValue <= alpha;
    const better = improvement(reading.gate.kpi, reading.estimate) > 0;
    return { ...reading, adjustedPValue, verdict: decided ? (better ? 'pass' : 'fail') : 'inconclusive' };
  });
}

/** All KPIs of all challengers, by challenger. */
export function readArms(strategy: AbTest, state: AbTestState): GateReading[] {
  const early = isEarly(strategy, state);
  const [incumbent, ...challengers] = strategy.arms;
  const readings = challengers.flatMap(({ name: group }) =>
    strategy.kpis.map((kpi) => {
      const sums = state.kpis[kpi.name];
      const arms = { kpi, control: incumbent && sums?.[incumbent.name], treatment: sums?.[group] };
      return { ...readKpi(strategy, arms, early), group };
    }),
  );
  return correctGoals(strategy, readings, early);
}

/** Differences by segment, to explore: many are looked at, so none is concluded on. */
export function readSegments(strategy: AbTest, state: AbTestState): GateReading[] {
  const [incumbent, ...challengers] = strategy.arms;
  return Object.entries(state.segments).flatMap(([segment, kpis]) =>
    challengers.flatMap(({ name: group }) =>
      strategy.kpis.map((kpi) => {
        const sums = kpis[kpi.name];
        const arms = { kpi, control: incumbent && sums?.[incumbent.name], treatment: sums?.[group] };
        return { ...readKpi(strategy, arms, true), verdict: 'inconclusive' as const, group, segment };
      }),
    ),
  );
}
