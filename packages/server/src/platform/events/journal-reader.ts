/**
 * Reads the journals of all writers while they write, each event once and in the order of its offsets.
 *
 * A reader keeps its own positions (one offset a writer) and commits them with its effects; the journal keeps none.
 * Offsets above `compacted_through` are read from the tail, the others from Parquet through DuckDB; which of the two is
 * decided in the snapshot that the rows come from, so a compaction in between shows nothing twice and hides nothing; a
 * file that was merged away in between makes the reader decide again.
 * Damage (a journal, a Parquet file, a value that is no JSON) is reported and left out; it never stops a reader.
 */
import type { DatabaseSync } from 'node:sqlite';
import { tmpdir } from 'node:os';
import type { StoredEvent, Topic } from '@mulle/contract';
import { openDuckdb, type DuckdbSession } from '#platform/duckdb/index.ts';
import { toEventRow, toStoredEvent, type EventRow } from './event-row.ts';
import { compactedThrough, endOffset } from './journal-file.ts';
import { lossReasonNamed, type Loss } from './journal-batch.ts';
import { JournalViews } from './journal-views.ts';
import { SegmentFiles, untilNoneIsGone } from './segment-files.ts';
import { readRoundAfter, type Segment } from './segment-manifest.ts';
import { readSegmentRows } from './segment-rows.ts';
import { integerOf, textOf } from './sqlite-row.ts';

/** How far a consumer has read: the last offset it took of each writer; a writer that is not in it is read from the start. */
export type ConsumerPositions = Record<string, number>;

export interface JournalReaderOptions {
  dir: string;
  onProblem: (message: string) => void;
  /** For DuckDB when compacted events are read. Default 256 MB. */
  memoryLimitMb?: number;
  /** Decides where the next events come from; tests put in one with a planted fault. */
  readStep?: typeof readStep;
}

export interface ReadRequest {
  writer: string;
  topics: readonly Topic[];
  afterOffset: number;
  limit: number;
}

export class JournalReader {
  readonly #views: JournalViews;
  readonly #files: SegmentFiles;
  readonly #options: JournalReaderOptions;
  #duckdb: Promise<DuckdbSession> | undefined;

  constructor(options: JournalReaderOptions) {
    this.#options = options;
    this.#views = new JournalViews(options.dir, options.onProblem);
    this.#files = new SegmentFiles(options.dir, options.onProblem);
  }

  /** Writers that have a journal, sorted. */
  listWriters(): string[] {
    return this.#views.writers();
  }

  /** The last offset of each writer: what has been committed up to now. */
  endOffsets(): ConsumerPositions {
    const ends = this.listWriters().map((writer) => [writer, this.#views.read(writer, endOffset)] as const);
    return Object.fromEntries(ends.filter((pair): pair is [string, number] => pair[1] !== undefined));
  }

  /**
   * Up to `limit` events of `topics` after `afterOffset`. `nextOffset` is where to go on; it also moves past events of
   * other topics, so a consumer of a rare topic does not read the same range again.
   */
  async readAfter(request: ReadRequest): Promise<{ events: StoredEvent[]; nextOffset: number }> {
    const { writer, topics, limit } = request;
    const decide = this.#options.readStep ?? readStep;
    const events: StoredEvent[] = [];
    let at = request.afterOffset;
    while (events.length < limit) {
      const room = limit - events.length;
      const after = at;
      const read = await untilNoneIsGone(async () => {
        const step = this.#views.read(writer, (database) => decide(database, topics, after, room));
        if (step === undefined) return undefined;
        const rows = step.kind === 'tail' ? step.rows : await this.#readRound(request, step.segments, after, room);
        return { step, rows };
      });
      if (read === undefined) break;
      const { step, rows } = read;
      this.#collect(writer, rows, events);
      const last = rows.at(-1)?.offset;
      if (rows.length >= room && last !== undefined) at = last;
      else at = Math.max(at, step.end);
      if (step.kind === 'tail') break;
    }
    return { events, nextOffset: at };
  }

  /** Up to about `limit` events over all writers, an equal share for each, and the positions after them. */
  async pollAll(
    positions: ConsumerPositions,
    topics: readonly Topic[],
    limit: number,
  ): Promise<{ events: StoredEvent[]; positions: ConsumerPositions }> {
    const writers = this.listWriters();
    const next = { ...positions };
    const events: StoredEvent[] = [];
    for (const [index, writer] of writers.entries()) {
      const share = Math.max(1, Math.floor((limit - events.length) / (writers.length - index)));
      const read = await this.readAfter({ writer, topics, afterOffset: positions[writer] ?? 0, limit: share });
      for (const event of read.events) events.push(event);
      next[writer] = read.nextOffset;
    }
    return { events, positions: next };
  }

  /** The last event with this id that is not compacted yet, of any writer. */
  findInTails(topic: Topic, id: string): StoredEvent | undefined {
    for (const writer of this.listWriters()) {
      const rows = this.#views.read(writer, (database) =>
        database
          .prepare('SELECT * FROM events WHERE topic = ? AND id = ? ORDER BY offset DESC LIMIT 1')
          .all(topic, id)
          .map(toEventRow),
      );
      const [row] = rows ?? [];
      if (row !== undefined) return toStoredEvent(writer, row);
    }
    return undefined;
  }

  /** Offsets of a writer that hold no event, by reason. */
  losses(writer: string): Loss[] {
    const rows = this.#views.read(writer, (database) =>
      database.prepare('SELECT first_offset, last_offset, reason FROM losses ORDER BY first_offset').all(),
    );
    return (rows ?? []).map((row) => ({
      reason: lossReasonNamed(textOf(row, 'reason')),
      first: integerOf(row, 'first_offset'),
      last: integerOf(row, 'last_offset'),
    }));
  }

  async close(): Promise<void> {
    this.#views.close();
    (await this.#duckdb)?.close();
    this.#duckdb = undefined;
  }

  async #readRound(request: ReadRequest, segments: Segment[], at: number, room: number): Promise<EventRow[]> {
    const wanted = segments.filter((segment) => request.topics.includes(segment.topic) && segment.lastOffset > at);
    const usable = await this.#files.usable(request.writer, wanted);
    if (usable.length === 0) return [];
    this.#duckdb ??= openDuckdb({
      threads: 1,
      memoryLimitMb: this.#options.memoryLimitMb ?? 256,
      tempDirectory: tmpdir(),
    });
    return readSegmentRows(await this.#duckdb, this.#options.dir, usable, at, room);
  }

  #collect(writer: string, rows: readonly EventRow[], events: StoredEvent[]): void {
    for (const row of rows) {
      const event = toStoredEvent(writer, row);
      if (event !== undefined) events.push(event);
      else
        this.#options.onProblem(
          `Event ${row.id} (offset ${row.offset} of ${writer}) has a value that is no JSON object.`,
        );
    }
  }
}

export type ReadStep =
  | { kind: 'tail'; rows: EventRow[]; end: number }
  | { kind: 'round'; segments: Segment[]; end: number };

/** What comes after an offset, in one snapshot: a round of Parquet files, or rows of the tail. `end`: read up to there. */
export function readStep(database: DatabaseSync, topics: readonly Topic[], after: number, limit: number): ReadStep {
  const through = compactedThrough(database);
  if (after >= through)
    return { kind: 'tail', rows: readTail(database, topics, after, limit), end: endOffset(database) };
  const segments = readRoundAfter(database, after);
  return { kind: 'round', segments, end: segments[0]?.roundLast ?? through };
}

function readTail(database: DatabaseSync, topics: readonly Topic[], after: number, limit: number): EventRow[] {
  const places = topics.map(() => '?').join(', ');
  return database
    .prepare(`SELECT * FROM events WHERE offset > ? AND topic IN (${places}) ORDER BY offset LIMIT ?`)
    .all(after, ...topics, limit)
    .map(toEventRow);
}
