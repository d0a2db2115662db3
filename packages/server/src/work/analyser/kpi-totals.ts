/**
 * What declared KPIs come to on their endpoints, whatever is released: by variant that answered and by day of event time.
 *
 * A series holds the sums of its last days, of a size that does not grow with the traffic; what comes for a day that
 * has left is not counted any more. Series are told whole, so that telling them twice, or folding again after a crash,
 * changes nothing. A KPI that is declared anew in other words begins anew.
 */
import {
  canonicalJson,
  type Decision,
  type KpiDefinition,
  type KpiMeasure,
  type KpiSeries,
  type Manifest,
} from '@mulle/contract';
import {
  clusterPlace,
  emptyKpiSums,
  fieldsOf,
  foldKpi,
  wantedByKpis,
  type ReleaseEvent,
  type Wanted,
} from '@mulle/decision';
import { clusterRatio, influenceProduct, mergeClusterSums, type ClusterSums } from '@mulle/stats';
import type { Labelled } from './decision-join.ts';

const dayMs = 86_400_000;
/** As long as decisions wait for their outcomes. */
const daysKept = 31;
/** Variants of one KPI on one endpoint; the one that was seen longest ago gives way. */
const variantsKept = 50;

interface Series {
  readonly identity: string;
  readonly kpi: string;
  readonly endpoint: string;
  readonly variant: string;
  /** By day, ascending. */
  days: [dayMs: number, sums: ClusterSums][];
}

/** Plain JSON. */
export type KpiTotalsSnapshot = Series[];

type Answered = Pick<Decision, 'endpoint' | 'unit' | 'source' | 'score' | 'eventTimeMs'>;

const sum = (values: readonly number[]): number => values.reduce((all, value) => all + value, 0);

function measureOf(sums: ClusterSums): KpiMeasure {
  const n = sum(sums.n);
  const below = sum(sums.denominator ?? sums.n);
  const ratio = clusterRatio(sums);
  return {
    n,
    value: below > 0 ? sum(sums.numerator) / below : null,
    error: ratio ? Math.sqrt(influenceProduct(ratio.influence, ratio.influence, ratio.clusters)) : null,
  };
}

export class KpiTotals {
  /** Declared KPIs with their identity, by endpoint; undefined until the manifest is known. */
  #declared = new Map<string, { identity: string; kpi: KpiDefinition }[]>();
  readonly #series: Map<string, Series>;
  readonly #untold = new Set<string>();

  constructor(snapshot: KpiTotalsSnapshot = []) {
    this.#series = new Map(snapshot.map((series) => [keyOf(series), series]));
  }

  define(manifest: Manifest | null): void {
    this.#declared = new Map();
    const identities = new Set<string>();
    for (const kpi of manifest?.kpis ?? []) {
      const { endpoints, description: _description, ...measured } = kpi;
      const identity = canonicalJson(measured);
      identities.add(identity);
      for (const endpoint of endpoints) {
        this.#declared.set(endpoint, [...(this.#declared.get(endpoint) ?? []), { identity, kpi }]);
      }
    }
    for (const [key, { identity }] of this.#series) if (!identities.has(identity)) this.#series.delete(key);
  }

  wantedOf(endpoint: string): Wanted {
    return wantedByKpis((this.#declared.get(endpoint) ?? []).map(({ kpi }) => kpi));
  }

  foldDecision(decision: Decision): void {
    const { endpoint, servedVariant, source, pinned, errorCode, latencyMs } = decision;
    if (pinned || !this.#declared.has(endpoint)) return;
    const fields = fieldsOf(decision, this.wantedOf(endpoint).fields);
    const event = eventOf(decision, servedVariant ?? source, fields);
    this.#fold(decision, { ...event, kind: 'decision', failed: errorCode !== null, latencyMs });
  }

  foldLabel({ decision, label, value }: Labelled): void {
    const event = eventOf(decision, decision.variant ?? decision.source, decision.fields);
    this.#fold(decision, { ...event, kind: 'outcome', values: { [label]: value } });
  }

  #fold({ endpoint, eventTimeMs }: Answered, event: ReleaseEvent): void {
    for (const { identity, kpi } of this.#declared.get(endpoint) ?? []) {
      const series = this.#seriesOf(identity, kpi, endpoint, event.group);
      const sums = sumsOf(series, kpi, Math.floor(eventTimeMs / dayMs) * dayMs);
      if (sums === null) continue;
      foldKpi(kpi, sums, event, clusterPlace(event.unit));
      this.#untold.add(keyOf(series));
    }
  }

  #seriesOf(identity: string, kpi: KpiDefinition, endpoint: string, variant: string): Series {
    const key = keyOf({ kpi: kpi.name, endpoint, variant });
    const known = this.#series.get(key);
    // Put in again at the end: the first is the one that was seen longest ago.
    this.#series.delete(key);
    const series: Series = known ?? { identity, kpi: kpi.name, endpoint, variant, days: [] };
    this.#series.set(key, series);
    if (known !== undefined) return series;
    const siblings = [...this.#series].filter(([, one]) => one.kpi === kpi.name && one.endpoint === endpoint);
    const [oldest] = siblings;
    if (siblings.length > variantsKept && oldest) this.#series.delete(oldest[0]);
    return series;
  }

  /** What has changed since it was taken last. */
  takeUntold(): KpiSeries[] {
    const series = [...this.#untold].flatMap((key) => this.#series.get(key) ?? []);
    this.#untold.clear();
    return series.map(({ kpi, endpoint, variant, days }) => ({
      kpi,
      endpoint,
      variant,
      total: measureOf(days.map(([, sums]) => sums).reduce(mergeClusterSums)),
      days: days.map(([day, sums]) => ({ dayMs: day, ...measureOf(sums) })),
    }));
  }

  /** What was taken could not be told. */
  putBack(told: readonly KpiSeries[]): void {
    for (const series of told) this.#untold.add(keyOf(series));
  }

  snapshot(): KpiTotalsSnapshot {
    return [...this.#series.values()];
  }
}

function keyOf({ kpi, endpoint, variant }: Pick<Series, 'kpi' | 'endpoint' | 'variant'>): string {
  return `${kpi} ${endpoint} ${variant}`;
}

/** Every answer of the variant counts, whichever release it was given under. */
function eventOf({ unit, source, score, eventTimeMs }: Answered, group: string, fields: Record<string, unknown>) {
  return { group, unit: unit ?? '', propensity: 1, source, score, fields, atMs: eventTimeMs };
}

/** The sums of a day; null where it is older than those that are kept. */
function sumsOf(series: Series, kpi: KpiDefinition, day: number): ClusterSums | null {
  const known = series.days.find(([at]) => at === day);
  if (known) return known[1];
  const newest = series.days.at(-1)?.[0] ?? day;
  if (day <= newest - daysKept * dayMs) return null;
  const sums = emptyKpiSums(kpi, true);
  series.days.push([day, sums]);
  series.days.sort(([a], [b]) => a - b);
  const from = Math.max(newest, day) - daysKept * dayMs;
  series.days = series.days.filter(([at]) => at > from);
  return sums;
}
