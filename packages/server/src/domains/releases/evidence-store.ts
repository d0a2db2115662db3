/**
 * Readings of a release over time, thinned as they come in: of each interval of time the last is kept. Intervals are a
 * power of two times the shortest, chosen so that at most `pointsKept` fit into the time since the release began; when
 * it has become twice as old they double, and every second point goes. What was decided on is always kept.
 */
import { readingKey, type Conclusion, type EvidencePoint, type GateReading, type Release } from '@mulle/contract';
import { decodeJson, encodeJson, type Reader, type Transaction } from '#platform/database/index.ts';
import type { ReleaseTables } from './release-tables.ts';

const shortestMs = 2_000;
const pointsKept = 512;

/** Length of an interval for a release of that age. */
export function intervalMs(ageMs: number): number {
  let interval = shortestMs;
  while (ageMs / interval > pointsKept) interval *= 2;
  return interval;
}

/** Of times in ascending order, those that are not the last of their interval. */
export function passedOver(timesMs: readonly number[], interval: number): number[] {
  return timesMs.filter((time, index) => {
    const next = timesMs[index + 1];
    return next !== undefined && Math.floor(next / interval) === Math.floor(time / interval);
  });
}

type Figures = Omit<EvidencePoint, 'atMs' | 'step'>;

function figuresOf(reading: GateReading): Figures {
  const { verdict, challenger, incumbent, interval, challengerSamples, incumbentSamples } = reading;
  const { estimate, adjustedPValue, chanceToBeat, chanceBest, share } = reading;
  return {
    verdict,
    challenger,
    incumbent,
    interval,
    challengerSamples,
    incumbentSamples,
    ...(estimate === undefined ? {} : { estimate }),
    ...(adjustedPValue === undefined ? {} : { adjustedPValue }),
    ...(chanceToBeat === undefined ? {} : { chanceToBeat }),
    ...(chanceBest === undefined ? {} : { chanceBest }),
    ...(share === undefined ? {} : { share }),
  };
}

/** Keeps what a conclusion rests on. Segments are left out. */
export async function recordEvidence(
  trx: Transaction<ReleaseTables>,
  { id, createdAtMs }: Release,
  { step, conclusion, readings }: { step: number; conclusion: Conclusion; readings: readonly GateReading[] },
  atMs: number,
): Promise<void> {
  const judged = readings.filter(({ segment }) => segment === undefined);
  if (judged.length === 0) return;
  const series = judged.map((reading) => ({
    release_id: id,
    key: readingKey(reading),
    gate: encodeJson(reading.gate),
    arm: reading.group ?? null,
  }));
  await trx
    .insertInto('release_series')
    .values(series)
    .onConflict((conflict) => conflict.columns(['release_id', 'key']).doNothing())
    .execute();
  const figures = Object.fromEntries(judged.map((reading) => [readingKey(reading), figuresOf(reading)]));
  const point = { step, is_kept: conclusion === 'continue' ? 0 : 1, figures: encodeJson(figures) };
  await trx
    .insertInto('release_evidence')
    .values({ release_id: id, at_ms: atMs, ...point })
    .onConflict((conflict) => conflict.columns(['release_id', 'at_ms']).doUpdateSet(point))
    .execute();
  await thin(trx, id, createdAtMs, atMs);
}

async function thin(trx: Transaction<ReleaseTables>, id: string, createdAtMs: number, atMs: number): Promise<void> {
  const interval = intervalMs(atMs - createdAtMs);
  const points = await trx
    .selectFrom('release_evidence')
    .select('at_ms')
    .where('release_id', '=', id)
    .where('is_kept', '=', 0)
    .orderBy('at_ms')
    .execute();
  const gone = passedOver(
    points.map((point) => point.at_ms),
    interval,
  );
  if (gone.length === 0) return;
  await trx
    .deleteFrom('release_evidence')
    .where('release_id', '=', id)
    .where('is_kept', '=', 0)
    .where('at_ms', 'in', gone)
    .execute();
}

/** The series of a release with their points, oldest first. */
export async function readEvidence(reader: Reader<ReleaseTables>, id: string) {
  const series = await reader
    .selectFrom('release_series')
    .selectAll()
    .where('release_id', '=', id)
    .orderBy('key')
    .execute();
  const points = await reader
    .selectFrom('release_evidence')
    .selectAll()
    .where('release_id', '=', id)
    .orderBy('at_ms')
    .execute();
  const decoded = points.map((point) => ({ ...point, figures: decodeJson<Record<string, Figures>>(point.figures) }));
  return series.map(({ key, gate, arm }) => ({
    key,
    gate: decodeJson<GateReading['gate']>(gate),
    ...(arm === null ? {} : { group: arm }),
    points: decoded.flatMap((point): EvidencePoint[] => {
      const own = point.figures[key];
      return own === undefined ? [] : [{ atMs: point.at_ms, step: point.step, ...own }];
    }),
  }));
}
