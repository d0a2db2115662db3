import type { Kpi, KpiValue } from '@mulle/contract';
import { addToClusterSums, emptyClusterSums, type ClusterSums, type ClusterTerm } from '@mulle/stats';
import { unitHash } from '../assignment.ts';
import type { ReleaseEvent, Wanted } from '../release-events.ts';

/** Buckets of units; those of a segment are fewer, for there are many segments. */
const kpiBuckets = 256;
const segmentBuckets = 32;

/** Sums of one KPI, by group. */
export type KpiSums = Record<string, ClusterSums>;

export function emptySums(kpi: Kpi, isSegment = false): ClusterSums {
  return emptyClusterSums({
    buckets: isSegment ? segmentBuckets : kpiBuckets,
    hasDenominator: kpi.kind === 'ratio',
    hasCovariate: kpi.covariate !== undefined && !isSegment,
  });
}

/** Place of a unit among the clusters, the same in every release and independent of every assignment. */
export function clusterPlace(unit: string): number {
  return unitHash(unit, '\u0000cluster');
}

function valueAt(source: KpiValue, event: ReleaseEvent): number | undefined {
  if ('outcome' in source) return event.kind === 'outcome' ? event.values[source.outcome] : undefined;
  if (event.kind !== 'decision') return undefined;
  switch (source.decision) {
    case 'error':
      return event.failed ? 1 : 0;
    case 'latency-ms':
      return event.latencyMs;
    case 'score':
      return event.score ?? undefined;
  }
}

/**
 * What an event adds to a KPI, by intention to treat: whatever answered, it counts for the group that was assigned.
 * Parts may come apart (a ratio's two values, a click after its decision) and in any order; undefined: nothing.
 */
export function kpiTerm(kpi: Kpi, event: ReleaseEvent): Required<ClusterTerm> | undefined {
  const numerator = valueAt(kpi.value, event);
  const denominator = kpi.per === undefined ? undefined : valueAt(kpi.per, event);
  const base = kpi.kind === 'ratio' ? (kpi.per ?? kpi.value) : kpi.value;
  const counted = kpi.kind === 'ratio' ? denominator : numerator;
  const counts = 'outcome' in base && kpi.absent === 'zero' ? event.kind === 'decision' : counted !== undefined;
  if (!counts && numerator === undefined && denominator === undefined) return undefined;
  const known = kpi.covariate === undefined ? undefined : Number(event.fields[kpi.covariate]);
  return {
    n: counts ? 1 : 0,
    numerator: numerator ?? 0,
    denominator: denominator ?? 0,
    covariate: counts && known !== undefined && Number.isFinite(known) ? known : 0,
  };
}

/** Adds an event of the group to its sums of a KPI, in place. `place` as `clusterPlace` says. */
export function foldKpi(kpi: Kpi, sums: ClusterSums, event: ReleaseEvent, place: number): void {
  const term = kpiTerm(kpi, event);
  if (term) addToClusterSums(sums, place, term);
}

/** What KPIs have to be told. */
export function wantedByKpis(kpis: readonly Kpi[]): Wanted {
  const outcomes = new Set<string>();
  const fields = new Set<string>();
  for (const kpi of kpis) {
    for (const source of [kpi.value, kpi.per]) if (source && 'outcome' in source) outcomes.add(source.outcome);
    if (kpi.covariate !== undefined) fields.add(kpi.covariate);
  }
  return { outcomes: [...outcomes], fields: [...fields] };
}
