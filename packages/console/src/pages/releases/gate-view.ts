import type { EvidenceSeries, GateReading } from '@mulle/contract';
import type { EvidencePoint } from '../../charts/evidence-scale.ts';
import type { Format } from '../../format/format.ts';

type Gate = GateReading['gate'];

/** The value that must not be passed: an absolute limit, or the margin of the difference. */
export function limitOf(gate: Gate): number {
  switch (gate.metric) {
    case 'error-rate':
      return gate.max;
    case 'latency-p95':
      return gate.maxMs;
    case 'log-loss':
      return gate.margin;
    case 'kpi':
      return gate.kpi.margin ?? 0;
    case 'agreement':
      return gate.min;
    case 'sample-ratio':
      return gate.alpha;
  }
}

export function formatGateValue(gate: Gate, format: Format): (value: number) => string {
  switch (gate.metric) {
    case 'agreement':
    case 'error-rate':
      return (value) => format.share(value, 2);
    case 'latency-p95':
      return (value) => format.duration(value);
    case 'sample-ratio':
    case 'kpi':
    case 'log-loss':
      return (value) => (value === 0 ? '0' : format.number(value, 4));
  }
}

/** What the gate judges: the difference for log loss, else the challenger's own value. Null without data. */
export function estimateOf({ gate, challenger, incumbent, estimate }: GateReading): number | null {
  if (estimate !== undefined) return estimate;
  if (gate.metric !== 'log-loss' && gate.metric !== 'kpi') return challenger;
  return challenger === null || incumbent === null ? null : challenger - incumbent;
}

/** How one reading's series is drawn; what has no data yet is left out. */
export function chartPoints(series: readonly EvidenceSeries[], key: string): EvidencePoint[] {
  const found = series.find((each) => each.key === key);
  return (found?.points ?? []).flatMap((point) => {
    const estimate = found === undefined ? null : estimateOf({ gate: found.gate, ...point });
    if (estimate === null) return [];
    const [low, high] = point.interval ?? [estimate, estimate];
    return [{ atMs: point.atMs, step: point.step, estimate, low, high }];
  });
}
