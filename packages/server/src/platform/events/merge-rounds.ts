/**
 * Merging: the files of adjacent rounds become those of one, so that what little rounds left does not cost every query
 * a file each. Like compaction itself it goes through states, each of which a crash may end:
 * 1. intents   names of the files to come are committed.
 * 2. files     written from the old ones, synced, renamed, the folder synced. They do not exist for readers.
 * 3. published one synced transaction takes the old files out of the manifest and puts the new ones in, moves what stays
 *              (files that are alone of their kind, and those set aside) to the merged round, and turns the names of
 *              the old files into intents. Their files go when the next compactor sweeps; a reader that finds one gone
 *              asks the manifest again.
 */
import type { DatabaseSync } from 'node:sqlite';
import { newId } from '#kernel/ids.ts';
import { sqlText, type DuckdbSession } from '#platform/duckdb/index.ts';
import { settleSegmentFile } from './compaction-round.ts';
import { inTransaction } from './journal-file.ts';
import { insertSegment, segmentPath, type Segment } from './segment-manifest.ts';
import { sqlType } from './value-type.ts';

const dayMs = 86_400_000;
/** Rows of a row group: a reader that wants a page of a merged file decodes little else. */
const rowGroupRows = 20_480;

/** A merge whose new files are durable and wait to be published. */
export interface MergedRounds {
  /** `roundLast` of the first and of the last round that become one. */
  first: number;
  last: number;
  removed: Segment[];
  added: Segment[];
}

/** Files whose rows go into one: of one topic, key, UTC day and type of value. */
export interface MergePart {
  file: string;
  sources: Segment[];
}

/** What is to be merged among live files of adjacent rounds; one that is alone of its kind stays as it is. */
export function mergeParts(writer: string, segments: readonly Segment[]): MergePart[] {
  const day = (ms: number): number => Math.floor(ms / dayMs);
  const groups = Map.groupBy(segments, ({ topic, key, minTimeMs, maxTimeMs, valueType }) =>
    JSON.stringify([topic, key ?? null, day(minTimeMs), day(maxTimeMs), valueType]),
  );
  return [...groups.values()]
    .filter((sources) => sources.length > 1)
    .map((sources) => ({
      file: `${writer}-${sources[0]?.topic}-${sources[0]?.firstOffset}-${newId()}.parquet`,
      sources,
    }));
}

/** Writes the rows of all sources into one file. The caller syncs the folder and publishes. */
export async function writeMerged(
  session: DuckdbSession,
  dir: string,
  { file, sources }: MergePart,
  roundLast: number,
): Promise<Segment> {
  const [like] = sources;
  if (like === undefined) throw new RangeError('a merge of nothing');
  const path = segmentPath(dir, file);
  const files = sources.map((source) => sqlText(segmentPath(dir, source.file)));
  const rows = sources.reduce((sum, source) => sum + source.rows, 0);
  await session.run(
    `COPY (SELECT * REPLACE (CAST(value AS ${sqlType(like.valueType)}) AS value) FROM read_parquet([${files.join(', ')}]))
     TO ${sqlText(`${path}.tmp`)} (FORMAT parquet, COMPRESSION zstd, ROW_GROUP_SIZE ${rowGroupRows})`,
  );
  return {
    ...like,
    file,
    firstOffset: Math.min(...sources.map((source) => source.firstOffset)),
    lastOffset: Math.max(...sources.map((source) => source.lastOffset)),
    minTimeMs: Math.min(...sources.map((source) => source.minTimeMs)),
    maxTimeMs: Math.max(...sources.map((source) => source.maxTimeMs)),
    rows,
    ...(await settleSegmentFile(session, path, rows)),
    roundLast,
  };
}

/** Old files out, new ones in, in one synced transaction. Throws, and changes nothing, where an old one was set aside. */
export function publishMerge(database: DatabaseSync, { first, last, removed, added }: MergedRounds): void {
  inTransaction(database, () => {
    const remove = database.prepare(`DELETE FROM segments WHERE file = ? AND state = 'live'`);
    const intend = database.prepare('INSERT INTO intents VALUES (?)');
    for (const { file } of removed) {
      if (remove.run(file).changes !== 1) throw new Error(`${file} was set aside while it was merged`);
      intend.run(file);
    }
    for (const segment of added) {
      insertSegment(database, segment);
      database.prepare('DELETE FROM intents WHERE file = ?').run(segment.file);
    }
    database
      .prepare('UPDATE segments SET round_last = ? WHERE round_last >= ? AND round_last < ?')
      .run(last, first, last);
  });
}
