import type { GateReading, Release, Strategy } from '@mulle/contract';

export type AbTest = Extract<Strategy, { kind: 'ab-test' }>;

/** The reading of a KPI in one arm. */
export type KpiReading = GateReading & { gate: Extract<GateReading['gate'], { metric: 'kpi' }> };

export function isKpiReading(reading: GateReading): reading is KpiReading {
  return reading.gate.metric === 'kpi';
}

/** What a person should do about a test, and the figures that say so. */
export type AbAdvice =
  | { readonly kind: 'promoted'; readonly arm: string }
  | { readonly kind: 'rolledBack' | 'superseded' | 'mismatch' | 'paused' }
  | { readonly kind: 'harm' | 'win'; readonly arm: string; readonly kpis: readonly string[] }
  /** `leftMs` is null while nothing arrives, or nothing has yet. */
  | {
      readonly kind: 'collect' | 'late';
      readonly have: number;
      readonly needed: number;
      readonly leftMs: number | null;
    };

const roles = (readings: readonly KpiReading[], role: string): readonly KpiReading[] =>
  readings.filter(({ gate }) => gate.kpi.role === role);
const namesOf = (readings: readonly KpiReading[]): string[] => readings.map(({ gate }) => gate.kpi.name);

/** As the engine concludes: a goal is better, nothing fails, and what must be shown safe is. */
function wins(readings: readonly KpiReading[]): boolean {
  const safe = [...roles(readings, 'guardrail'), ...roles(readings, 'non-inferiority')];
  return (
    readings.every(({ verdict }) => verdict !== 'fail') &&
    safe.every(({ verdict }) => verdict === 'pass') &&
    roles(readings, 'goal').some(({ verdict }) => verdict === 'pass')
  );
}

/** Answers of the smallest arm: as many units, or more where units come again. */
function smallestArm(readings: readonly GateReading[]): number {
  const counts = readings.flatMap(({ challengerSamples, incumbentSamples }) => [challengerSamples, incumbentSamples]);
  return counts.length === 0 ? 0 : Math.min(...counts);
}

function progress({ analysis, minSamples }: AbTest, release: Release, nowMs: number): AbAdvice {
  const needed = Math.max(analysis.sampleSize, minSamples);
  const counted = release.readings.filter((reading) => reading.segment === undefined && reading.gate.metric === 'kpi');
  // A KPI that waits for its outcome has fewer: the one with the most tells how many were assigned.
  const perKpi = Map.groupBy(counted, ({ gate }) => (gate.metric === 'kpi' ? gate.kpi.name : ''));
  const have = Math.max(0, ...[...perKpi.values()].map(smallestArm));
  const elapsedMs = nowMs - release.stepStartedAtMs;
  if (have >= needed) return { kind: 'late', have, needed, leftMs: null };
  return { kind: 'collect', have, needed, leftMs: have > 0 ? ((needed - have) * elapsedMs) / have : null };
}

export function adviceOf(release: Release, strategy: AbTest, nowMs: number): AbAdvice {
  if (release.state === 'promoted') return { kind: 'promoted', arm: release.winner ?? strategy.arms[1]?.name ?? '' };
  if (release.state === 'rolled-back') return { kind: 'rolledBack' };
  if (release.state === 'superseded') return { kind: 'superseded' };
  const [ratio] = release.readings.filter(({ gate }) => gate.metric === 'sample-ratio');
  if (ratio?.verdict === 'fail') return { kind: 'mismatch' };
  const whole = release.readings.filter(isKpiReading).filter(({ segment }) => segment === undefined);
  for (const { name: arm } of strategy.arms.slice(1)) {
    const own = whole.filter(({ group }) => group === arm);
    if (wins(own))
      return {
        kind: 'win',
        arm,
        kpis: namesOf(own.filter(({ verdict, gate }) => verdict === 'pass' && gate.kpi.role === 'goal')),
      };
  }
  for (const { name: arm } of strategy.arms.slice(1)) {
    const failed = whole.filter(({ group, verdict }) => group === arm && verdict === 'fail');
    if (failed.length > 0) return { kind: 'harm', arm, kpis: namesOf(failed) };
  }
  return release.state === 'paused' ? { kind: 'paused' } : progress(strategy, release, nowMs);
}
