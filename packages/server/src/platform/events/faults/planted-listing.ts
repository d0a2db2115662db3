import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { topics } from '@mulle/contract';
import { readStep } from '../journal-reader.ts';
import { segmentPath, type Segment } from '../segment-manifest.ts';
import { compactedThrough, endOffset } from '../journal-file.ts';

/** A reader's step with a planted fault: it believes the folder, not the manifest. */
export function listFolderStep(dir: string): typeof readStep {
  return (database, wanted, after, limit) => {
    const listed = listSegments(dir).filter((segment) => segment.firstOffset > after);
    if (listed.length === 0) return readStep(database, wanted, Math.max(after, compactedThrough(database)), limit);
    const first = listed.reduce((least, segment) => Math.min(least, segment.firstOffset), endOffset(database));
    return { kind: 'round', segments: listed.filter((segment) => segment.firstOffset === first), end: first };
  };
}

function listSegments(dir: string): Segment[] {
  return readdirSync(segmentPath(dir, '')).flatMap((file) => {
    const [, topicName, offset] = /^.*?-(decisions|outcomes)-(\d+)-\w+\.parquet$/.exec(file) ?? [];
    const topic = topics.find((candidate) => candidate === topicName);
    if (topic === undefined) return [];
    const bytes = readFileSync(segmentPath(dir, file));
    return [
      {
        file,
        topic,
        key: undefined,
        firstOffset: Number(offset),
        lastOffset: Number.MAX_SAFE_INTEGER,
        rows: 0,
        minTimeMs: 0,
        maxTimeMs: 0,
        bytes: bytes.length,
        sha256: createHash('sha256').update(bytes).digest('hex'),
        valueType: 'json',
        roundLast: Number(offset),
        state: 'live',
      },
    ];
  });
}
