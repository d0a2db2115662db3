import type { StoredEvent, Topic } from '@mulle/contract';
import { sqlText } from '#platform/duckdb/index.ts';
import type { JournalReader } from './journal-reader.ts';
import type { Lake } from './lake.ts';

/** The last event of a topic with this id, from the tails or else from the compacted files; undefined where none has it. */
export async function findEvent(
  reader: JournalReader,
  openLake: () => Lake,
  topic: Topic,
  id: string,
): Promise<StoredEvent | undefined> {
  const recent = reader.findInTails(topic, id);
  if (recent !== undefined) return recent;
  const lake = openLake();
  try {
    const sql = `SELECT writer, "offset" FROM events WHERE id = ${sqlText(id)} ORDER BY time_ms DESC LIMIT 1`;
    const [place] = await lake.queryEvents({ topic, sql });
    if (place === undefined) return undefined;
    const { writer, offset } = place;
    if (typeof writer !== 'string' || typeof offset !== 'number') return undefined;
    const { events } = await reader.readAfter({ writer, topics: [topic], afterOffset: offset - 1, limit: 1 });
    return events.find((event) => event.id === id);
  } finally {
    lake.close();
  }
}
