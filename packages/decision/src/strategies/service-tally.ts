import type { GateReading, Limit } from '@mulle/contract';
import { addToLatencySketch, emptyLatencySketch, latencySketchQuantile, type LatencySketch } from '@mulle/stats';
import type { DecisionEvent } from '../release-events.ts';
import { quantileRankSequence, rateConfidenceSequence } from '../rate-confidence-sequence.ts';

/** How a group served: plain JSON. */
export interface ServiceTally {
  decisions: number;
  failures: number;
  latency: LatencySketch;
}

export function emptyServiceTally(): ServiceTally {
  return { decisions: 0, failures: 0, latency: emptyLatencySketch() };
}

/** Adds in place. Latency is that of the variant's own answers, not of a fallback or a cache. */
export function addToServiceTally(
  tally: ServiceTally,
  event: Pick<DecisionEvent, 'failed' | 'source' | 'latencyMs'>,
): void {
  tally.decisions += 1;
  if (event.failed) tally.failures += 1;
  if (event.source === 'variant' && event.latencyMs >= 0 && Number.isFinite(event.latencyMs)) {
    addToLatencySketch(tally.latency, event.latencyMs);
  }
}

/** Error rate of the bounds over all looks of a release, where the gate does not name its own. */
export const defaultAlpha = 0.05;

export interface Judged {
  limit: number;
  interval: [number, number] | null;
  /** There is evidence of harm. */
  harmful: boolean;
  samples: number;
  minSamples: number;
  decisive: boolean;
}

/** Harm fails; too little to see, or a decisive interval that is not wholly on the good side, is inconclusive. */
export function verdictOf({ limit, interval, harmful, samples, minSamples, decisive }: Judged): GateReading['verdict'] {
  if (harmful) return 'fail';
  if (samples < minSamples) return 'inconclusive';
  if (decisive) return interval !== null && interval[1] <= limit ? 'pass' : 'inconclusive';
  return 'pass';
}

const ratio = (part: number, whole: number): number | null => (whole > 0 ? part / whole : null);

const p95 = (sketch: LatencySketch): number | null => (sketch.n > 0 ? latencySketchQuantile(sketch, 0.95) : null);

/** The value of a 1-based rank; the sketch reads rank ⌊probability · (n − 1)⌋ from 0. */
function rankValue(sketch: LatencySketch, rank: number): number {
  if (rank < 1) return 0;
  return latencySketchQuantile(sketch, sketch.n === 1 ? 0 : Math.min(1, (rank - 1 + 1e-6) / (sketch.n - 1)));
}

/**
 * Reads an absolute limit. `samples`: what counts towards `minSamples`. `decisive`: passing here lets the challenger
 * have everything, so the whole interval has to lie on the good side, not merely nothing bad to be seen.
 */
export function readLimit(
  gate: Limit,
  challenger: ServiceTally,
  incumbent: ServiceTally,
  { samples, minSamples, decisive }: { samples: number; minSamples: number; decisive: boolean },
): GateReading {
  if (gate.metric === 'error-rate') {
    const interval = rateConfidenceSequence(challenger.failures, challenger.decisions, defaultAlpha);
    const harmful = interval[0] > gate.max;
    return {
      gate,
      verdict: verdictOf({ limit: gate.max, interval, harmful, samples, minSamples, decisive }),
      challenger: ratio(challenger.failures, challenger.decisions),
      incumbent: ratio(incumbent.failures, incumbent.decisions),
      interval: challenger.decisions > 0 ? interval : null,
      challengerSamples: challenger.decisions,
      incumbentSamples: incumbent.decisions,
    };
  }
  const { n } = challenger.latency;
  const [lowest, highest] = quantileRankSequence(0.95, n, defaultAlpha);
  const lower = n > 0 ? rankValue(challenger.latency, lowest) : 0;
  const interval: [number, number] | null =
    n > 0 && highest <= n ? [lower, rankValue(challenger.latency, highest)] : null;
  const harmful = lower > gate.maxMs;
  return {
    gate,
    verdict: verdictOf({ limit: gate.maxMs, interval, harmful, samples, minSamples, decisive }),
    challenger: p95(challenger.latency),
    incumbent: p95(incumbent.latency),
    interval,
    challengerSamples: n,
    incumbentSamples: incumbent.latency.n,
  };
}
