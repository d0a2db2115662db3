/**
 * Moves the oldest part of each journal's tail into Parquet, and merges what small rounds left. Runs in a child of the work role; one process at a time for
 * each journal.
 *
 * A round takes a prefix of the tail (so many rows, so many bytes) and goes through these states, each of which a crash
 * may end:
 * 1. intents   names of the files to come are committed. A crash leaves names; the next round sweeps the files of those
 *              that are not in the manifest.
 * 2. files     written under a temporary name, synced, renamed, the folder synced. They do not exist for readers.
 * 3. published one synced transaction records the files in the manifest, moves `compacted_through`, and removes the rows
 *              from the tail and the names from the intents. Before it readers see the tail, after it the files.
 *
 * Expiry goes the other way: manifest row out and intent in, in one transaction; then the file.
 * A full disk ends the round; the tail stays whole. Memory: one round's rows in JavaScript, `memoryLimitMb` in DuckDB.
 */
import { mkdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import type { DatabaseSync } from 'node:sqlite';
import type { Topic } from '@mulle/contract';
import { nowMs } from '#kernel/clock.ts';
import { openDuckdb, type DuckdbSession } from '#platform/duckdb/index.ts';
import { syncPath } from '#platform/files/durable-files.ts';
import { waitAtMostMs } from './compaction-due.ts';
import { partition, writePartition } from './compaction-round.ts';
import {
  inTransaction,
  journalPaths,
  listWriters,
  openJournalDatabase,
  takeLock,
  type JournalPaths,
} from './journal-file.ts';
import { toEventRow, type EventRow } from './event-row.ts';
import { chooseMerge, readRoundSizes, type RoundSize } from './merge-choice.ts';
import { mergeParts, publishMerge, writeMerged, type MergedRounds } from './merge-rounds.ts';
import { SegmentFiles } from './segment-files.ts';
import { insertSegment, readSegments, segmentPath, type Segment } from './segment-manifest.ts';
import { integerOf, storageFault, textOf } from './sqlite-row.ts';

const dayMs = 86_400_000;

/** A finished round: its files are durable under their names and wait to be published. */
export interface CompactedRound {
  segments: Segment[];
  /** The tail's rows up to here are in `segments`. */
  lastOffset: number;
}

export interface CompactorOptions {
  dir: string;
  onProblem: (message: string) => void;
  /** Rows younger than this, by their commit, stay in the tail. Default 0. */
  minAgeMs?: number;
  /** Fewer rows than this stay in the tail until the oldest is an hour old. Default 1. */
  minRows?: number;
  /** Bounds of a round: the writer waits while one is published. Defaults 20,000 rows and 64 MiB of values. */
  maxRows?: number;
  maxBytes?: number;
  memoryLimitMb?: number;
  /** Days after which a topic's files are removed, by the time of their latest event; a topic not named is kept. */
  keepDays?: Partial<Record<Topic, number>>;
  /** Makes a round visible; tests put in ones with planted faults. */
  publish?: (database: DatabaseSync, round: CompactedRound) => void;
  /** Makes a merge visible; tests here as well. */
  publishMerge?: (database: DatabaseSync, merged: MergedRounds) => void;
}

export interface CompactionReport {
  rounds: number;
  rows: number;
  segments: number;
  expired: number;
  /** Files that others took the place of. */
  merged: number;
}

const nothingDone: CompactionReport = { rounds: 0, rows: 0, segments: 0, expired: 0, merged: 0 };

export class Compactor {
  readonly #options: Required<Omit<CompactorOptions, 'keepDays'>> & Pick<CompactorOptions, 'keepDays'>;
  readonly #files: SegmentFiles;
  #duckdb: Promise<DuckdbSession> | undefined;

  constructor(options: CompactorOptions) {
    this.#files = new SegmentFiles(options.dir, options.onProblem);
    this.#options = {
      minAgeMs: 0,
      minRows: 1,
      maxRows: 20_000,
      maxBytes: 64 * 1024 * 1024,
      memoryLimitMb: 256,
      publish: publishRound,
      publishMerge,
      ...options,
    };
  }

  /** Compacts and expires all journals; a journal that fails is reported and does not keep the others from their turn. */
  async compactAll(signal?: AbortSignal): Promise<CompactionReport> {
    const total = { ...nothingDone };
    for (const writer of listWriters(this.#options.dir)) {
      try {
        const report = await this.compactWriter(writer, signal);
        total.rounds += report.rounds;
        total.rows += report.rows;
        total.segments += report.segments;
        total.expired += report.expired;
        total.merged += report.merged;
      } catch (thrown) {
        const fault = storageFault(thrown);
        const message = thrown instanceof Error ? thrown.message : String(thrown);
        this.#options.onProblem(
          `Journal of ${writer} was not compacted (${fault}): ${message}. Its events stay where they are.`,
        );
      }
    }
    return total;
  }

  /** Rounds until nothing is left to compact or merge; none when another process compacts this journal. */
  async compactWriter(writer: string, signal?: AbortSignal): Promise<CompactionReport> {
    const report = { ...nothingDone };
    const paths = journalPaths(this.#options.dir, writer);
    const lock = takeLock(paths.compactorLock);
    if (lock === undefined) return report;
    let database: DatabaseSync | undefined;
    try {
      mkdirSync(paths.segments, { recursive: true });
      database = openJournalDatabase(paths.database);
      this.#sweep(database, paths);
      report.expired = this.#expire(database);
      this.#sweep(database, paths);
      while (signal?.aborted !== true) {
        const rows = this.#takeRows(database);
        if (rows.length === 0) break;
        report.segments += await this.#round(writer, database, paths, rows);
        report.rounds++;
        report.rows += rows.length;
      }
      while (signal?.aborted !== true) {
        const rounds = chooseMerge(readRoundSizes(database));
        if (rounds === undefined) break;
        report.merged += await this.#merge(writer, database, paths, rounds);
      }
    } finally {
      database?.close();
      lock.close();
    }
    return report;
  }

  async close(): Promise<void> {
    (await this.#duckdb)?.close();
    this.#duckdb = undefined;
  }

  /** The prefix of the tail that is due. */
  #takeRows(database: DatabaseSync): EventRow[] {
    const { minAgeMs, minRows, maxRows, maxBytes } = this.#options;
    const now = nowMs();
    const rows: EventRow[] = [];
    let bytes = 0;
    let oldestMs = now;
    for (const row of database.prepare('SELECT * FROM events ORDER BY offset LIMIT ?').iterate(maxRows)) {
      const committedMs = integerOf(row, 'committed_ms');
      if (committedMs > now - minAgeMs) break;
      const event = toEventRow(row);
      oldestMs = Math.min(oldestMs, committedMs);
      bytes += event.value.length;
      rows.push(event);
      if (bytes >= maxBytes) break;
    }
    const waits = rows.length < minRows && bytes < maxBytes && now - oldestMs < waitAtMostMs;
    return waits ? [] : rows;
  }

  async #round(writer: string, database: DatabaseSync, paths: JournalPaths, rows: EventRow[]): Promise<number> {
    const lastOffset = rows.at(-1)?.offset ?? 0;
    const parts = partition(writer, rows);
    await this.#writeAndPublish(database, paths, parts, {
      write: (session, part) => writePartition(session, this.#options.dir, part, lastOffset),
      publish: (segments) => this.#options.publish(database, { segments, lastOffset }),
    });
    return parts.length;
  }

  /** Makes one round of several; answers how many files went. */
  async #merge(
    writer: string,
    database: DatabaseSync,
    paths: JournalPaths,
    rounds: readonly RoundSize[],
  ): Promise<number> {
    const first = rounds[0]?.last ?? 0;
    const last = rounds.at(-1)?.last ?? 0;
    const segments = readSegments(database).filter(({ roundLast }) => roundLast >= first && roundLast <= last);
    const parts = mergeParts(writer, await this.#files.usable(writer, segments));
    const removed = parts.flatMap(({ sources }) => sources);
    await this.#writeAndPublish(database, paths, parts, {
      write: (session, part) => writeMerged(session, this.#options.dir, part, last),
      publish: (added) => this.#options.publishMerge(database, { first, last, removed, added }),
    });
    return removed.length - parts.length;
  }

  /** Writes files whose names were recorded before, and publishes them; what a failure leaves of them is swept. */
  async #writeAndPublish<Part extends { file: string }>(
    database: DatabaseSync,
    paths: JournalPaths,
    parts: readonly Part[],
    how: {
      write: (session: DuckdbSession, part: Part) => Promise<Segment>;
      publish: (segments: Segment[]) => void;
    },
  ): Promise<void> {
    inTransaction(database, () => {
      const insert = database.prepare('INSERT INTO intents VALUES (?)');
      for (const part of parts) insert.run(part.file);
    });
    try {
      this.#duckdb ??= openDuckdb({ threads: 1, memoryLimitMb: this.#options.memoryLimitMb, tempDirectory: tmpdir() });
      const session = await this.#duckdb;
      const segments: Segment[] = [];
      for (const part of parts) segments.push(await how.write(session, part));
      syncPath(paths.segments);
      how.publish(segments);
    } catch (thrown) {
      this.#sweep(database, paths);
      throw thrown;
    }
  }

  /** Removes the files of intents that are not in the manifest, then the intents. */
  #sweep(database: DatabaseSync, paths: JournalPaths): void {
    const intents = database
      .prepare('SELECT file FROM intents')
      .all()
      .map((row) => textOf(row, 'file'));
    if (intents.length === 0) return;
    const recorded = database.prepare('SELECT 1 FROM segments WHERE file = ?');
    for (const file of intents) {
      if (recorded.get(file) !== undefined) continue;
      const path = segmentPath(this.#options.dir, file);
      for (const name of [path, `${path}.tmp`, `${path}.jsonl`]) rmSync(name, { force: true });
    }
    syncPath(paths.segments);
    inTransaction(database, () => {
      const remove = database.prepare('DELETE FROM intents WHERE file = ?');
      for (const file of intents) remove.run(file);
    });
  }

  #expire(database: DatabaseSync): number {
    let expired = 0;
    for (const [topic, days] of Object.entries(this.#options.keepDays ?? {})) {
      const before = nowMs() - days * dayMs;
      expired += inTransaction(database, () => {
        database
          .prepare('INSERT INTO intents SELECT file FROM segments WHERE topic = ? AND max_time_ms < ?')
          .run(topic, before);
        const removed = database.prepare('DELETE FROM segments WHERE topic = ? AND max_time_ms < ?').run(topic, before);
        return Number(removed.changes);
      });
    }
    return expired;
  }
}

/** Manifest in, rows out, in one synced transaction. */
export function publishRound(database: DatabaseSync, { segments, lastOffset }: CompactedRound): void {
  inTransaction(database, () => {
    for (const segment of segments) {
      insertSegment(database, segment);
      database.prepare('DELETE FROM intents WHERE file = ?').run(segment.file);
    }
    database.prepare('DELETE FROM events WHERE offset <= ?').run(lastOffset);
    database.prepare(`UPDATE meta SET value = ? WHERE name = 'compacted_through'`).run(lastOffset);
  });
}
