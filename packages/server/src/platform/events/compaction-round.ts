import { closeSync, openSync, rmSync, writeSync } from 'node:fs';
import { rename, stat } from 'node:fs/promises';
import type { Topic } from '@mulle/contract';
import { newId } from '#kernel/ids.ts';
import { sqlText, type DuckdbSession } from '#platform/duckdb/index.ts';
import { syncPath } from '#platform/files/durable-files.ts';
import { fileSha256 } from './segment-files.ts';
import { segmentPath, type Segment } from './segment-manifest.ts';
import { parseObject, type EventRow } from './event-row.ts';
import { fits, isReadable, sameShape, sqlType, widenFor, type ValueType } from './value-type.ts';

/** Rows that go into one Parquet file. */
export interface Partition {
  writer: string;
  file: string;
  topic: Topic;
  key: string | undefined;
  rows: EventRow[];
  valueType: ValueType;
  /** The rows as JSON lines, where all values have one shape; else they are made when the type is known. */
  lines: string[] | undefined;
}

const hourMs = 3_600_000;
/** Past this number of files a round's keys, types and shapes are mixed by topic: hostile keys cannot flood the disk. */
const maxPartitions = 256;
/** Shapes of value that get a file of their own for a topic, key, type and hour; further ones share one. */
const maxShapes = 8;
/** Topics whose key is an endpoint; elsewhere keys are ids, too many for a file each. */
const keyedTopics = new Set<Topic>(['decisions', 'outcomes', 'shadows']);
const jsonlFlushCharacters = 1 << 20;

/**
 * Groups a round's rows by topic and hour, and where the key is an endpoint by key, type and schema version: the shape of
 * the value, which is its names in their order.
 */
export function partition(writer: string, rows: readonly EventRow[]): Partition[] {
  let groups = Map.groupBy(rows, groupName);
  if (groups.size > maxPartitions) groups = Map.groupBy(rows, ({ topic }) => topic);
  return [...groups.values()].flatMap((group) => splitByShape(writer, group));
}

function groupName({ topic, key, type, timeMs }: EventRow): string {
  const hour = Math.floor(timeMs / hourMs);
  return keyedTopics.has(topic) ? `${topic}\0${hour}\0${type}\0${key}` : `${topic}\0${hour}`;
}

function splitByShape(writer: string, group: readonly EventRow[]): Partition[] {
  const shapes: Partition[] = [];
  let others: Partition | undefined;
  for (const row of group) {
    const value = readableValue(row);
    let part = shapes.find(({ valueType }) => value !== undefined && sameShape(value, valueType));
    if (part === undefined && value !== undefined && keyedTopics.has(row.topic) && shapes.length < maxShapes) {
      shapes.push((part = emptyPartition(writer, row, [])));
    }
    part ??= others ??= emptyPartition(writer, row, undefined);
    if (part.key !== row.key) part.key = undefined;
    part.rows.push(row);
    if (value === undefined) continue;
    part.valueType = widenFor(part.valueType, value);
    part.lines?.push(toLine(row, part, value));
  }
  return others === undefined ? shapes : [...shapes, others];
}

function emptyPartition(writer: string, { topic, key, offset }: EventRow, lines: string[] | undefined): Partition {
  const file = `${writer}-${topic}-${offset}-${newId()}.parquet`;
  return { writer, file, topic, key, rows: [], valueType: 'null', lines };
}

/** The value as an object; undefined when it is no JSON object, or one that DuckDB cannot read. */
function readableValue(row: EventRow): Record<string, unknown> | undefined {
  return isReadable(row.value) ? parseObject(row.value) : undefined;
}

/** Writes a partition; one that DuckDB cannot type is written as text, so that no value holds up all others. */
export async function writePartition(
  session: DuckdbSession,
  dir: string,
  part: Partition,
  roundLast: number,
): Promise<Segment> {
  try {
    return await writeSegment(session, dir, part, roundLast);
  } catch (thrown) {
    if (part.valueType === 'null') throw thrown;
    return writeSegment(session, dir, { ...part, valueType: 'null', lines: undefined }, roundLast);
  }
}

/**
 * Writes a partition to its Parquet file: JSON lines, DuckDB, sync, rename. The caller syncs the folder and records the
 * result. Each value goes into a typed column, and its own text beside it where the column could not give it back.
 */
async function writeSegment(session: DuckdbSession, dir: string, part: Partition, roundLast: number): Promise<Segment> {
  const path = segmentPath(dir, part.file);
  const lines = `${path}.jsonl`;
  const temporary = `${path}.tmp`;
  writeLines(lines, part);
  const columns = `{"offset": 'BIGINT', topic: 'VARCHAR', type: 'VARCHAR', key: 'VARCHAR', id: 'VARCHAR',
    time_ms: 'BIGINT', cause_id: 'VARCHAR', writer: 'VARCHAR', value: ${sqlText(sqlType(part.valueType))}, raw: 'VARCHAR'}`;
  await session.run(
    `COPY (SELECT * FROM read_json(${sqlText(lines)}, format = 'newline_delimited', columns = ${columns},
       maximum_object_size = 67108864, auto_detect = false))
     TO ${sqlText(temporary)} (FORMAT parquet, COMPRESSION zstd)`,
  );
  rmSync(lines);
  const settled = await settleSegmentFile(session, path, part.rows.length);
  const times = part.rows.map((row) => row.timeMs);
  return {
    file: part.file,
    topic: part.topic,
    key: part.key,
    firstOffset: part.rows[0]?.offset ?? 0,
    lastOffset: part.rows.at(-1)?.offset ?? 0,
    rows: part.rows.length,
    minTimeMs: times.reduce((least, time) => Math.min(least, time), Infinity),
    maxTimeMs: times.reduce((most, time) => Math.max(most, time), -Infinity),
    ...settled,
    valueType: part.valueType,
    roundLast,
    state: 'live',
  };
}

/** Counts, syncs and renames `<path>.tmp`, which was just written. Throws where rows are missing. */
export async function settleSegmentFile(
  session: DuckdbSession,
  path: string,
  rows: number,
): Promise<Pick<Segment, 'bytes' | 'sha256'>> {
  const temporary = `${path}.tmp`;
  const [counted] = await session.rows(`SELECT count(*) AS rows FROM read_parquet(${sqlText(temporary)})`);
  if (counted?.['rows'] !== rows) {
    throw new Error(`${temporary} holds ${String(counted?.['rows'])} rows instead of ${rows}`);
  }
  syncPath(temporary);
  const sha256 = await fileSha256(temporary);
  const { size } = await stat(temporary);
  await rename(temporary, path);
  return { bytes: size, sha256 };
}

function writeLines(path: string, part: Partition): void {
  const descriptor = openSync(path, 'w');
  try {
    let pending = '';
    for (const [index, row] of part.rows.entries()) {
      pending += `${part.lines?.[index] ?? toLine(row, part, readableValue(row))}\n`;
      if (pending.length > jsonlFlushCharacters) {
        writeSync(descriptor, pending);
        pending = '';
      }
    }
    writeSync(descriptor, pending);
  } finally {
    closeSync(descriptor);
  }
}

/** A row for `read_json`, with the value's own text where the typed column could not give it back. */
function toLine(row: EventRow, { writer, valueType }: Partition, value: Record<string, unknown> | undefined): string {
  const lossless = value !== undefined && fits(value, valueType);
  return JSON.stringify({
    offset: row.offset,
    topic: row.topic,
    type: row.type,
    key: row.key,
    id: row.id,
    time_ms: row.timeMs,
    cause_id: row.causeId ?? null,
    writer,
    value: valueType === 'null' ? null : (value ?? null),
    raw: lossless ? null : row.value,
  });
}
