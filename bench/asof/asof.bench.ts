import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { FeatureService, FeatureView } from '@mulle/contract';
import { createWindowStore, entityKey, type StreamRow, type WindowStore } from '@mulle/decision';
import { buildTrainingSet } from '../../packages/server/src/domains/features/index.ts';
import { openDuckdb, sqlText, type DuckdbSession } from '../../packages/server/src/platform/duckdb/index.ts';
import { report, rounded, type BenchmarkResult } from '../benchmark.ts';

// A training set of 1M sampled flights with nine rolling rates over 3M flights (twelve ASOF joins) against a plain
// query with the same twelve ASOF joins from the same Parquet file to a Parquet file; rounds interleaved, their order
// changing. The online store is timed beside it: rows folded into one view, and look-ups of one view's three windows.

const source = fileURLToPath(new URL('../../node_modules/vega-datasets/data/flights-3m.parquet', import.meta.url));
const rounds = 3;
const sampledRows = 1_000_000;
const largestRatio = 1.5;
const storeRows = 500_000;
const lookups = 300_000;
const windows = ['3h', '24h', '7d'];
const hourMs = 3_600_000;

const entities = [['origin'], ['destination'], ['origin', 'destination']];
const views: FeatureView[] = entities.map((entity) => ({
  name: entity.join('-'),
  entity,
  dataset: 'flights',
  stream: 'flight-delay',
  knownAt: 'known_at',
  aggregates: windows.map((window) => ({ name: `late_${window}`, function: 'mean', field: 'late', window })),
}));
const service: FeatureService = {
  name: 'flight-features',
  eventTime: 'departure',
  features: views.flatMap((view) =>
    windows.map((window) => ({
      name: `${view.entity.join('_')}_${window}`,
      view: view.name,
      aggregate: `late_${window}`,
    })),
  ),
};

/** The same inputs and the same number of ASOF joins, reading the latest row and computing nothing. */
function plainQuery(flights: string): string {
  const file = `read_parquet(${sqlText(flights)})`;
  const joins = entities.flatMap((entity, view) =>
    [0, 3, 24, 168].map((hours, window) => {
      const same = entity.map((field) => `sample.${field} = a${view}_${window}.${field}`).join(' AND ');
      return `ASOF LEFT JOIN known AS a${view}_${window} ON ${same} AND sample.t - ${hours * hourMs} >= a${view}_${window}.known_at`;
    }),
  );
  const columns = entities.flatMap((_, view) =>
    [0, 1, 2, 3].map((window) => `a${view}_${window}.late AS f${view}_${window}`),
  );
  return `WITH
    rows AS MATERIALIZED (SELECT epoch_ms(departure) AS t, late, origin, destination, hash(departure, late, origin, destination) AS h FROM ${file}),
    sample AS MATERIALIZED (SELECT * FROM rows WHERE h < (SELECT h FROM rows ORDER BY h LIMIT 1 OFFSET ${sampledRows})),
    known AS MATERIALIZED (SELECT origin, destination, late, epoch_ms(known_at) AS known_at FROM ${file})
    SELECT t, sample.late, ${columns.join(', ')} FROM sample ${joins.join(' ')} ORDER BY t, h`;
}

interface Cost {
  readonly wallMs: number;
  readonly cpuMs: number;
}

async function timed(work: () => Promise<unknown> | void): Promise<Cost> {
  const cpu = process.cpuUsage();
  const start = performance.now();
  await work();
  const { user, system } = process.cpuUsage(cpu);
  return { wallMs: performance.now() - start, cpuMs: (user + system) / 1000 };
}

const best = (costs: readonly Cost[], of: keyof Cost): number => Math.min(...costs.map((cost) => cost[of]));

const median = (costs: readonly Cost[], of: keyof Cost): number =>
  costs.map((cost) => cost[of]).toSorted((a, b) => a - b)[costs.length >> 1] ?? Number.NaN;

async function joinRounds(
  session: DuckdbSession,
  folder: string,
): Promise<{ mulle: Cost[]; plain: Cost[]; rows: number }> {
  const flights = join(folder, 'flights.parquet');
  const output = join(folder, 'set.parquet');
  const definition = { service, views, dataset: 'flights', label: 'late', maxRows: sampledRows };
  const costs: { mulle: Cost[]; plain: Cost[] } = { mulle: [], plain: [] };
  let rows = 0;
  for (let round = 0; round < rounds; round++) {
    const mulle = async (): Promise<void> => {
      costs.mulle.push(
        await timed(async () => {
          rows = (await buildTrainingSet(session, definition, { flights: [flights] }, output)).rows;
        }),
      );
    };
    const plain = async (): Promise<void> => {
      const copy = `COPY (${plainQuery(flights)}) TO ${sqlText(output)} (FORMAT parquet, COMPRESSION zstd)`;
      costs.plain.push(await timed(() => session.run(copy)));
    };
    for (const work of round % 2 === 0 ? [plain, mulle] : [mulle, plain]) await work();
    const line = [costs.mulle, costs.plain].map(
      (each) => `${Math.round(each.at(-1)?.wallMs ?? 0)} ms (CPU ${Math.round(each.at(-1)?.cpuMs ?? 0)})`,
    );
    report(`round ${round + 1} of ${rounds}: training set ${line[0]}, plain ${line[1]}`);
  }
  return { ...costs, rows };
}

async function streamRows(session: DuckdbSession, folder: string): Promise<StreamRow[]> {
  const rows = await session.rows(
    `SELECT origin, destination, late, epoch_ms(known_at) AS known_at FROM read_parquet(${sqlText(join(folder, 'flights.parquet'))}) ORDER BY known_at LIMIT ${storeRows}`,
  );
  return rows.map((values) => ({ eventTimeMs: Number(values['known_at']), values }));
}

/** Microseconds of CPU a row folded into one view, and a look-up of one view. */
async function storeRound(
  rows: readonly StreamRow[],
): Promise<{ foldUs: number; lookupUs: number; store: WindowStore }> {
  const store = createWindowStore(views);
  const fold = await timed(() => store.fold('flight-delay', rows));
  const out = new Float64Array(windows.length);
  const asked = rows.slice(-20_000);
  const lookup = await timed(() => {
    for (let index = 0; index < lookups; index++) {
      const row = asked[index % asked.length];
      const view = views[index % views.length];
      if (row && view) store.lookup(view.name, entityKey(view.entity, row.values), row.eventTimeMs, out);
    }
  });
  return {
    foldUs: (fold.cpuMs * 1000) / (rows.length * views.length),
    lookupUs: (lookup.cpuMs * 1000) / lookups,
    store,
  };
}

export async function run(): Promise<BenchmarkResult> {
  const folder = await mkdtemp(join(tmpdir(), 'mulle-asof-'));
  const session = await openDuckdb({ threads: 2, memoryLimitMb: 3_072, tempDirectory: folder });
  try {
    await session.run(
      `COPY (SELECT date AS departure, origin, destination, delay >= 15 AS late,
        make_timestamp_ms(epoch_ms(date) + CAST((30 + distance / 8.0 + delay) * 60000 AS BIGINT)) AS known_at
        FROM read_parquet(${sqlText(source)})) TO ${sqlText(join(folder, 'flights.parquet'))} (FORMAT parquet)`,
    );
    const { mulle, plain, rows } = await joinRounds(session, folder);
    const stream = await streamRows(session, folder);
    const stores = [];
    for (let round = 0; round < rounds; round++) stores.push(await storeRound(stream));
    const { rows: held = 0, entities: keys = 0 } = stores[0]?.store.status() ?? {};
    const ratioMedian = median(mulle, 'wallMs') / median(plain, 'wallMs');
    return {
      ok: ratioMedian <= largestRatio && rows > 0.99 * sampledRows,
      figures: {
        rows,
        ratioMedian: rounded(ratioMedian),
        ratioBest: rounded(best(mulle, 'wallMs') / best(plain, 'wallMs')),
        ratioCpuMedian: rounded(median(mulle, 'cpuMs') / median(plain, 'cpuMs')),
        trainingSetMsBest: rounded(best(mulle, 'wallMs')),
        plainMsBest: rounded(best(plain, 'wallMs')),
        storeFoldRowsPerCpuSecond: rounded(1e6 / Math.min(...stores.map(({ foldUs }) => foldUs))),
        storeLookupCpuUs: rounded(Math.min(...stores.map(({ lookupUs }) => lookupUs))),
        storeRowsHeld: held,
        storeEntities: keys,
      },
      probes: {
        asofJoins: entities.length * (windows.length + 1),
        threads: 2,
        plainCpuMsBest: rounded(best(plain, 'cpuMs')),
      },
    };
  } finally {
    session.close();
    await rm(folder, { recursive: true });
  }
}
