/**
 * Takes in the steps that other roles write to the event backbone themselves (data: model hosts that exit and come
 * back), so that lists, streams and the wheel show them. They keep the id and the time that they were written with.
 *
 * How far each writer was read is stored in the transaction that records its steps: each is taken in once and in order,
 * whenever control stops. The relay leaves them out, for the backbone has them already.
 */
import { Activity, fits, type StoredEvent, type Topic } from '@mulle/contract';
import { sleep } from '#kernel/clock.ts';
import type { Database, Transaction } from '#platform/database/index.ts';
import type { ActivityService } from './activity-service.ts';
import { relayPosition, setRelayPosition } from './activity-store.ts';
import type { ActivityTables } from './activity-tables.ts';

/** Reads the journals. */
export interface ActivityReader {
  listWriters(): readonly string[];
  readAfter(request: {
    writer: string;
    topics: readonly Topic[];
    afterOffset: number;
    limit: number;
  }): Promise<{ events: StoredEvent[]; nextOffset: number }>;
}

export interface ActivityIntakeOptions {
  readonly database: Database<ActivityTables>;
  readonly activity: ActivityService;
  readonly reader: ActivityReader;
  /** The writer whose activity the database already has. */
  readonly ownWriter: string;
  readonly everyMs?: number;
  readonly onProblem: (error: unknown) => void;
}

const readAtOnce = 500;
/** What a position in memory may be ahead of the stored one while nothing is taken in; bounds what a start reads again. */
const unstoredOffsets = 50_000;

const positionOf = (writer: string): string => `taken-in:${writer}`;

export class ActivityIntake {
  readonly #options: ActivityIntakeOptions;
  readonly #positions = new Map<string, { read: number; stored: number }>();
  readonly #stopped = new AbortController();
  readonly #running: Promise<void>;

  /** Starts at once, where an earlier process ended. */
  constructor(options: ActivityIntakeOptions) {
    this.#options = options;
    this.#running = this.#run();
  }

  async close(): Promise<void> {
    this.#stopped.abort();
    await this.#running;
  }

  async #run(): Promise<void> {
    const { everyMs = 500, onProblem } = this.#options;
    const { signal } = this.#stopped;
    while (!signal.aborted) {
      try {
        for (const writer of this.#options.reader.listWriters()) {
          if (writer !== this.#options.ownWriter) await this.#takeIn(writer);
        }
      } catch (error) {
        onProblem(error);
      }
      await sleep(everyMs, signal).catch(() => undefined);
    }
  }

  async #takeIn(writer: string): Promise<void> {
    const { database, reader } = this.#options;
    const stored = this.#positions.get(writer)?.stored ?? (await relayPosition(database.kysely, positionOf(writer)));
    const afterOffset = this.#positions.get(writer)?.read ?? stored;
    const { events, nextOffset } = await reader.readAfter({
      writer,
      topics: ['activity'],
      afterOffset,
      limit: readAtOnce,
    });
    const store = events.length > 0 || nextOffset - stored > unstoredOffsets;
    if (store) {
      await database.transaction(async (trx) => {
        for (const event of events) await this.#record(trx, event);
        await setRelayPosition(trx, positionOf(writer), nextOffset);
      });
    }
    this.#positions.set(writer, { read: nextOffset, stored: store ? nextOffset : stored });
  }

  async #record(trx: Transaction<ActivityTables>, event: StoredEvent): Promise<void> {
    const { id, type, key: subject, timeMs, causeId = null, value } = event;
    const step = { id, type, subject, causeId, timeMs, value };
    if (fits(Activity, step)) await this.#options.activity.takeIn(trx, step);
    else this.#options.onProblem(new Error(`A step ${type} of ${event.writer} is none that is known; passed over.`));
  }
}
