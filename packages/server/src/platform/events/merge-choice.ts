import type { DatabaseSync } from 'node:sqlite';
import { integerOf } from './sqlite-row.ts';

/** A round as the choice sees it: the last offset that it covers, and the bytes of its files that can be read. */
export interface RoundSize {
  last: number;
  bytes: number;
}

const fanIn = 8;
const smallestClassBytes = 64 * 1024;
/** A merged round is not larger: a damaged file takes no more with it, and a merge rewrites no more at a time. */
const mostMergedBytes = 64 * 1024 * 1024;

/** The rounds of a journal's manifest, in order. */
export function readRoundSizes(database: DatabaseSync): RoundSize[] {
  return database
    .prepare(
      `SELECT round_last, sum(CASE state WHEN 'live' THEN bytes ELSE 0 END) AS bytes
       FROM segments GROUP BY round_last ORDER BY round_last`,
    )
    .all()
    .map((row) => ({ last: integerOf(row, 'round_last'), bytes: integerOf(row, 'bytes') }));
}

/** Class 0 holds up to 64 KiB, each further one eight times as much. */
function sizeClass({ bytes }: RoundSize): number {
  return Math.max(0, Math.ceil(Math.log(bytes / smallestClassBytes) / Math.log(fanIn)));
}

/**
 * Adjacent rounds to merge: eight of which none is above a size class and half are of it, the smallest class first and
 * the oldest of it. So a row is written anew once for each class, and little rounds between large ones do not stay
 * for ever. Undefined where there is nothing to merge.
 */
export function chooseMerge(rounds: readonly RoundSize[]): RoundSize[] | undefined {
  const classes = rounds.map(sizeClass);
  for (const wanted of [...new Set(classes)].sort((a, b) => a - b)) {
    for (let from = 0; from + fanIn <= rounds.length; from++) {
      const near = classes.slice(from, from + fanIn);
      if (near.some((each) => each > wanted) || near.filter((each) => each === wanted).length < fanIn / 2) continue;
      const chosen = rounds.slice(from, from + fanIn);
      if (chosen.reduce((sum, { bytes }) => sum + bytes, 0) <= mostMergedBytes) return chosen;
    }
  }
  return undefined;
}
