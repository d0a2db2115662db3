import type { Transform } from '@mulle/contract';
import { numericValue, timestampMs } from './feature-values.ts';

const hourMs = 3_600_000;
const dayMs = 24 * hourMs;

/** 1…366, in UTC. */
function dayOfYear(ms: number): number {
  const year = new Date(ms).getUTCFullYear();
  const start = new Date(0).setUTCFullYear(year, 0, 1);
  return Math.floor(ms / dayMs) - start / dayMs + 1;
}

function transformed(transform: Transform, value: unknown): number {
  switch (transform) {
    case 'identity':
      return numericValue(value);
    case 'log1p':
      return Math.log1p(numericValue(value));
    case 'hour-of-day':
      return Math.floor(timestampMs(value) / hourMs) - 24 * Math.floor(timestampMs(value) / dayMs);
    case 'day-of-week':
      // The epoch was a Thursday.
      return (((Math.floor(timestampMs(value) / dayMs) + 4) % 7) + 7) % 7;
    case 'day-of-year':
      return dayOfYear(timestampMs(value));
  }
}

/**
 * A feature from one value of the request, in UTC: hour 0…23, day of the week 0 (Sunday)…6, day of the year 1…366.
 * NaN, meaning missing, of a value of another type and where the result is not finite.
 */
export function transformValue(transform: Transform, value: unknown): number {
  const result = transformed(transform, value);
  return Number.isFinite(result) ? result : Number.NaN;
}
