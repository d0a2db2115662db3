import type { Strategy } from '@mulle/contract';
import {
  addToLatencySketch,
  addToMoments,
  emptyLatencySketch,
  emptyMoments,
  type ClusterSums,
  type LatencySketch,
  type Moments,
} from '@mulle/stats';
import type { ReleaseEvent } from '../release-events.ts';
import { clusterPlace, emptySums, foldKpi } from './kpi-sums.ts';
import { logLossOf } from './log-loss.ts';

export type Canary = Extract<Strategy, { kind: 'canary' }>;

/** What one group of a canary did at one share of traffic. Losses in nats, apart for answers whose label came out 0 and 1. */
export interface GroupTally {
  decisions: number;
  failures: number;
  losses: [Moments, Moments];
  /** Sums of the KPIs that gates name. */
  readonly kpis: Record<string, ClusterSums>;
}

export interface Stratum {
  challenger: GroupTally;
  incumbent: GroupTally;
}

/** What a canary has seen: plain JSON. */
export interface CanaryState {
  readonly kind: 'canary';
  /** By the challenger's share of traffic at decision time, as `shareKey` writes it. */
  readonly strata: Record<string, Stratum>;
  readonly latency: { readonly challenger: LatencySketch; readonly incumbent: LatencySketch };
}

export function emptyCanaryState(): CanaryState {
  return {
    kind: 'canary',
    strata: {},
    latency: { challenger: emptyLatencySketch(), incumbent: emptyLatencySketch() },
  };
}

/** A share as a key; shares closer together than 1e-9 are one. */
export function shareKey(share: number): string {
  return String(Number(share.toFixed(9)));
}

function emptyTally(): GroupTally {
  return { decisions: 0, failures: 0, losses: [emptyMoments(), emptyMoments()], kpis: {} };
}

function foldKpis(strategy: Canary, tally: GroupTally, event: ReleaseEvent): void {
  for (const gate of strategy.gates) {
    if (gate.metric !== 'kpi') continue;
    const { kpi } = gate;
    const sums = (tally.kpis[kpi.name] ??= emptySums(kpi));
    foldKpi(kpi, sums, event, clusterPlace(event.unit));
  }
}

function foldLosses(strategy: Canary, tally: GroupTally, event: Extract<ReleaseEvent, { kind: 'outcome' }>): void {
  const { source, score } = event;
  const gate = strategy.gates.find(({ metric }) => metric === 'log-loss');
  const label = gate?.metric === 'log-loss' ? event.values[gate.label] : undefined;
  if ((source !== 'variant' && source !== 'cache') || score === null || !Number.isFinite(score)) return;
  if (label === 0 || label === 1) addToMoments(tally.losses[label], logLossOf(score, label));
}

/** Adds one event in place. Events of other groups, and answers that are not the group's own, are left out. */
export function foldCanary(strategy: Canary, state: CanaryState, event: ReleaseEvent): CanaryState {
  if (event.group !== 'challenger' && event.group !== 'incumbent') return state;
  const key = shareKey(event.group === 'challenger' ? event.propensity : 1 - event.propensity);
  const stratum = (state.strata[key] ??= { challenger: emptyTally(), incumbent: emptyTally() });
  const tally = stratum[event.group];
  if (event.kind === 'decision') {
    tally.decisions += 1;
    if (event.failed) tally.failures += 1;
    if (event.source === 'variant' && event.latencyMs >= 0 && Number.isFinite(event.latencyMs)) {
      addToLatencySketch(state.latency[event.group], event.latencyMs);
    }
  } else foldLosses(strategy, tally, event);
  foldKpis(strategy, tally, event);
  return state;
}
