import { rmSync } from 'node:fs';
import type { DatabaseSync } from 'node:sqlite';
import { publishRound, type CompactedRound } from '../compactor.ts';
import { inTransaction } from '../journal-file.ts';
import { publishMerge, type MergedRounds } from '../merge-rounds.ts';
import { insertSegment, segmentPath } from '../segment-manifest.ts';

export type Publish = (database: DatabaseSync, round: CompactedRound) => void;
export type PublishMerge = (database: DatabaseSync, merged: MergedRounds) => void;

function die(): void {
  process.kill(process.pid, 'SIGKILL');
}

/**
 * Ways to publish a round, for fault runs. `die-around` is right and dies, in every odd life, at the two moments that a
 * random kill seldom meets; `delete-first` is wrong: rows go before the manifest knows their file.
 */
export function publishNamed(name: string, life: number): Publish {
  const dies = life % 2 === 1;
  switch (name) {
    case 'die-around':
      return (database, round) => {
        if (life % 4 === 1) die();
        publishRound(database, round);
        if (dies) die();
      };
    case 'delete-first':
      return (database, { segments, lastOffset }) => {
        database.prepare('DELETE FROM events WHERE offset <= ?').run(lastOffset);
        if (dies) die();
        inTransaction(database, () => {
          for (const segment of segments) insertSegment(database, segment);
          database.prepare(`UPDATE meta SET value = ? WHERE name = 'compacted_through'`).run(lastOffset);
          database.exec('DELETE FROM intents');
        });
      };
    default:
      return publishRound;
  }
}

/** Ways to publish a merge: `die-around` as above; `remove-first` is wrong: files go before the manifest knows of it. */
export function publishMergeNamed(name: string, dir: string, life: number): PublishMerge {
  switch (name) {
    case 'die-around':
      return (database, merged) => {
        if (life % 2 === 1) die();
        publishMerge(database, merged);
        die();
      };
    case 'remove-first':
      return (_database, { removed }) => {
        for (const { file } of removed) rmSync(segmentPath(dir, file));
        die();
      };
    default:
      return publishMerge;
  }
}
