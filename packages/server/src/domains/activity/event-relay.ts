/**
 * Hands what was committed to the event backbone: activity and audit, each in its own order.
 *
 * The position is stored after the backbone's commit. Where the two may differ (after a start, after a refusal) the relay
 * asks the backbone what it has already and leaves that out, so that readers see each event once. While the backbone refuses, nothing is lost: the rows wait in the
 * database, and the relay tries again after a second, doubling to half a minute.
 */
import type { NewEvent } from '@mulle/contract';
import { sleep } from '#kernel/clock.ts';
import type { Database } from '#platform/database/index.ts';
import { relayPosition, setRelayPosition } from './activity-store.ts';
import type { ActivityTables } from './activity-tables.ts';

/** What is relayed: committed rows in the order of their sequence numbers. */
export interface RelaySource {
  eventsAfter(sequence: number, count: number): Promise<{ sequence: number; event: NewEvent }[]>;
}

/** Takes events and resolves when they are durable. The journal writer is one. */
export interface DurableAppender {
  appendDurable(events: readonly NewEvent[]): Promise<void>;
}

export interface EventRelayOptions {
  readonly database: Database<ActivityTables>;
  /** By topic. */
  readonly sources: Readonly<Record<string, RelaySource>>;
  readonly appender: DurableAppender;
  /** Ids of the last events that the backbone holds, at least `relayedAtOnce` of each topic. */
  recentIds(): Promise<ReadonlySet<string>>;
  /** Told when the backbone refuses, and why. */
  readonly onProblem: (error: unknown) => void;
}

/** Events handed over at once; more than a batch of each topic is never in doubt. */
export const relayedAtOnce = 500;
const firstRetryMs = 1_000;
const lastRetryMs = 30_000;

export class EventRelay {
  readonly #options: EventRelayOptions;
  readonly #positions = new Map<string, number>();
  /** Topics whose stored position is known to be the backbone's. */
  readonly #certain = new Set<string>();
  readonly #stopped = new AbortController();
  readonly #stopListening: () => void;
  /** Something may have been committed since the rows were last read. */
  #dirty = true;
  #active = true;
  #running: Promise<void>;
  /** Resolved while the backbone refuses. */
  #refused = Promise.withResolvers<void>();

  /** Starts at once, with what an earlier process left. */
  constructor(options: EventRelayOptions) {
    this.#options = options;
    this.#stopListening = options.database.onCommit(() => this.#wake());
    this.#running = this.#run();
  }

  /** Resolves when everything committed so far was handed over, the backbone refuses it, or the relay was stopped. */
  async drained(): Promise<void> {
    this.#wake();
    await Promise.race([this.#running, this.#refused.promise]);
  }

  /** Stops; what is not handed over is at the next start. */
  async close(): Promise<void> {
    this.#stopListening();
    this.#stopped.abort();
    await this.#running;
  }

  #wake(): void {
    this.#dirty = true;
    if (this.#active) return;
    this.#active = true;
    this.#running = this.#run();
  }

  async #run(): Promise<void> {
    let retryMs = firstRetryMs;
    while (this.#dirty && !this.#stopped.signal.aborted) {
      this.#dirty = false;
      try {
        for (const topic of Object.keys(this.#options.sources)) await this.#relay(topic);
        if (retryMs > firstRetryMs) this.#refused = Promise.withResolvers();
        retryMs = firstRetryMs;
      } catch (thrown) {
        this.#options.onProblem(thrown);
        this.#dirty = true;
        this.#refused.resolve();
        await sleep(retryMs, this.#stopped.signal).catch(() => undefined);
        retryMs = Math.min(lastRetryMs, retryMs * 2);
      }
    }
    this.#active = false;
  }

  /** Hands over one batch. Its stored position is a commit as well, which brings the next round. */
  async #relay(topic: string): Promise<void> {
    const { database, sources, appender } = this.#options;
    const position = this.#positions.get(topic) ?? (await relayPosition(database.kysely, topic));
    const batch = (await sources[topic]?.eventsAfter(position, relayedAtOnce)) ?? [];
    const last = batch.at(-1);
    if (last === undefined) return;
    const held = this.#certain.has(topic) ? undefined : await this.#options.recentIds();
    this.#certain.delete(topic);
    const missing = batch.flatMap(({ event }) => (held?.has(event.id) ? [] : [event]));
    if (missing.length > 0) await appender.appendDurable(missing);
    await database.transaction((trx) => setRelayPosition(trx, topic, last.sequence));
    this.#positions.set(topic, last.sequence);
    this.#certain.add(topic);
  }
}
