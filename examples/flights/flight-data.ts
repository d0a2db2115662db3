import { fileURLToPath } from 'node:url';

/** Three million US flights of January to June 2001. */
export const flightsPath = fileURLToPath(new URL('../data/flights-3m.parquet', import.meta.resolve('vega-datasets')));

/** Cruising speed that tells when a flight has landed and its delay is known (450 mph). */
export const milesPerMinute = 7.5;
