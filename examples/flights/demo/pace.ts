import { dayMs } from './flights.ts';

/** How fast the stream is played, and how much of it is asked about. */
export interface Pace {
  /** A day of flights takes at least this long. */
  secondsPerDay: number;
  /** Share of flights that are asked about; outcomes are never sampled. */
  sample: number;
}

/** A turn of the wheel takes about two days of the stream at this pace: the loop answers with what it has just learned. */
const wanted: Pace = { secondsPerDay: 16, sample: 1 };
const fastestSecondsPerDay = 7;
/** A machine on which learning takes long is given more time for a day, up to this. */
const slowestSecondsPerDay = 32;
/** A replay of so many days is played faster, in about this time. */
const replaySeconds = 480;

/**
 * The pace of a replay to `untilMs` (undefined: as far as time allows) on a machine that took so long to learn the
 * first model. Requests a second stay the same: the faster the days go, the fewer flights are asked about.
 */
export function paceOf(startMs: number, untilMs: number | undefined, learningSeconds: number): Pace {
  const days = untilMs === undefined ? 1 : (untilMs - startMs) / dayMs;
  const calm = Math.min(slowestSecondsPerDay, Math.max(wanted.secondsPerDay, 0.7 * learningSeconds));
  const secondsPerDay = Math.max(fastestSecondsPerDay, Math.min(calm, replaySeconds / days));
  return { secondsPerDay, sample: Math.min(wanted.sample, secondsPerDay / wanted.secondsPerDay) };
}
