import type { Trial } from './engine-project.ts';

/** A fault of the engine: what is written in a file becomes something else. */
export interface Plant {
  readonly name: string;
  readonly file: string;
  readonly is: string;
  readonly becomes: string;
  /** The trial that shows it, and what it is then accused of. */
  readonly trial: Trial;
  readonly accusation: RegExp;
}

export const plants: readonly Plant[] = [
  {
    name: 'a fixed-horizon p read under peeking',
    file: 'decision/src/strategies/ab-readings.ts',
    is: "isGuardrail ? 'always-valid' : method",
    becomes: "'fixed-horizon'",
    trial: 'a-a',
    accusation: /kpi\/bought.*interval, pValue/,
  },
  {
    name: 'a gate that passes on no data',
    file: 'decision/src/strategies/gate-readings.ts',
    is: 'export function readGate(gate: Gate, state: CanaryState, step: CanaryStep, decisive: boolean): GateReading {',
    becomes:
      "export function readGate(gate, state, step, decisive) { const read = readTrueGate(gate, state, step, decisive); return read.challengerSamples === 0 ? { ...read, verdict: 'pass' } : read; }\n" +
      'function readTrueGate(gate: Gate, state: CanaryState, step: CanaryStep, decisive: boolean): GateReading {',
    trial: 'silent',
    accusation: /was promoted with no data/,
  },
  {
    name: 'a propensity logged after the fact',
    file: 'plane/request-path/choose-variant.ts',
    is: 'exchange.propensity = choice.propensity;',
    becomes:
      'const met = ((globalThis as { met?: Record<string, number> }).met ??= {});' +
      'met[choice.group] = (met[choice.group] ?? 0) + 1;' +
      'exchange.propensity = (met[choice.group] ?? 0) / Object.values(met).reduce((sum, count) => sum + count, 0);',
    trial: 'a-a',
    accusation: /propensities are not those of the choice/,
  },
  {
    name: 'unsticky assignment',
    file: 'plane/request-path/choose-variant.ts',
    is: 'unit: exchange.unit,',
    becomes: 'unit: requestId,',
    trial: 'a-a',
    accusation: /units changed their arm/,
  },
];
