import { closeSync, openSync, rmSync, writeSync } from 'node:fs';
import { rename, stat } from 'node:fs/promises';
import type { Topic } from '@mulle/contract';
import { newId } from '#kernel/ids.ts';
import { sqlText, type DuckdbSession } from '#platform/duckdb/index.ts';
import { syncPath } from './journal-file.ts';
import { fileSha256 } from './segment-files.ts';
import { segmentPath, type Segment } from './segment-manifest.ts';
import { parseObject, type EventRow } from './event-row.ts';
import { fits, inferValueType, isReadable, mergeValueTypes, sqlType, type ValueType } from './value-type.ts';

/** Rows that go into one Parquet file. */
export interface Partition {
  writer: string;
  file: string;
  topic: Topic;
  key: string | undefined;
  rows: EventRow[];
  valueType: ValueType;
}

const hourMs = 3_600_000;
/** Past this number of files a round's keys, types and shapes are mixed by topic: hostile keys cannot flood the disk. */
const maxPartitions = 256;
/** Shapes of value that get a file of their own for a topic, key, type and hour; further ones share one. */
const maxShapes = 8;
/** Topics whose key is an endpoint; elsewhere keys are ids, too many for a file each. */
const keyedTopics = new Set<Topic>(['decisions', 'outcomes']);
const jsonlFlushCharacters = 1 << 20;

/**
 * Groups a round's rows by topic and hour, and where the key is an endpoint by key, type and schema version: the shape of
 * the value, which is its names in their order.
 */
export function partition(writer: string, rows: readonly EventRow[]): Partition[] {
  const typed = rows.map((row) => ({ row, type: valueTypeOf(row) }));
  let groups = Map.groupBy(typed, ({ row }) => groupName(row));
  if (groups.size > maxPartitions) groups = Map.groupBy(typed, ({ row }) => row.topic);
  return [...groups.values()].flatMap(splitByShape).map((group): Partition => {
    const first = group[0]?.row;
    if (first === undefined) throw new RangeError('an empty partition');
    const sameKey = group.every(({ row }) => row.key === first.key);
    return {
      writer,
      file: `${writer}-${first.topic}-${first.offset}-${newId()}.parquet`,
      topic: first.topic,
      key: sameKey ? first.key : undefined,
      rows: group.map(({ row }) => row),
      valueType: group.reduce((merged: ValueType, { type }) => mergeValueTypes(merged, type), 'null'),
    };
  });
}

interface TypedRow {
  row: EventRow;
  type: ValueType;
}

function groupName({ topic, key, type, timeMs }: EventRow): string {
  const hour = Math.floor(timeMs / hourMs);
  return keyedTopics.has(topic) ? `${topic}\0${hour}\0${type}\0${key}` : `${topic}\0${hour}`;
}

function splitByShape(group: TypedRow[]): TypedRow[][] {
  const topic = group[0]?.row.topic;
  if (topic === undefined || !keyedTopics.has(topic)) return [group];
  const shapes = new Map<string, TypedRow[]>();
  const others: TypedRow[] = [];
  for (const entry of group) {
    const shape = shapeOf(entry.type);
    const known = shapes.get(shape);
    if (known !== undefined) known.push(entry);
    else if (shapes.size < maxShapes) shapes.set(shape, [entry]);
    else others.push(entry);
  }
  return [...shapes.values(), ...(others.length > 0 ? [others] : [])];
}

function shapeOf(type: ValueType): string {
  if (typeof type === 'string') return '';
  if ('list' in type) return `[${shapeOf(type.list)}]`;
  return `{${type.fields.map(([name, field]) => JSON.stringify(name) + shapeOf(field)).join()}}`;
}

function valueTypeOf(row: EventRow): ValueType {
  const value = isReadable(row.value) ? parseObject(row.value) : undefined;
  return value === undefined ? 'null' : inferValueType(value);
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
    return writeSegment(session, dir, { ...part, valueType: 'null' }, roundLast);
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
  const [counted] = await session.rows(`SELECT count(*) AS rows FROM read_parquet(${sqlText(temporary)})`);
  if (counted?.['rows'] !== part.rows.length) {
    throw new Error(`${temporary} holds ${String(counted?.['rows'])} rows instead of ${part.rows.length}`);
  }
  syncPath(temporary);
  const sha256 = await fileSha256(temporary);
  const { size } = await stat(temporary);
  await rename(temporary, path);
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
    bytes: size,
    sha256,
    valueType: part.valueType,
    roundLast,
    state: 'live',
  };
}

function writeLines(path: string, part: Partition): void {
  const descriptor = openSync(path, 'w');
  try {
    let pending = '';
    for (const row of part.rows) {
      pending += `${toLine(row, part)}\n`;
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

/** A row for `read_json`; what DuckDB cannot read as JSON goes as text. */
function toLine(row: EventRow, { writer, valueType }: Partition): string {
  const { offset, topic, type, key, id, timeMs, causeId, value } = row;
  const parsed = isReadable(value) ? parseObject(value) : undefined;
  const lossless = parsed !== undefined && fits(parsed, valueType);
  return JSON.stringify({
    offset,
    topic,
    type,
    key,
    id,
    time_ms: timeMs,
    cause_id: causeId ?? null,
    writer,
    value: valueType === 'null' ? null : (parsed ?? null),
    raw: lossless ? null : value,
  });
}
