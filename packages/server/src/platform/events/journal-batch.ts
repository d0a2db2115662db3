/**
 * What goes from a writing process's main thread to its journal thread: per tick one string and one array of numbers,
 * whatever the number of events, so that an event costs the main thread only the concatenation.
 */
import type { DatabaseSync, StatementSync } from 'node:sqlite';
import { nowMs } from '#kernel/clock.ts';
import { JournalDamage } from './sqlite-row.ts';
import { topicAt } from './topic-index.ts';

/** Numbers per event: offset, topic, time, and the lengths of type, key, id, cause (-1: none) and value in the text. */
export const fieldsPerEvent = 8;

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
  /** Type, key, id, cause and value of each event, one after the other with nothing between. */
  text: string;
  fields: Float64Array<ArrayBuffer>;
  count: number;
  losses: Loss[];
}

export type ToJournalThread = { kind: 'batch'; batch: JournalBatch } | { kind: 'wake' | 'probe' | 'close' };

/** `refused` of a batch: nothing of it is in the journal. */
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
}

const insertEvent = 'INSERT INTO events VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)';

export function prepareInsert(database: DatabaseSync): StatementSync {
  return database.prepare(insertEvent);
}

/** Inserts the events and losses of a batch; the caller holds the transaction. */
export function insertBatch(database: DatabaseSync, insert: StatementSync, batch: JournalBatch): void {
  const { text, fields, count } = batch;
  const committedMs = nowMs();
  let cursor = 0;
  const take = (length: number): string => text.slice(cursor, (cursor += length));
  for (let index = 0; index < count; index++) {
    const at = index * fieldsPerEvent;
    const field = (position: number): number => fields[at + position] ?? Number.NaN;
    const type = take(field(3));
    const key = take(field(4));
    const id = take(field(5));
    const causeId = field(6) < 0 ? null : take(field(6));
    insert.run(field(0), topicAt(field(1)), type, key, id, field(2), causeId, take(field(7)), committedMs);
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
