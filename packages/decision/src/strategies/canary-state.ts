import {
  addToLatencySketch,
  addToMoments,
  emptyLatencySketch,
  emptyMoments,
  type LatencySketch,
  type Moments,
} from '@mulle/stats';
import type { ReleaseEvent } from '../release-events.ts';

/** What one group of a canary did at one share of traffic. Losses in nats, apart for answers whose label came out 0 and 1. */
export interface GroupTally {
  decisions: number;
  failures: number;
  losses: [Moments, Moments];
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
  return { decisions: 0, failures: 0, losses: [emptyMoments(), emptyMoments()] };
}

/** Scores are single-precision floats: a certainty counts as one float's step away from it, at most 15.9 nats. */
const scoreStep = 2 ** -23;

/** −ln of the probability given to what happened, in nats. */
function logLossOf(score: number, label: 0 | 1): number {
  const given = label === 1 ? score : 1 - score;
  return -Math.log(Math.min(Math.max(given, scoreStep), 1 - scoreStep));
}

/** Adds one event in place. Events of other groups, and answers that are not the group's own, are left out. */
export function foldCanary(state: CanaryState, event: ReleaseEvent): CanaryState {
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
  } else if (
    (event.source === 'variant' || event.source === 'cache') &&
    event.label !== null &&
    event.score !== null &&
    Number.isFinite(event.score)
  ) {
    addToMoments(tally.losses[event.label], logLossOf(event.score, event.label));
  }
  return state;
}
