import { LatencyHistogram } from './latency-histogram.ts';

const slotMs = 5_000;
const slotCount = 12;

type Counts = Record<string, number>;

/** What is counted, once since the start and once per five seconds. */
export class EndpointCounters {
  requests = 0;
  failures = 0;
  batches = 0;
  batchRows = 0;
  /** Requests that were copied to a variant in the shadow, and those that were not for load. */
  copies = 0;
  copiesDropped = 0;
  readonly latency = new LatencyHistogram();
  bySource: Counts = {};
  byVariant: Counts = {};
  byErrorCode: Counts = {};
  /** Of endpoints that keep answers: `hit`, `shared` with a question under way, `miss`. */
  cacheLookups: Counts = {};
  /** Summed ms by stage of the request path. */
  stagesMs: Counts = {};

  add(other: EndpointCounters): void {
    this.requests += other.requests;
    this.failures += other.failures;
    this.batches += other.batches;
    this.batchRows += other.batchRows;
    this.copies += other.copies;
    this.copiesDropped += other.copiesDropped;
    this.latency.add(other.latency);
    addCounts(this.bySource, other.bySource);
    addCounts(this.byVariant, other.byVariant);
    addCounts(this.byErrorCode, other.byErrorCode);
    addCounts(this.cacheLookups, other.cacheLookups);
    addCounts(this.stagesMs, other.stagesMs);
  }
}

function addCounts(into: Counts, from: Counts): void {
  for (const [name, count] of Object.entries(from)) into[name] = (into[name] ?? 0) + count;
}

/**
 * The figures of one endpoint: counters since the start (`total` is up to five seconds behind the last slot) and the
 * last 60 s in twelve slots. A slot is taken over by the next one of its place, so memory is constant.
 */
export class EndpointMetrics {
  #past = new EndpointCounters();
  #slots: { number: number; counters: EndpointCounters }[] = [];
  #current = { number: -1, counters: new EndpointCounters() };

  /** The counters to add to at this time. */
  at(nowMs: number): EndpointCounters {
    const number = Math.floor(nowMs / slotMs);
    if (number !== this.#current.number) {
      this.#current = { number, counters: new EndpointCounters() };
      this.#slots.push(this.#current);
      const left = this.#slots.length > slotCount ? this.#slots.shift() : undefined;
      if (left !== undefined) this.#past.add(left.counters);
    }
    return this.#current.counters;
  }

  /** The last 60 s. */
  recent(nowMs: number): EndpointCounters {
    const oldest = Math.floor(nowMs / slotMs) - slotCount;
    return sum(this.#slots.filter(({ number }) => number > oldest));
  }

  /** Since the process started. */
  total(): EndpointCounters {
    return sum([{ counters: this.#past }, ...this.#slots]);
  }
}

function sum(slots: readonly { counters: EndpointCounters }[]): EndpointCounters {
  const all = new EndpointCounters();
  for (const { counters } of slots) all.add(counters);
  return all;
}
