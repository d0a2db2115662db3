import type { CanaryStep, Gate, GateReading } from '@mulle/contract';
import { latencySketchQuantile, type LatencySketch } from '@mulle/stats';
import { quantileRankSequence, rateConfidenceSequence } from '../rate-confidence-sequence.ts';
import { shareKey, type CanaryState } from './canary-state.ts';
import { comparableLosses, lossDifference, lossesOf } from './log-loss-difference.ts';

/** Error rate of the bounds over all looks of a release, where the gate does not name its own. */
const defaultAlpha = 0.05;

interface Judged {
  limit: number;
  interval: [number, number] | null;
  /** There is evidence of harm. */
  harmful: boolean;
  /** Samples of this step. */
  samples: number;
  step: CanaryStep;
  decisive: boolean;
}

function verdictOf({ limit, interval, harmful, samples, step, decisive }: Judged): GateReading['verdict'] {
  if (harmful) return 'fail';
  if (samples < step.minSamples) return 'inconclusive';
  if (decisive) return interval !== null && interval[1] <= limit ? 'pass' : 'inconclusive';
  return 'pass';
}

function countsOf(state: CanaryState, group: 'challenger' | 'incumbent'): { decisions: number; failures: number } {
  const counts = { decisions: 0, failures: 0 };
  for (const stratum of Object.values(state.strata)) {
    counts.decisions += stratum[group].decisions;
    counts.failures += stratum[group].failures;
  }
  return counts;
}

const ratio = (part: number, whole: number): number | null => (whole > 0 ? part / whole : null);

const p95 = (sketch: LatencySketch): number | null => (sketch.n > 0 ? latencySketchQuantile(sketch, 0.95) : null);

/** The value of a 1-based rank; the sketch reads rank ⌊probability · (n − 1)⌋ from 0. */
function rankValue(sketch: LatencySketch, rank: number): number {
  if (rank < 1) return 0;
  return latencySketchQuantile(sketch, sketch.n === 1 ? 0 : Math.min(1, (rank - 1 + 1e-6) / (sketch.n - 1)));
}

/**
 * Reads one gate of a canary at a step. `decisive`: passing here lets the challenger have everything, so the whole
 * interval has to lie on the good side, not merely nothing bad to be seen.
 */
export function readGate(gate: Gate, state: CanaryState, step: CanaryStep, decisive: boolean): GateReading {
  const here = state.strata[shareKey(step.weight)]?.challenger;
  const samples = here?.decisions ?? 0;
  const challenger = countsOf(state, 'challenger');
  const incumbent = countsOf(state, 'incumbent');
  switch (gate.metric) {
    case 'error-rate': {
      const interval = rateConfidenceSequence(challenger.failures, challenger.decisions, defaultAlpha);
      const harmful = interval[0] > gate.max;
      return {
        gate,
        verdict: verdictOf({ limit: gate.max, interval, harmful, samples, step, decisive }),
        challenger: ratio(challenger.failures, challenger.decisions),
        incumbent: ratio(incumbent.failures, incumbent.decisions),
        interval: challenger.decisions > 0 ? interval : null,
        challengerSamples: challenger.decisions,
        incumbentSamples: incumbent.decisions,
      };
    }
    case 'latency-p95': {
      const { n } = state.latency.challenger;
      const [lowest, highest] = quantileRankSequence(0.95, n, defaultAlpha);
      const lower = n > 0 ? rankValue(state.latency.challenger, lowest) : 0;
      const interval: [number, number] | null =
        n > 0 && highest <= n ? [lower, rankValue(state.latency.challenger, highest)] : null;
      return {
        gate,
        verdict: verdictOf({ limit: gate.maxMs, interval, harmful: lower > gate.maxMs, samples, step, decisive }),
        challenger: p95(state.latency.challenger),
        incumbent: p95(state.latency.incumbent),
        interval,
        challengerSamples: n,
        incumbentSamples: state.latency.incumbent.n,
      };
    }
    case 'log-loss': {
      const difference = lossDifference(state, gate.alpha ?? defaultAlpha);
      const interval = difference?.interval ?? null;
      const harmful = difference !== null && difference.interval[0] > 0 && difference.estimate > gate.margin;
      const compared = comparableLosses(state, 'challenger');
      const against = comparableLosses(state, 'incumbent');
      const labelled = step.weight < 1 ? (here ? lossesOf(here).n : 0) : samples;
      return {
        gate,
        verdict: verdictOf({ limit: gate.margin, interval, harmful, samples: labelled, step, decisive }),
        challenger: compared.n > 0 ? compared.mean : null,
        incumbent: against.n > 0 ? against.mean : null,
        interval,
        challengerSamples: compared.n,
        incumbentSamples: against.n,
      };
    }
  }
}
