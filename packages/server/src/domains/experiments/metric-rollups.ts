/**
 * Long histories in pieces of 128 points, so that a chart of ten million does not read them again each time.
 *
 * A history is read once, some thousand points at a time with the event loop free in between, and folded; what is
 * appended later is folded on. Points that come in before the end of what was read are noticed by their number, which is
 * kept beside the latest value, and the history is read anew. The histories used last are kept in memory.
 */
import { setImmediate } from 'node:timers/promises';
import { sql, type SqlBool } from 'kysely';
import type { Reader } from '#platform/database/index.ts';
import type { ExperimentsTables } from './experiments-tables.ts';

type Queries = Reader<ExperimentsTables>;
type Point = Pick<ExperimentsTables['run_metrics'], 'step' | 'time_ms' | 'value' | 'is_nan'>;

/** Successive points, by step and time, folded. */
export interface Piece {
  points: number;
  /** Of the first point. */
  firstStep: number;
  /** The greatest of each. */
  step: number;
  timeMs: number;
  /** Of those that a sum can hold. */
  sum: number;
  summed: number;
  min: number | null;
  max: number | null;
}

interface Rollup {
  readonly pieces: Piece[];
  points: number;
  last: Point | undefined;
}

const pointsAtOnce = 8_192;
const pieceLength = 128;
/** Some 25 MB. */
const keptPieces = 200_000;
/** Infinities are stored as the largest numbers; their sum would leave what a number holds. */
const summable = 1e300;

export class MetricRollups {
  /** By run and key, the one used last at the end. */
  readonly #kept = new Map<string, { readonly reading: Promise<Rollup>; pieces: number }>();

  /** Pieces of the whole history, which holds `points` points by now. */
  async piecesOf(database: Queries, runId: string, key: string, points: number): Promise<readonly Piece[]> {
    const name = `${runId}/${key}`;
    const known = this.#kept.get(name);
    const before = known?.reading.catch(() => undefined);
    const entry = {
      reading: Promise.resolve(before).then((rollup) => readOn(database, runId, key, points, rollup)),
      pieces: known?.pieces ?? 0,
    };
    this.#kept.delete(name);
    this.#kept.set(name, entry);
    const { pieces } = await entry.reading;
    entry.pieces = pieces.length;
    this.#forget();
    return pieces;
  }

  #forget(): void {
    let pieces = this.#kept.values().reduce((sum, entry) => sum + entry.pieces, 0);
    for (const [name, entry] of this.#kept) {
      if (pieces <= keptPieces || this.#kept.size === 1) return;
      this.#kept.delete(name);
      pieces -= entry.pieces;
    }
  }
}

async function readOn(
  database: Queries,
  runId: string,
  key: string,
  points: number,
  known: Rollup | undefined,
): Promise<Rollup> {
  const rollup = known ?? { pieces: [], points: 0, last: undefined };
  for (;;) {
    const read = await pointsAfter(database, runId, key, rollup.last);
    for (const point of read) fold(rollup, point);
    if (read.length < pointsAtOnce) break;
    await setImmediate();
  }
  // More may have been logged meanwhile; fewer means that some came in before the end.
  if (rollup.points >= points || known === undefined) return rollup;
  return readOn(database, runId, key, points, undefined);
}

function pointsAfter(database: Queries, runId: string, key: string, last: Point | undefined): Promise<Point[]> {
  let query = database
    .selectFrom('run_metrics')
    .select(['step', 'time_ms', 'value', 'is_nan'])
    .where('run_id', '=', runId)
    .where('key', '=', key);
  if (last) {
    const { step, time_ms, value, is_nan } = last;
    query = query.where(sql<SqlBool>`(step, time_ms, value, is_nan) > (${step}, ${time_ms}, ${value}, ${is_nan})`);
  }
  return query.orderBy('step').orderBy('time_ms').orderBy('value').orderBy('is_nan').limit(pointsAtOnce).execute();
}

function fold(rollup: Rollup, point: Point): void {
  const { step, time_ms: timeMs, value } = point;
  let piece = rollup.pieces.at(-1);
  if (piece === undefined || piece.points === pieceLength) {
    piece = { points: 0, firstStep: step, step, timeMs, sum: 0, summed: 0, min: null, max: null };
    rollup.pieces.push(piece);
  }
  piece.points++;
  piece.step = step;
  piece.timeMs = Math.max(piece.timeMs, timeMs);
  if (point.is_nan === 0) {
    piece.min = Math.min(piece.min ?? value, value);
    piece.max = Math.max(piece.max ?? value, value);
    if (Math.abs(value) < summable) {
      piece.sum += value;
      piece.summed++;
    }
  }
  rollup.points++;
  rollup.last = point;
}
