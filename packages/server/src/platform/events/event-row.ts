import type { StoredEvent, Topic } from '@mulle/contract';
import { integerOf, optionalTextOf, textOf, type SqliteRow } from './sqlite-row.ts';
import { topicNamed } from './topic-index.ts';

/** One event as a journal or a Parquet file gives it, its value still JSON text. */
export interface EventRow {
  topic: Topic;
  type: string;
  key: string;
  id: string;
  timeMs: number;
  causeId: string | undefined;
  offset: number;
  value: string;
}

/** A row of the journal's table `events`. */
export function toEventRow(row: SqliteRow): EventRow {
  return {
    topic: topicNamed(textOf(row, 'topic')),
    type: textOf(row, 'type'),
    key: textOf(row, 'key'),
    id: textOf(row, 'id'),
    timeMs: integerOf(row, 'time_ms'),
    causeId: optionalTextOf(row, 'cause_id'),
    offset: integerOf(row, 'offset'),
    value: textOf(row, 'value'),
  };
}

/** The event as readers see it; undefined when its value is no JSON object. */
export function toStoredEvent(writer: string, row: EventRow): StoredEvent | undefined {
  const value = parseObject(row.value);
  if (value === undefined) return undefined;
  const { topic, type, key, id, timeMs, causeId, offset } = row;
  return { topic, type, key, id, timeMs, ...(causeId === undefined ? {} : { causeId }), value, writer, offset };
}

/** The object that a JSON text holds; undefined when it holds something else or is no JSON. */
export function parseObject(json: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(json);
    return isObject(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
