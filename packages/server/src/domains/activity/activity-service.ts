/**
 * The steps of the wheel. Each is written in the transaction of the change that it tells of, numbered in the order of
 * commits, and read from there by lists, by live streams and by the relay to the event backbone.
 */
import type { Activity, ActivityType, NewEvent } from '@mulle/contract';
import { nowMs } from '#kernel/clock.ts';
import { newId } from '#kernel/ids.ts';
import { pageOf, readPageToken, type Database, type PageRequest, type Transaction } from '#platform/database/index.ts';
import {
  activityAfter,
  activityBefore,
  findActivity,
  insertActivity,
  lastSequence,
  toActivity,
  type ActivityFilter,
  type ActivityRow,
} from './activity-store.ts';
import type { ActivityTables } from './activity-tables.ts';

/** A step as the service that makes it tells it; `causeId` is the id of the activity or finding that led to it. */
export interface NewActivity {
  readonly type: ActivityType;
  readonly subject: string;
  readonly causeId: string | null;
  readonly value: Record<string, unknown>;
  /** Given where something already refers to it (a finding's own id); else a new one. */
  readonly id?: string;
}

export interface SequencedActivity {
  readonly sequence: number;
  readonly activity: Activity;
}

const readAtOnce = 500;
/** Written to the backbone by data. */
const takenInTypes: readonly ActivityType[] = ['host-exited', 'host-restarted'];

function sequenced(row: ActivityRow): SequencedActivity {
  return { sequence: row.sequence, activity: toActivity(row) };
}

export class ActivityService {
  readonly #database: Database<ActivityTables>;
  readonly #listeners = new Set<() => void>();
  readonly #stopListening: () => void;
  /** Something was recorded since the listeners were last called; it may have been undone. */
  #recorded = false;

  constructor(database: Database<ActivityTables>) {
    this.#database = database;
    this.#stopListening = database.onCommit(() => {
      if (!this.#recorded) return;
      this.#recorded = false;
      for (const listener of this.#listeners) listener();
    });
  }

  /** Writes a step in the caller's transaction; its `id` is the cause of what follows from it. */
  async record(trx: Transaction<ActivityTables>, step: NewActivity): Promise<Activity> {
    const activity: Activity = {
      id: step.id ?? newId('activity'),
      type: step.type,
      subject: step.subject,
      causeId: step.causeId,
      timeMs: nowMs(),
      value: step.value,
    };
    await insertActivity(trx, (await lastSequence(trx)) + 1, activity);
    this.#recorded = true;
    return activity;
  }

  /** Records a step that another role has written to the backbone, as it stands there. */
  async takeIn(trx: Transaction<ActivityTables>, activity: Activity): Promise<void> {
    await insertActivity(trx, (await lastSequence(trx)) + 1, activity);
    this.#recorded = true;
  }

  /** Newest first; with `after`, oldest first from beyond that sequence number. */
  list(
    request: PageRequest & ActivityFilter & { readonly after?: number },
  ): Promise<{ items: Activity[]; nextPageToken?: string }> {
    const { kysely } = this.#database;
    const token = readPageToken(request);
    const load = (count: number): Promise<ActivityRow[]> =>
      request.after === undefined
        ? activityBefore(kysely, Number(token ?? Number.MAX_SAFE_INTEGER), count, request)
        : activityAfter(kysely, Number(token ?? request.after), count, request);
    return pageOf(request, load, (row) => row.sequence, toActivity);
  }

  async get(id: string): Promise<Activity | undefined> {
    const row = await findActivity(this.#database.kysely, id);
    return row && toActivity(row);
  }

  /** Steps beyond a sequence number (default: from now on), then each as it is committed, until the signal aborts. */
  async *stream(after: number | undefined, signal: AbortSignal): AsyncGenerator<SequencedActivity> {
    const { kysely } = this.#database;
    let position = after ?? (await lastSequence(kysely));
    while (!signal.aborted) {
      // Listened for before reading: what is committed in between is not missed.
      const next = this.#nextCommit(signal);
      const rows = await activityAfter(kysely, position, readAtOnce);
      for (const row of rows) {
        yield sequenced(row);
        position = row.sequence;
      }
      if (rows.length === 0) await next;
    }
  }

  /** Calls `listener` after each commit that may hold new steps; the returned function ends it. */
  onRecorded(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Control's own steps after a sequence number, oldest first, as events of the backbone; it has the others already. */
  async eventsAfter(sequence: number, count: number): Promise<{ sequence: number; event: NewEvent }[]> {
    const rows = await activityAfter(this.#database.kysely, sequence, count, { except: takenInTypes });
    return rows.map((row) => {
      const { id, type, subject, causeId, timeMs, value } = toActivity(row);
      const cause = causeId === null ? {} : { causeId };
      return { sequence: row.sequence, event: { topic: 'activity', type, key: subject, id, timeMs, ...cause, value } };
    });
  }

  close(): void {
    this.#stopListening();
  }

  #nextCommit(signal: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      const done = (): void => {
        stop();
        signal.removeEventListener('abort', done);
        resolve();
      };
      const stop = this.onRecorded(done);
      signal.addEventListener('abort', done, { once: true });
    });
  }
}
