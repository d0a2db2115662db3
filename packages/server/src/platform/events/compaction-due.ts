import type { DatabaseSync } from 'node:sqlite';
import type { Topic } from '@mulle/contract';
import { JournalViews } from './journal-views.ts';
import { chooseMerge, readRoundSizes } from './merge-choice.ts';
import { integerOf } from './sqlite-row.ts';

const dayMs = 86_400_000;
/** The oldest row leaves the tail when it is so old, in whatever company. */
export const waitAtMostMs = 3_600_000;

export interface CompactionTerms {
  minAgeMs: number;
  minRows: number;
  /** A longer tail is due whatever its age. */
  maxTailRows: number;
  keepDays: Partial<Record<Topic, number>>;
}

/**
 * Says whether a compactor would find anything to do, without being one: it reads, and loads no DuckDB, so a process
 * may ask all the time. A few ms for each journal.
 */
export class CompactionWatch {
  readonly #views: JournalViews;

  constructor(dir: string, onProblem: (message: string) => void) {
    this.#views = new JournalViews(dir, onProblem);
  }

  isDue(terms: CompactionTerms, nowMs: number): boolean {
    return this.#views
      .writers()
      .some((writer) => this.#views.read(writer, (journal) => isJournalDue(journal, terms, nowMs)) === true);
  }

  /** Writers whose tail holds more than `rows`. */
  tailsAbove(rows: number): string[] {
    return this.#views.writers().filter((writer) => (this.#views.read(writer, tailRows) ?? 0) > rows);
  }

  close(): void {
    this.#views.close();
  }
}

/** Offsets in the tail; those that hold no event count. */
function tailRows(journal: DatabaseSync): number {
  const span = 'SELECT coalesce((SELECT max(offset) FROM events) - (SELECT min(offset) FROM events) + 1, 0) AS rows';
  return integerOf(journal.prepare(span).get(), 'rows');
}

function isJournalDue(journal: DatabaseSync, terms: CompactionTerms, nowMs: number): boolean {
  const { minAgeMs, minRows, maxTailRows, keepDays } = terms;
  if (journal.prepare('SELECT 1 FROM intents LIMIT 1').get() !== undefined) return true;
  if (tailRows(journal) > maxTailRows) return true;
  const expired = journal.prepare('SELECT 1 FROM segments WHERE topic = ? AND max_time_ms < ? LIMIT 1');
  for (const [topic, days] of Object.entries(keepDays)) {
    if (expired.get(topic, nowMs - days * dayMs) !== undefined) return true;
  }
  if (chooseMerge(readRoundSizes(journal)) !== undefined) return true;
  const rowAt = journal.prepare('SELECT committed_ms FROM events ORDER BY offset LIMIT 1 OFFSET ?');
  const isOlder = (position: number, ageMs: number): boolean => {
    const row = rowAt.get(position);
    return row !== undefined && integerOf(row, 'committed_ms') <= nowMs - ageMs;
  };
  return isOlder(minRows - 1, minAgeMs) || isOlder(0, waitAtMostMs);
}
