import { execFile } from 'node:child_process';
import { closeSync, fsyncSync, mkdirSync, mkdtempSync, openSync, readFileSync, rmSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { argv, env } from 'node:process';
import { promisify } from 'node:util';
import { pythonEnvironment } from '../../tools/python-environment.ts';
import { report, rounded, type BenchmarkResult } from '../benchmark.ts';
import { startMlflow, startMulle, stopAll, type Contender, type Store } from './contenders.ts';
import {
  artifactMbs,
  historyMs,
  logBatchRows,
  logMetricMs,
  logMetricRate,
  longHistory,
  median,
  searchMs,
  spansRate,
} from './measures.ts';
import { populate, populated, type Population } from './population.ts';

// npm run bench -- mlflow [quick]: MLflow's calls to Mulle and to MLflow's own server, in turns; SQLite on both, then
// PostgreSQL on both where MULLE_TEST_POSTGRES_URL names a server. Commits are durable on both.

const requirements = ['mlflow==3.17.2', 'psycopg2-binary==2.9.13'];
const isQuick = argv[3] === 'quick';
const rounds = isQuick ? 2 : 3;
const population: Population = isQuick ? { runs: 2_000, keys: 10, steps: 10 } : { runs: 20_000, keys: 10, steps: 40 };
const spans = { requests: isQuick ? 20 : 60, each: 100 } as const;

/** How many times faster than MLflow, at least. What waits for the disk must be no slower. */
const targets = { processor: 5, disk: 1 } as const;

interface Figure {
  readonly name: string;
  readonly bound: keyof typeof targets;
  /** Whether more is better. */
  readonly isRate: boolean;
  measure(contender: Contender): Promise<number>;
}

type Figures = Record<string, number | string | boolean>;

interface Sides {
  readonly mulle: Contender;
  readonly mlflow: Contender;
}

function writeFigures(bodies: readonly Uint8Array[]): Figure[] {
  const processor = { bound: 'processor', isRate: true } as const;
  const clients = [1, 8, 32];
  let round = 0;
  return [
    { name: 'logMetricMs', bound: 'disk', isRate: false, measure: ({ url }) => logMetricMs(url, 60) },
    ...clients.map((count) => ({
      ...processor,
      name: `logMetricPerS${count}`,
      // One client alone waits for the commit of each.
      bound: count === 1 ? ('disk' as const) : ('processor' as const),
      measure: ({ url }: Contender) => logMetricRate(url, count, Math.ceil(128 / count)),
    })),
    ...clients.map((count) => ({
      ...processor,
      name: `logBatchRowsPerS${count}`,
      measure: ({ url }: Contender) => logBatchRows(url, count, Math.ceil(24 / count)),
    })),
    {
      ...processor,
      name: 'spansPerS',
      measure: ({ url }) => {
        // Each side is sent each request once: spans that are there already are another case.
        const at = (Math.floor(round++ / 2) % rounds) * spans.requests;
        return spansRate(url, bodies.slice(at, at + spans.requests), spans.each);
      },
    },
    { name: 'uploadMbPerS', bound: 'disk', isRate: true, measure: async ({ url }) => (await artifactMbs(url, 64)).up },
    {
      name: 'downloadMbPerS',
      bound: 'disk',
      isRate: true,
      measure: async ({ url }) => (await artifactMbs(url, 64)).down,
    },
  ];
}

/** Rounds in turns, each side first in every other; the medians, and whether the target was met. */
async function compare(store: string, figure: Figure, sides: Sides, into: Figures): Promise<boolean> {
  const taken = { mulle: [] as number[], mlflow: [] as number[] };
  for (let round = 0; round < rounds; round++) {
    const order = round % 2 === 0 ? (['mulle', 'mlflow'] as const) : (['mlflow', 'mulle'] as const);
    for (const side of order) taken[side].push(await attempt(store, side, figure, sides[side]));
  }
  return note(store, figure, median(taken.mulle), median(taken.mlflow), into);
}

/** What a server answers with an error it cannot do at all: no rate, or no end. Seen of MLflow over SQLite with many clients. */
async function attempt(store: string, side: keyof Sides, figure: Figure, contender: Contender): Promise<number> {
  try {
    return await figure.measure(contender);
  } catch (error) {
    if (side === 'mulle') throw error;
    report(`${store} ${figure.name}: MLflow fails: ${String(error).slice(0, 200)}`);
    return figure.isRate ? 0 : Number.MAX_VALUE;
  }
}

function note(store: string, figure: Omit<Figure, 'measure'>, mulle: number, mlflow: number, into: Figures): boolean {
  const { name, bound, isRate } = figure;
  const times = isRate ? mulle / mlflow : mlflow / mulle;
  const ok = times >= targets[bound];
  Object.assign(into, { [`${store}.${name}.mulle`]: rounded(mulle), [`${store}.${name}.mlflow`]: rounded(mlflow) });
  Object.assign(into, { [`${store}.${name}.times`]: rounded(times) });
  report(
    `${store} ${name}: ${rounded(mulle)} against ${rounded(mlflow)}, ${rounded(times)} times ${ok ? '' : `(${targets[bound]} wanted)`}`,
  );
  return ok;
}

/** The count of MLflow's workers that takes batches of eight clients fastest. */
async function bestWorkers(python: string, store: Store): Promise<number> {
  const rates: [number, number][] = [];
  for (const workers of [1, 2, 4]) {
    const server = await startMlflow(python, store, workers);
    // A store that many writers lock answers some with an error: no best count.
    rates.push([workers, await logBatchRows(server.url, 8, 2).catch(() => 0)]);
    await server.stop();
  }
  report(`MLflow's rows/s by workers: ${rates.map(([workers, rate]) => `${workers}: ${Math.round(rate)}`).join(', ')}`);
  return rates.toSorted((a, b) => b[1] - a[1])[0]?.[0] ?? 1;
}

async function compareOn(
  name: string,
  python: string,
  stores: { mulle: Store; mlflow: Store },
  into: Figures,
): Promise<boolean> {
  const workers = await bestWorkers(python, stores.mlflow);
  into[`${name}.mlflowWorkers`] = workers;
  const start = async (): Promise<Sides> => ({
    mulle: await startMulle(stores.mulle),
    mlflow: await startMlflow(python, stores.mlflow, workers),
  });
  const verdicts: boolean[] = [];
  // The first start makes Mulle's tables, as the trial of the workers made MLflow's.
  await (await startMulle(stores.mulle)).stop();
  let sides = await start();
  const processor = { bound: 'processor' } as const;
  verdicts.push(
    note(name, { ...processor, name: 'startMs', isRate: false }, sides.mulle.readyMs, sides.mlflow.readyMs, into),
  );
  const bodies = await spanBodies(python, stores.mulle.folder);
  for (const figure of writeFigures(bodies)) verdicts.push(await compare(name, figure, sides, into));
  const histories = new Map<Contender, string>();
  for (const side of [sides.mulle, sides.mlflow]) histories.set(side, await longHistory(side.url));
  const measure = (side: Contender) => historyMs(side.url, histories.get(side) ?? '');
  verdicts.push(await compare(name, { ...processor, name: 'historyMs', isRate: false, measure }, sides, into));
  const memory = { ...processor, name: 'residentMb', isRate: false };
  verdicts.push(note(name, memory, sides.mulle.residentMb(), sides.mlflow.residentMb(), into));
  await Promise.all([sides.mulle.stop(), sides.mlflow.stop()]);
  report(
    `${name}: ${population.runs} runs with ${population.runs * population.keys * population.steps} metrics are put in`,
  );
  await populate(stores.mulle, stores.mlflow, population);
  sides = await start();
  const search = { ...processor, name: 'searchMs', isRate: false };
  verdicts.push(await compare(name, { ...search, measure: ({ url }) => searchMs(url, populated) }, sides, into));
  await Promise.all([sides.mulle.stop(), sides.mlflow.stop()]);
  return verdicts.every(Boolean);
}

async function spanBodies(python: string, folder: string): Promise<Uint8Array[]> {
  const file = join(folder, 'spans.bin');
  const script = join(import.meta.dirname, 'make_spans.py');
  await promisify(execFile)(python, [script, file, String(spans.requests * rounds), String(spans.each)]);
  const bytes = readFileSync(file);
  const bodies: Uint8Array[] = [];
  for (let at = 0; at < bytes.length;) {
    const length = bytes.readUInt32BE(at);
    bodies.push(bytes.subarray(at + 4, at + 4 + length));
    at += 4 + length;
  }
  return bodies;
}

/** Databases of a PostgreSQL server for both, made anew. */
async function postgresStores(server: string, folder: string): Promise<{ mulle: Store; mlflow: Store }> {
  const made = async (name: string): Promise<Store> => {
    const psql = (statement: string) => promisify(execFile)('psql', [server, '-qc', statement]);
    await psql(`drop database if exists ${name}`);
    await psql(`create database ${name}`);
    const url = new URL(server);
    url.protocol = 'postgresql:';
    url.pathname = `/${name}`;
    const own = join(folder, name);
    mkdirSync(own);
    return { folder: own, postgres: url.href };
  };
  return { mulle: await made('bench_mulle'), mlflow: await made('bench_mlflow') };
}

/** Synced writes of 4 KB a second, and MB/s of 64 MB written and synced. */
function diskProbe(folder: string): { syncsPerS: number; writeMbPerS: number } {
  const file = openSync(join(folder, 'probe'), 'w');
  const timed = (count: number, bytes: number): number => {
    const startedMs = performance.now();
    for (let index = 0; index < count; index++) {
      writeSync(file, Buffer.alloc(bytes));
      fsyncSync(file);
    }
    return (performance.now() - startedMs) / 1_000;
  };
  const probe = { syncsPerS: 50 / timed(50, 4_096), writeMbPerS: 64 / timed(1, 64_000_000) };
  closeSync(file);
  return probe;
}

export async function run(): Promise<BenchmarkResult> {
  const python = await pythonEnvironment(join(import.meta.dirname, '.venv'), requirements, report);
  const folder = mkdtempSync(join(tmpdir(), 'mulle-bench-mlflow-'));
  const figures: Figures = {};
  const verdicts: boolean[] = [];
  try {
    const before = diskProbe(folder);
    const sqlite = { mulle: { folder: join(folder, 'a') }, mlflow: { folder: join(folder, 'b') } };
    for (const { folder: own } of Object.values(sqlite)) mkdirSync(own);
    verdicts.push(await compareOn('sqlite', python, sqlite, figures));
    const server = env['MULLE_TEST_POSTGRES_URL'];
    if (server !== undefined) {
      verdicts.push(await compareOn('postgres', python, await postgresStores(server, folder), figures));
    }
    const after = diskProbe(folder);
    const probes = {
      syncsPerS: rounded(Math.min(before.syncsPerS, after.syncsPerS)),
      diskWriteMbPerS: rounded(Math.min(before.writeMbPerS, after.writeMbPerS)),
      runs: population.runs,
      metrics: population.runs * population.keys * population.steps,
      node: process.version,
      mlflow: requirements[0] ?? '',
    };
    return { ok: verdicts.every(Boolean), figures, probes };
  } finally {
    await stopAll();
    rmSync(folder, { recursive: true, force: true });
  }
}
