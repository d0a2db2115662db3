import { join } from 'node:path';
import type { DatabaseSync } from 'node:sqlite';
import type { Topic } from '@mulle/contract';
import { parseValueType, type ValueType } from './value-type.ts';
import { integerOf, JournalDamage, optionalTextOf, textOf, type SqliteRow } from './sqlite-row.ts';
import { topicNamed } from './topic-index.ts';

/** One Parquet file of the manifest. It is never changed after it was recorded, only set aside or expired. */
export interface Segment {
  /** Name within the segments folder; never used twice. */
  file: string;
  topic: Topic;
  /** The key of all its rows; undefined when keys are mixed. */
  key: string | undefined;
  firstOffset: number;
  lastOffset: number;
  rows: number;
  minTimeMs: number;
  maxTimeMs: number;
  bytes: number;
  sha256: string;
  /** Type of the column `value`. */
  valueType: ValueType;
  /** Last offset of the round that made it: rounds follow each other without overlap, their files cover one range. */
  roundLast: number;
  /** `aside`: found damaged; its rows cannot be read. */
  state: 'live' | 'aside';
}

/** The manifest, by round and offset. */
export function readSegments(database: DatabaseSync): Segment[] {
  return database.prepare('SELECT * FROM segments ORDER BY round_last, first_offset').all().map(toSegment);
}

/** Segments of one round: the first that ends after `afterOffset`. Empty when there is none. */
export function readRoundAfter(database: DatabaseSync, afterOffset: number): Segment[] {
  return database
    .prepare(
      `SELECT * FROM segments
       WHERE round_last = (SELECT min(round_last) FROM segments WHERE round_last > ?) ORDER BY first_offset`,
    )
    .all(afterOffset)
    .map(toSegment);
}

export function insertSegment(database: DatabaseSync, segment: Segment): void {
  database
    .prepare('INSERT INTO segments VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)')
    .run(
      segment.file,
      segment.topic,
      segment.key ?? null,
      segment.firstOffset,
      segment.lastOffset,
      segment.rows,
      segment.minTimeMs,
      segment.maxTimeMs,
      segment.bytes,
      segment.sha256,
      JSON.stringify(segment.valueType),
      segment.roundLast,
      segment.state,
    );
}

/** Where a segment's file is. */
export function segmentPath(dir: string, file: string): string {
  return join(dir, 'segments', file);
}

function toSegment(row: SqliteRow): Segment {
  const state = textOf(row, 'state');
  if (state !== 'live' && state !== 'aside') throw new JournalDamage(`segment state ${state}`);
  return {
    file: textOf(row, 'file'),
    topic: topicNamed(textOf(row, 'topic')),
    key: optionalTextOf(row, 'key'),
    firstOffset: integerOf(row, 'first_offset'),
    lastOffset: integerOf(row, 'last_offset'),
    rows: integerOf(row, 'rows'),
    minTimeMs: integerOf(row, 'min_time_ms'),
    maxTimeMs: integerOf(row, 'max_time_ms'),
    bytes: integerOf(row, 'bytes'),
    sha256: textOf(row, 'sha256'),
    valueType: parseValueType(textOf(row, 'value_type')),
    roundLast: integerOf(row, 'round_last'),
    state,
  };
}
