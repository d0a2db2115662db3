import type { InferenceClient } from '@mulle/client';
import type { Outcome } from '@mulle/contract';
import { dayMs, type Flight, type FlightFile } from './flights.ts';
import { Latencies } from './latency.ts';

const endpoint = 'flight-delay';
const tickMs = 300_000;
const outcomesPerCall = 5_000;
/** Callers that ask side by side. */
const callers = 16;
const kilometresPerMile = 1.609344;
/** Days before the start whose landings fill the 7-day windows. */
const warmUpDays = 8;

export interface ReplayOptions {
  inference: InferenceClient;
  flights: FlightFile;
  random: () => number;
  /** Share of flights that are asked about; outcomes are never sampled. */
  sample: number;
  /** Whether distances arrive in kilometres at this time. */
  inKilometres(ms: number): boolean;
}

export interface Served {
  requests: number;
  failures: number;
  bySource: Record<string, number>;
  latencies: Latencies;
  /** Error texts of failed requests, the first few. */
  errors: string[];
}

/** Plays flights as live traffic: a request at departure, the outcome when the flight has landed. */
export class Replay {
  readonly served: Served = { requests: 0, failures: 0, bySource: {}, latencies: new Latencies(), errors: [] };
  readonly #options: ReplayOptions;
  /** In the air: asked about or not, their outcome is still to come. */
  #flying: { flight: Flight; asked: boolean }[] = [];

  constructor(options: ReplayOptions) {
    this.#options = options;
  }

  /** Tells of the flights that landed before the start, so that rolling rates are as they would be on a running system. */
  async warmUp(startMs: number): Promise<number> {
    let told = 0;
    for (let day = startMs - warmUpDays * dayMs; day < startMs; day += dayMs) {
      for (const flight of await this.#options.flights.day(day)) this.#flying.push({ flight, asked: false });
      told += await this.#land(day + dayMs);
    }
    return told;
  }

  /** Plays one day, `onTick` after every five minutes of it. */
  async day(fromMs: number, onTick: (nowMs: number) => Promise<void>): Promise<void> {
    const departures = await this.#options.flights.day(fromMs);
    let next = 0;
    for (let nowMs = fromMs + tickMs; nowMs <= fromMs + dayMs; nowMs += tickMs) {
      await this.#land(nowMs);
      const asked: Flight[] = [];
      for (
        let flight = departures[next];
        flight !== undefined && flight.departureMs < nowMs;
        flight = departures[++next]
      ) {
        const isAsked = this.#options.random() < this.#options.sample;
        if (isAsked) asked.push(flight);
        this.#flying.push({ flight, asked: isAsked });
      }
      await Promise.all(Array.from({ length: callers }, () => this.#askInTurn(asked)));
      await onTick(nowMs);
    }
  }

  #distance(flight: Flight): number {
    return this.#options.inKilometres(flight.departureMs)
      ? Math.round(flight.distance * kilometresPerMile)
      : flight.distance;
  }

  /** One caller: takes the next flight as soon as the last one is answered. */
  async #askInTurn(flights: Flight[]): Promise<void> {
    for (let flight = flights.shift(); flight !== undefined; flight = flights.shift()) await this.#ask(flight);
  }

  async #ask(flight: Flight): Promise<void> {
    const input = {
      origin: flight.origin,
      destination: flight.destination,
      distance: this.#distance(flight),
      departure: flight.departureMs,
    };
    const startedMs = performance.now();
    this.served.requests++;
    try {
      const { metadata } = await this.#options.inference.predict(endpoint, input, { requestId: flight.id });
      this.served.bySource[metadata.source] = (this.served.bySource[metadata.source] ?? 0) + 1;
    } catch (error) {
      this.served.failures++;
      if (this.served.errors.length < 10)
        this.served.errors.push(`${flight.id}: ${error instanceof Error ? error.message : String(error)}`);
    }
    this.served.latencies.add(performance.now() - startedMs);
  }

  /** Records the outcomes of all flights that have landed by now. */
  async #land(nowMs: number): Promise<number> {
    const landed = this.#flying.filter(({ flight }) => flight.knownAtMs <= nowMs);
    this.#flying = this.#flying.filter(({ flight }) => flight.knownAtMs > nowMs);
    landed.sort((a, b) => a.flight.knownAtMs - b.flight.knownAtMs);
    const outcomes = landed.map(({ flight, asked }): Outcome => ({
      id: `o-${flight.id}`,
      ...(asked ? { decisionId: flight.id } : {}),
      eventTimeMs: flight.knownAtMs,
      values: {
        departure: flight.departureMs,
        origin: flight.origin,
        destination: flight.destination,
        distance: this.#distance(flight),
        delay: flight.delay,
        known_at: flight.knownAtMs,
        late: flight.delay >= 15,
      },
    }));
    for (let i = 0; i < outcomes.length; i += outcomesPerCall) {
      await this.#options.inference.recordOutcomes(endpoint, outcomes.slice(i, i + outcomesPerCall));
    }
    return outcomes.length;
  }
}
