/** Seeded traffic of one endpoint as the data role would record it, and its releases and monitors. */
import type { Decision, Manifest, MonitorDefinition, NewEvent, Release } from '@mulle/contract';
import { seededRandom, type Random } from '#kernel/random.ts';

export const endpointName = 'flight-delay';

/** Event time of the first decision. */
export const startMs = Date.UTC(2001, 1, 1);
const minuteMs = 60_000;

export const manifestOf = (monitors: MonitorDefinition[]): Manifest => ({
  schemaVersion: 1,
  project: 'flights',
  sources: [],
  datasets: [],
  featureViews: [],
  featureServices: [],
  endpoints: [
    {
      name: endpointName,
      inputs: [
        { name: 'distance', type: 'number' },
        { name: 'carrier', type: 'string' },
        { name: 'departure', type: 'timestamp' },
      ],
      policy: { kind: 'single' },
      fallback: [],
      timeout: '1s',
    },
  ],
  pipelines: [],
  triggers: [],
  monitors,
});

export const allMonitors: MonitorDefinition[] = [
  { name: 'inputs', kind: 'drift', endpoint: endpointName, windowRows: 500 },
  { name: 'requests', kind: 'requests', endpoint: endpointName, windowRows: 400 },
  { name: 'quality', kind: 'quality', endpoint: endpointName, label: 'late', windowRows: 300 },
];

export function canaryRelease(id: string, nowMs: number): Release {
  return {
    id,
    endpoint: endpointName,
    strategy: {
      kind: 'canary',
      incumbent: { kind: 'model', model: 'm', version: 1 },
      challenger: { kind: 'model', model: 'm', version: 2 },
      steps: [
        { weight: 0.1, minSeconds: 0, minSamples: 100 },
        { weight: 0.5, minSeconds: 0, minSamples: 300 },
      ],
      gates: [
        { metric: 'error-rate', max: 0.02 },
        { metric: 'latency-p95', maxMs: 300 },
        { metric: 'log-loss', label: 'late', margin: 0.1 },
      ],
      maxSeconds: 600,
      whenInconclusive: 'rollback',
    },
    state: 'running',
    step: 0,
    stepStartedAtMs: nowMs,
    readings: [],
    reason: '',
    actor: 'test',
    causeId: null,
    createdAtMs: nowMs,
    updatedAtMs: nowMs,
    endedAtMs: null,
  };
}

/** A standard normal number (Box–Muller). */
function normal(random: Random): number {
  return Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
}

const sigmoid = (x: number): number => 1 / (1 + Math.exp(-x));

export interface TrafficOptions {
  /** Null: a single variant answers all. */
  releaseId?: string | null;
  /** Share of the challenger. */
  share?: number;
  /** The challenger answers one half to everything. */
  broken?: boolean;
  /** Factor on `distance`; 1.609 makes kilometres of miles. */
  distanceFactor?: number;
  violations?: string[];
}

/**
 * Makes decisions and, some decisions later, their outcomes, both in the order in which they were recorded. A minute of
 * event time passes from one decision to the next; the clock of the writer is `clockMs` plus a millisecond each.
 */
export class Traffic {
  readonly #random: Random;
  readonly #clockMs: number;
  /** Outcomes come so many decisions later. */
  readonly #delay = 50;
  #open: { id: string; late: boolean; knownAtMs: number }[] = [];
  #made = 0;

  constructor(seed: number, clockMs: number) {
    this.#random = seededRandom(seed);
    this.#clockMs = clockMs;
  }

  next(count: number, options: TrafficOptions = {}): NewEvent[] {
    const events: NewEvent[] = [];
    for (let i = 0; i < count; i += 1) {
      events.push(this.#decide(options));
      if (this.#open.length > this.#delay) events.push(...this.#outcomes(1));
    }
    return events;
  }

  /** The outcomes that have not come yet. */
  rest(): NewEvent[] {
    return this.#outcomes(this.#open.length);
  }

  #decide({
    releaseId = null,
    share = 0.1,
    broken = false,
    distanceFactor = 1,
    violations = [],
  }: TrafficOptions): NewEvent {
    const random = this.#random;
    this.#made += 1;
    const id = `d${this.#made}`;
    const eventTimeMs = startMs + this.#made * minuteMs;
    const signal = normal(random);
    const challenger = releaseId !== null && random() < share;
    const group = releaseId === null ? 'only' : challenger ? 'challenger' : 'incumbent';
    const variant = challenger ? 'm@2' : 'm@1';
    const value: Decision = {
      endpoint: endpointName,
      requestId: id,
      eventTimeMs,
      unit: id,
      releaseId: releaseId ?? 'release-first',
      group,
      pinned: false,
      assignedVariant: variant,
      servedVariant: variant,
      propensity: releaseId === null ? 1 : challenger ? share : 1 - share,
      source: 'variant',
      ageMs: 0,
      inputs: {
        distance: Math.exp(6.4 + 0.65 * normal(random)) * distanceFactor,
        carrier: random() < 0.6 ? 'AA' : 'UA',
        departure: eventTimeMs,
      },
      features: { signal },
      violations,
      score: challenger && broken ? 0.5 : Math.fround(sigmoid(-1.5 + 2 * signal)),
      errorCode: null,
      latencyMs: 2 + random(),
      stagesUs: {},
      definitionsVersion: 1,
      dialsEpoch: 1,
    };
    this.#open.push({ id, late: random() < sigmoid(-1.5 + 2 * signal), knownAtMs: eventTimeMs + 90 * minuteMs });
    return this.#event('decisions', 'decision-made', id, { ...value });
  }

  #outcomes(count: number): NewEvent[] {
    return this.#open.splice(0, count).map(({ id, late, knownAtMs }) =>
      this.#event('outcomes', 'outcome-recorded', `o${id}`, {
        endpoint: endpointName,
        decisionId: id,
        eventTimeMs: knownAtMs,
        values: { late },
      }),
    );
  }

  #event(topic: 'decisions' | 'outcomes', type: string, id: string, value: Record<string, unknown>): NewEvent {
    return { topic, type, key: endpointName, id, timeMs: this.#clockMs + this.#made, value };
  }
}
