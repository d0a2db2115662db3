import { sqlText, type DuckdbSession } from '#platform/duckdb/index.ts';
import type { EventRow } from './event-row.ts';
import { segmentPath, type Segment } from './segment-manifest.ts';
import { JournalDamage } from './sqlite-row.ts';
import { topicNamed } from './topic-index.ts';

/** The text of `value` as it was written: the row's own JSON where the typed column could not hold it. */
const valueText = 'coalesce(raw, CAST(to_json(value) AS VARCHAR))';

/** Events of one round's files with `offset` above `after`, by offset, at most `limit`. */
export async function readSegmentRows(
  session: DuckdbSession,
  dir: string,
  segments: readonly Segment[],
  after: number,
  limit: number,
): Promise<EventRow[]> {
  const from = segments.map(({ file }) => sqlText(segmentPath(dir, file))).join(', ');
  // Where the page ends is asked first, of one column: values are then made for its rows only.
  const page = `SELECT max("offset") AS last FROM
    (SELECT "offset" FROM read_parquet([${from}]) WHERE "offset" > ${after} ORDER BY "offset" LIMIT ${limit})`;
  const last = (await session.rows(page))[0]?.['last'];
  if (last === null || last === undefined) return [];
  const parts = segments.map(
    ({ file }) =>
      `SELECT "offset", topic, type, key, id, time_ms, cause_id, ${valueText} AS value
       FROM read_parquet(${sqlText(segmentPath(dir, file))}) WHERE "offset" > ${after} AND "offset" <= ${whole(last)}`,
  );
  const rows = await session.rows(`${parts.join(' UNION ALL ')} ORDER BY "offset"`);
  return rows.map((row) => ({
    topic: topicNamed(text(row['topic'])),
    type: text(row['type']),
    key: text(row['key']),
    id: text(row['id']),
    timeMs: whole(row['time_ms']),
    causeId: row['cause_id'] === null ? undefined : text(row['cause_id']),
    offset: whole(row['offset']),
    value: text(row['value']),
  }));
}

function text(value: unknown): string {
  if (typeof value !== 'string') throw new JournalDamage(`a column of a Parquet file holds ${typeof value}, not text`);
  return value;
}

function whole(value: unknown): number {
  if (typeof value !== 'number') throw new JournalDamage(`a column of a Parquet file holds ${typeof value}, no number`);
  return value;
}
