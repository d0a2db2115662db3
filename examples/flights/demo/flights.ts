import { DuckDBInstance, type DuckDBConnection } from '@duckdb/node-api';
import { flightsPath, milesPerMinute } from '../flight-data.ts';

/** One flight as the airline knows it: asked about at departure, known when it has landed. */
export interface Flight {
  id: string;
  departureMs: number;
  knownAtMs: number;
  origin: string;
  destination: string;
  distance: number;
  delay: number;
}

export const dayMs = 86_400_000;

function text(value: unknown): string {
  if (typeof value === 'string') return value;
  throw new TypeError('An airport is missing in the file of flights.');
}

/** Reads flights day by day, in order of departure. */
export class FlightFile {
  readonly #connection: DuckDBConnection;

  private constructor(connection: DuckDBConnection) {
    this.#connection = connection;
  }

  static async open(): Promise<FlightFile> {
    const instance = await DuckDBInstance.create(':memory:', { threads: '1', memory_limit: '512MB' });
    return new FlightFile(await instance.connect());
  }

  /** Flights that depart in [fromMs, fromMs + 1 day). */
  async day(fromMs: number): Promise<Flight[]> {
    const reader = await this.#connection.runAndReadAll(
      `SELECT epoch_ms(date)::DOUBLE AS departure, origin, destination, distance::INTEGER AS distance, delay::INTEGER AS delay
       FROM read_parquet('${flightsPath.replaceAll("'", "''")}')
       WHERE date >= epoch_ms(${fromMs}) AND date < epoch_ms(${fromMs + dayMs})
       ORDER BY date, origin, destination, distance, delay`,
    );
    return reader.getRowObjectsJS().map((row, i) => {
      const departureMs = Number(row['departure']);
      const distance = Number(row['distance']);
      const delay = Number(row['delay']);
      const minutes = Math.max(1, Math.round(distance / milesPerMinute) + delay);
      return {
        id: `f${fromMs / dayMs}-${i}`,
        departureMs,
        knownAtMs: departureMs + minutes * 60_000,
        origin: text(row['origin']),
        destination: text(row['destination']),
        distance,
        delay,
      };
    });
  }
}
