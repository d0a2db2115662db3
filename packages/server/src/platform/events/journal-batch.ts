/** What goes from a writing process's main thread to its journal thread and back. */
import type { DatabaseSync, StatementSync } from 'node:sqlite';
import { nowMs } from '#kernel/clock.ts';
import { fieldsPerEvent, type EventBytes } from './event-buffer.ts';
import { JournalDamage } from './sqlite-row.ts';
import { topicAt } from './topic-index.ts';

/**
 * Why offsets hold no event: the buffer was full, the storage refused the commit, the process died before it,
 * or the journal was damaged.
 */
const lossReasons = ['buffer_full', 'storage', 'crash', 'damage'] as const;
export type LossReason = (typeof lossReasons)[number];

/** A reason read from a journal. */
export function lossReasonNamed(name: string): LossReason {
  const reason = lossReasons.find((candidate) => candidate === name);
  if (reason === undefined) throw new JournalDamage(`loss reason ${name}`);
  return reason;
}

/** Offsets from `first` to `last` that were given out and hold no event. */
export interface Loss {
  first: number;
  last: number;
  reason: LossReason;
}

export interface JournalBatch {
  events: EventBytes;
  losses: Loss[];
}

export type ToJournalThread = { kind: 'batch'; batch: JournalBatch } | { kind: 'wake' | 'probe' | 'close' };

/** `opened`: the journal ends at `lastOffset`. `refused` of a batch: nothing of it is in the journal. */
export type FromJournalThread =
  | { kind: 'opened'; lastOffset: number; lostInCrash: number; journalMode: string; synchronous: number }
  | { kind: 'failed'; code: 'conflict' | 'internal'; message: string }
  | { kind: 'committed'; durationMs: number }
  | { kind: 'refused'; what: 'batch' | 'probe'; fault: 'full' | 'other'; message: string }
  | { kind: 'probed' }
  | { kind: 'problem'; message: string }
  | { kind: 'closed' };

export interface JournalThreadData {
  dir: string;
  writer: string;
  /** One Float64 that the main thread keeps at the highest offset given out. */
  highWater: SharedArrayBuffer;
  /** For a thread that takes the place of a dead one: all offsets up to here are in the journal, higher ones may be. */
  settledThrough?: number;
}

/** The value is bound as the bytes of its text, which spares making a string of it. */
const insertEvent = 'INSERT INTO events VALUES (?, ?, ?, ?, ?, ?, ?, CAST(? AS TEXT), ?)';

export function prepareInsert(database: DatabaseSync): StatementSync {
  return database.prepare(insertEvent);
}

/** Inserts the events and losses of a batch; the caller holds the transaction. */
export function insertBatch(database: DatabaseSync, insert: StatementSync, batch: JournalBatch): void {
  const { fields, count } = batch.events;
  const text = Buffer.from(batch.events.text);
  const committedMs = nowMs();
  let byte = 0;
  for (let index = 0; index < count; index++) {
    const field = (position: number): number => fields[index * fieldsPerEvent + position] ?? Number.NaN;
    const head = text.toString('utf8', byte, (byte += field(7)));
    let cursor = 0;
    const take = (length: number): string => head.slice(cursor, (cursor += length));
    const type = take(field(3));
    const key = take(field(4));
    const id = take(field(5));
    const causeId = field(6) < 0 ? null : take(field(6));
    const value = text.subarray(byte, (byte += field(8)));
    insert.run(field(0), topicAt(field(1)), type, key, id, field(2), causeId, value, committedMs);
  }
  for (const loss of batch.losses) recordLoss(database, loss);
}

/** Records offsets that hold no event; a range that continues the last one of the same reason extends it. */
export function recordLoss(database: DatabaseSync, loss: Loss): void {
  const extended = database
    .prepare('UPDATE losses SET last_offset = ? WHERE last_offset = ? AND reason = ?')
    .run(loss.last, loss.first - 1, loss.reason);
  if (extended.changes === 0) {
    database.prepare('INSERT INTO losses VALUES (?, ?, ?, ?)').run(loss.first, loss.last, loss.reason, nowMs());
  }
}
