import type { CanaryStep, Gate, GateReading } from '@mulle/contract';
import { confidenceSequence } from '@mulle/stats';
import { shareKey, type CanaryState } from './canary-state.ts';
import { kpiDifference, kpiTotals } from './kpi-difference.ts';
import { isHarmful, isNonInferior, rawReading } from './kpi-reading.ts';
import { comparableLosses, lossDifference, lossesOf } from './log-loss-difference.ts';
import { defaultAlpha, readLimit, verdictOf, type ServiceTally } from './service-tally.ts';

function serviceOf(state: CanaryState, group: 'challenger' | 'incumbent'): ServiceTally {
  const tally = { decisions: 0, failures: 0, latency: state.latency[group] };
  for (const stratum of Object.values(state.strata)) {
    tally.decisions += stratum[group].decisions;
    tally.failures += stratum[group].failures;
  }
  return tally;
}

type KpiGate = Extract<Gate, { metric: 'kpi' }>;

function readKpiGate(gate: KpiGate, state: CanaryState, step: CanaryStep, decisive: boolean): GateReading {
  const { kpi } = gate;
  const { challenger, incumbent } = kpiTotals(kpi, state);
  const raw = { ...rawReading(kpi, incumbent, challenger), gate };
  const here = state.strata[shareKey(step.weight)]?.challenger;
  const samples = (step.weight < 1 ? here?.kpis[kpi.name]?.n.reduce((sum, n) => sum + n, 0) : here?.decisions) ?? 0;
  const effect = kpiDifference(kpi, state);
  if (effect === null) return { ...raw, verdict: 'inconclusive' };
  const { lower, upper, pValue } = confidenceSequence(effect, { alpha: gate.alpha ?? defaultAlpha });
  const interval: [number, number] = [lower, upper];
  const verdict = (): GateReading['verdict'] => {
    if (isHarmful(kpi, effect, interval)) return 'fail';
    if (samples < step.minSamples || (decisive && !isNonInferior(kpi, interval))) return 'inconclusive';
    return 'pass';
  };
  return { ...raw, verdict: verdict(), interval, estimate: effect.estimate, pValue };
}

/**
 * Reads one gate of a canary at a step. `decisive`: passing here lets the challenger have everything, so the whole
 * interval has to lie on the good side, not merely nothing bad to be seen.
 */
export function readGate(gate: Gate, state: CanaryState, step: CanaryStep, decisive: boolean): GateReading {
  const here = state.strata[shareKey(step.weight)]?.challenger;
  const samples = here?.decisions ?? 0;
  const { minSamples } = step;
  switch (gate.metric) {
    case 'error-rate':
    case 'latency-p95': {
      const enough = { samples, minSamples, decisive };
      return readLimit(gate, serviceOf(state, 'challenger'), serviceOf(state, 'incumbent'), enough);
    }
    case 'kpi':
      return readKpiGate(gate, state, step, decisive);
    case 'log-loss': {
      const difference = lossDifference(state, gate.alpha ?? defaultAlpha);
      const interval = difference?.interval ?? null;
      const harmful = difference !== null && difference.interval[0] > 0 && difference.estimate > gate.margin;
      const compared = comparableLosses(state, 'challenger');
      const against = comparableLosses(state, 'incumbent');
      const labelled = step.weight < 1 ? (here ? lossesOf(here).n : 0) : samples;
      return {
        gate,
        verdict: verdictOf({ limit: gate.margin, interval, harmful, samples: labelled, minSamples, decisive }),
        challenger: compared.n > 0 ? compared.mean : null,
        incumbent: against.n > 0 ? against.mean : null,
        interval,
        challengerSamples: compared.n,
        incumbentSamples: against.n,
      };
    }
  }
}
