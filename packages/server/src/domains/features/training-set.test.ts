import { existsSync } from 'node:fs';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { FeatureService, FeatureView } from '@mulle/contract';
import { createFeatureEncoder, createWindowStore } from '@mulle/decision';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openDuckdb, sqlText, type DuckdbSession } from '#platform/duckdb/index.ts';
import { buildTrainingSet, readTrainingSet, type TrainingSetDefinition, type TrainingSetFile } from './index.ts';

const source = fileURLToPath(
  new URL('../../../../../node_modules/vega-datasets/data/flights-3m.parquet', import.meta.url),
);
const dayMs = 86_400_000;
const january = (day: number): number => Date.UTC(2001, 0, day);

const windows = ['3h', '24h', '7d'];
const viewOf = (name: string, entity: string[]): FeatureView => ({
  name,
  entity,
  dataset: 'flights',
  stream: 'flight-delay',
  knownAt: 'known_at',
  aggregates: [
    ...windows.map((window) => ({ name: `late_${window}`, function: 'mean' as const, field: 'late', window })),
    { name: 'flights_3h', function: 'count', field: 'late', window: '3h' },
    { name: 'delay_24h', function: 'sum', field: 'delay', window: '24h' },
  ],
});
const views: FeatureView[] = [
  viewOf('origin-delays', ['origin']),
  viewOf('destination-delays', ['destination']),
  viewOf('route-delays', ['origin', 'destination']),
  {
    ...viewOf('route-distances', ['origin', 'destination']),
    aggregates: [{ name: 'kilometres_7d', function: 'mean', field: 'kilometres', window: '7d' }],
  },
];
const service: FeatureService = {
  name: 'flight-features',
  eventTime: 'departure',
  features: [
    { name: 'row', transform: 'identity', field: 'row_id' },
    { name: 'hour', transform: 'hour-of-day', field: 'departure' },
    { name: 'weekday', transform: 'day-of-week', field: 'departure' },
    { name: 'distance', transform: 'log1p', field: 'distance' },
    ...views.flatMap((view) =>
      view.aggregates.map(({ name }) => ({
        name: `${view.name.replace('-', '_')}_${name}`,
        view: view.name,
        aggregate: name,
      })),
    ),
  ],
};

/** Flights until the 11th of January; what is known is known at landing: 8 miles a minute, half an hour besides. */
const flights = `SELECT row_number() OVER () AS row_id, date AS departure, distance, distance * 1.609344::DOUBLE AS kilometres,
  CASE WHEN delay < -10 THEN NULL ELSE delay END AS delay, delay >= 15 AS late, origin, destination,
  make_timestamp_ms(epoch_ms(date) + CAST((30 + distance / 8.0 + delay) * 60000 AS BIGINT)) AS known_at
  FROM read_parquet(${sqlText(source)}) WHERE date < TIMESTAMP '2001-01-11'`;

describe.skipIf(!existsSync(source))('training set of real flights (skipped where vega-datasets is absent)', () => {
  let session: DuckdbSession;
  let folder: string;
  let whole: TrainingSetFile;
  const file = (name: string): string => join(folder, name);
  const definition: TrainingSetDefinition = {
    service,
    views,
    dataset: 'flights',
    label: 'late',
    fromMs: january(9),
    untilMs: january(10),
  };

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'mulle-features-'));
    session = await openDuckdb({ threads: 2, memoryLimitMb: 1024, tempDirectory: folder });
    await session.run(`COPY (${flights}) TO ${sqlText(file('flights.parquet'))} (FORMAT parquet)`);
    whole = await build('whole.parquet');
  });
  afterAll(async () => {
    session.close();
    await rm(folder, { recursive: true });
  });

  const build = (name: string, more: Partial<TrainingSetDefinition> = {}, flightsFile = 'flights.parquet') =>
    buildTrainingSet(session, { ...definition, ...more }, { flights: [file(flightsFile)] }, file(name));

  test('what is served online equals what is trained on, for every flight of a day and every feature', async () => {
    const set = await readTrainingSet(session, whole.path);
    expect(set.features.names).toEqual(service.features.map(({ name }) => name));
    expect(set.features.rows).toBe(whole.rows);
    expect(whole.rows).toBeGreaterThan(15_000);

    const rows = await session.rows(
      `SELECT row_id, departure, distance, kilometres, delay, late, origin, destination, known_at, epoch_ms(departure) AS t, epoch_ms(known_at) AS k FROM read_parquet(${sqlText(file('flights.parquet'))})`,
    );
    const known = rows.toSorted((a, b) => Number(a['k']) - Number(b['k']));
    const asked = new Map(rows.map((row) => [Number(row['row_id']), row]));
    const store = createWindowStore(views);
    const encoder = createFeatureEncoder(service.features, views);
    const out = new Float32Array(service.features.length);
    const differences: string[] = [];
    let folded = 0;
    for (let index = 0; index < set.features.rows; index++) {
      const row = asked.get(set.features.columns[0]?.[index] ?? -1) ?? {};
      const t = Number(row['t']);
      expect(t).toBe(set.eventTimeMs[index]);
      // Every third moment the future is already folded: a lookup must not see it.
      const reach = index % 3 === 0 ? t + 3_600_000 : t;
      const from = folded;
      while (folded < known.length && Number(known[folded]?.['k']) <= reach) folded++;
      const fresh = known.slice(from, folded).map((values) => ({ eventTimeMs: Number(values['k']), values }));
      store.fold('flight-delay', fresh);
      encoder.encode(row, t, store, out);
      for (const [place, { name }] of service.features.entries()) {
        const offline = set.features.columns[place]?.[index] ?? 0;
        const online = out[place] ?? 0;
        const tolerance = name.endsWith('kilometres_7d') || name === 'distance' ? 2 ** -23 * Math.abs(offline) : 0;
        const same = Number.isNaN(offline) ? Number.isNaN(online) : Math.abs(offline - online) <= tolerance;
        if (!same) differences.push(`${name} of row ${String(row['row_id'])}: online ${online}, offline ${offline}`);
      }
    }
    expect(differences.slice(0, 5)).toEqual([]);
    const means = set.features.columns[service.features.findIndex(({ name }) => name === 'route_delays_late_7d')];
    expect(means?.filter((value) => value > 0 && value < 1).length).toBeGreaterThan(whole.rows / 2);
  });

  test('changing the future changes nothing before it', async () => {
    const cut = january(9) + 12 * 3_600_000;
    const changed = `SELECT * REPLACE (
      CASE WHEN known_at > make_timestamp_ms(${cut}) THEN NOT late ELSE late END AS late,
      CASE WHEN known_at > make_timestamp_ms(${cut}) THEN 1000 ELSE delay END AS delay,
      CASE WHEN known_at > make_timestamp_ms(${cut}) THEN known_at + INTERVAL 1 HOUR ELSE known_at END AS known_at)
      FROM read_parquet(${sqlText(file('flights.parquet'))})`;
    await session.run(`COPY (${changed}) TO ${sqlText(file('shifted.parquet'))} (FORMAT parquet)`);
    await build('after.parquet', {}, 'shifted.parquet');
    const features = service.features.map(({ name }) => `a."${name}" IS DISTINCT FROM b."${name}"`).join(' OR ');
    const [counts] = await session.rows(
      `SELECT count(*) FILTER (a.event_time_ms <= ${cut} AND (${features})) AS past,
        count(*) FILTER (a.event_time_ms > ${cut} AND (${features})) AS future,
        count(*) FILTER (a.event_time_ms <= ${cut}) AS pasts
      FROM read_parquet(${sqlText(whole.path)}) a JOIN read_parquet(${sqlText(file('after.parquet'))}) b USING (row)`,
    );
    expect(counts?.['past']).toBe(0);
    expect(Number(counts?.['pasts'])).toBeGreaterThan(5_000);
    expect(Number(counts?.['future'])).toBeGreaterThan(5_000);
  });

  test('a sample is bounded, part of the whole, in order of event time, and the same bytes each time', async () => {
    const first = await build('sample-1.parquet', { maxRows: 1_000 });
    const second = await build('sample-2.parquet', { maxRows: 1_000 });
    expect(first.rows).toBe(1_000);
    expect((await readFile(first.path)).equals(await readFile(second.path))).toBe(true);
    const sample = await readTrainingSet(session, first.path);
    expect(sample.eventTimeMs).toEqual(sample.eventTimeMs.toSorted());
    const rowsOf = (set: typeof sample): Map<number, string> =>
      new Map(
        Array.from({ length: set.features.rows }, (_, index) => [
          set.features.columns[0]?.[index] ?? -1,
          set.features.columns.map((column) => column[index]).join(),
        ]),
      );
    const all = rowsOf(await readTrainingSet(session, whole.path));
    for (const [row, features] of rowsOf(sample)) expect(all.get(row)).toBe(features);
    const half = await readTrainingSet(session, first.path, { untilMs: january(9) + dayMs / 2 });
    expect(half.features.rows).toBeLessThan(sample.features.rows);
    expect(half.label).toEqual(sample.label.subarray(0, half.features.rows));
  });

  test('the window of rows read for totals does not change them', async () => {
    // Without bounds every row counts into the totals, and differences are still the same.
    const { fromMs: _from, untilMs: _until, ...unbounded } = definition;
    await buildTrainingSet(session, unbounded, { flights: [file('flights.parquet')] }, file('unbounded.parquet'));
    const [difference] = await session.rows(
      `SELECT count(*) AS n FROM (SELECT * FROM read_parquet(${sqlText(whole.path)}) EXCEPT ALL SELECT * FROM read_parquet(${sqlText(file('unbounded.parquet'))}))`,
    );
    expect(difference?.['n']).toBe(0);
  });

  test('what is not there is named', async () => {
    await expect(build('x.parquet', { label: 'delayed' })).rejects.toThrow(/no column 'delayed'. It has: row_id/);
    await expect(build('x.parquet', { label: 'origin' })).rejects.toThrow(/'origin' of 'flights' is VARCHAR/);
    await expect(build('x.parquet', { views: views.slice(1) })).rejects.toThrow(/unknown view 'origin-delays'/);
    const bad = (feature: FeatureService['features'][number]) => ({ service: { ...service, features: [feature] } });
    await expect(build('x.parquet', bad({ name: 'label', transform: 'identity', field: 'delay' }))).rejects.toThrow(
      /'label'/,
    );
    await expect(build('x.parquet', bad({ name: 'a', transform: 'identity', field: 'b' }))).rejects.toThrow(
      /no column 'b'/,
    );
    await expect(build('x.parquet', bad({ name: 'a', transform: 'hour-of-day', field: 'origin' }))).rejects.toThrow(
      /TIMESTAMP/,
    );
  });
});
