import type { Kpi, Strategy } from '@mulle/contract';
import { addToUnitSample, emptyUnitSample, type UnitSample } from '@mulle/stats';
import { unitHash } from '../assignment.ts';
import type { ReleaseEvent } from '../release-events.ts';
import { clusterPlace, emptySums, foldKpi, type KpiSums } from './kpi-sums.ts';
import { segmentKey } from './segment-key.ts';

export type AbTest = Extract<Strategy, { kind: 'ab-test' }>;

/** What an A/B test has seen: plain JSON, of a size that does not grow with the traffic. */
export interface AbTestState {
  readonly kind: 'ab-test';
  /** By KPI's name. */
  readonly kpis: SumsByKpi;
  readonly units: UnitSample;
  /** By `field=value`, then KPI's name. */
  readonly segments: Record<string, SumsByKpi>;
}

type SumsByKpi = Record<string, KpiSums>;

function emptyByKpi({ arms, kpis }: AbTest, isSegment: boolean): SumsByKpi {
  const byArm = (kpi: Kpi): KpiSums => Object.fromEntries(arms.map(({ name }) => [name, emptySums(kpi, isSegment)]));
  return Object.fromEntries(kpis.map((kpi) => [kpi.name, byArm(kpi)]));
}

function foldKpis({ kpis }: AbTest, sums: SumsByKpi, event: ReleaseEvent, place: number): void {
  for (const kpi of kpis) {
    const own = sums[kpi.name]?.[event.group];
    if (own) foldKpi(kpi, own, event, place);
  }
}

export function emptyAbTestState(strategy: AbTest): AbTestState {
  return { kind: 'ab-test', kpis: emptyByKpi(strategy, false), units: emptyUnitSample(), segments: {} };
}

/** Share of each arm among the units that take part. */
export function armShares(strategy: AbTest): number[] {
  const total = strategy.arms.reduce((sum, { weight }) => sum + weight, 0);
  return strategy.arms.map(({ weight }) => weight / total);
}

function segmentSums(strategy: AbTest, state: AbTestState, field: string, value: unknown): SumsByKpi | null {
  const key = segmentKey(state.segments, field, value);
  return key === null ? null : (state.segments[key] ??= emptyByKpi(strategy, true));
}

/**
 * Adds one event in place. What was not drawn with its arm's own share (everything went to one arm, while weights were
 * out of date or a person overrode them) is no part of the test.
 */
export function foldAbTest(strategy: AbTest, state: AbTestState, event: ReleaseEvent): AbTestState {
  const arm = strategy.arms.findIndex(({ name }) => name === event.group);
  if (arm < 0 || Math.abs((armShares(strategy)[arm] ?? 0) - event.propensity) > 1e-9) return state;
  const place = clusterPlace(event.unit);
  if (event.kind === 'decision') {
    addToUnitSample(state.units, Math.floor(unitHash(event.unit, '\u0000sample') * 2 ** 32), arm);
  }
  foldKpis(strategy, state.kpis, event, place);
  for (const field of strategy.segments ?? []) {
    const segment = segmentSums(strategy, state, field, event.fields[field]);
    if (segment !== null) foldKpis(strategy, segment, event, place);
  }
  return state;
}
