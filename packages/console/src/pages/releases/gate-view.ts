import type { Activity, GateReading, Release } from '@mulle/contract';
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
    case 'sample-ratio':
      return gate.alpha;
  }
}

export function formatGateValue(gate: Gate, format: Format): (value: number) => string {
  switch (gate.metric) {
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

function pointOf(reading: GateReading | undefined, atMs: number, step: number): EvidencePoint | undefined {
  if (reading === undefined) return undefined;
  const estimate = estimateOf(reading);
  if (estimate === null) return undefined;
  const [low, high] = reading.interval ?? [estimate, estimate];
  return { atMs, step, estimate, low, high };
}

/** A release as it was told, at the time of the telling. */
export interface Told {
  readonly atMs: number;
  readonly step: number;
  readonly readings: readonly GateReading[];
}

/** The states of a release that the activity log holds and that were seen since, oldest first, the present last. */
export function toldStates(release: Release, activity: readonly Activity[], seen: readonly Release[]): Told[] {
  const logged = activity
    .filter(({ value }) => Array.isArray(value['readings']) && typeof value['step'] === 'number')
    .map(({ timeMs, value }) => ({
      atMs: timeMs,
      step: value['step'] as number,
      readings: value['readings'] as GateReading[],
    }));
  const shown = [...seen, release].map(({ updatedAtMs, step, readings }) => ({ atMs: updatedAtMs, step, readings }));
  const byTime = new Map([...logged, ...shown].map((told) => [told.atMs, told]));
  return [...byTime.values()].sort((a, b) => a.atMs - b.atMs);
}

export function evidenceOf(states: readonly Told[], gate: number): EvidencePoint[] {
  return states
    .map(({ atMs, step, readings }) => pointOf(readings[gate], atMs, step))
    .filter((point) => point !== undefined);
}
