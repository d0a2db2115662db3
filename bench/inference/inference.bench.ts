import { report, rounded, type BenchmarkResult } from '../benchmark.ts';
import type { LoadReport } from './load-process.ts';
import { cpuSeconds, forkBench, portOf, runLoad, startServing, type ServingSetup } from './serving-setup.ts';
import { inferBodies } from './tree-model.ts';

interface Round extends LoadReport {
  cpuUs: number;
}

interface Target {
  port: number;
  headers: Record<string, string>;
  pids: number[];
}

interface Loop {
  connections: number;
  ratePerSecond: number | null;
}

const rounds = 5;
const secondsPerRound = 4;
const bodies = inferBodies(7, 512);

async function measure({ port, headers, pids }: Target, { connections, ratePerSecond }: Loop): Promise<Round> {
  const plan = { port, path: '/v2/models/e/infer', headers, bodies, connections };
  const before = await cpuSeconds(pids);
  const report = await runLoad({ ...plan, phases: [{ seconds: secondsPerRound, ratePerSecond }] });
  const after = await cpuSeconds(pids);
  return { ...report, cpuUs: ((after - before) * 1e6) / report.requests };
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;
}

const medianOf = (list: readonly Round[], read: (round: Round) => number): number => median(list.map(read));

/** Rounds of bare and served one after the other, so that what the machine does meets both. */
async function compare(bare: Target, served: Target, loop: Loop): Promise<{ bare: Round[]; served: Round[] }> {
  const result = { bare: [] as Round[], served: [] as Round[] };
  for (let round = 0; round < rounds; round++) {
    result.bare.push(await measure(bare, loop));
    result.served.push(await measure(served, loop));
    const [before, after] = [result.bare.at(-1), result.served.at(-1)];
    report(
      `${loop.connections} connections, ${loop.ratePerSecond ?? 'no'} rate: bare ${before?.cpuUs.toFixed(1)} µs, ` +
        `served ${after?.cpuUs.toFixed(1)} µs a request; p50 ${after?.p50Ms.toFixed(2)}, p99 ${after?.p99Ms.toFixed(2)} ms`,
    );
  }
  return result;
}

async function batchRows(setup: ServingSetup): Promise<number> {
  return (await setup.status()).endpoints[0]?.meanBatchRows ?? Number.NaN;
}

/** Inference over HTTP against a bare server that parses the same body: CPU at full load, tail at 1,000/s, alone. */
export async function run(): Promise<BenchmarkResult> {
  const bareProcess = forkBench(new URL('./bare-process.ts', import.meta.url));
  const barePort = await portOf(bareProcess);
  const setup = await startServing();
  try {
    const bare = { port: barePort, headers: setup.headers, pids: [bareProcess.pid ?? 0] };
    const served = { port: setup.port, headers: setup.headers, pids: await setup.pids() };
    const full = { connections: 64, ratePerSecond: null };
    await measure(bare, full);
    await measure(served, full);
    const busy = await compare(bare, served, full);
    const meanBatchRowsAt64 = await batchRows(setup);
    const open = await compare(bare, served, { connections: 64, ratePerSecond: 1_000 });
    const alone = await compare(bare, served, { connections: 1, ratePerSecond: null });
    const all = [...busy.served, ...open.served, ...alone.served];
    const figures = {
      cpuUsAt64: medianOf(busy.served, ({ cpuUs }) => cpuUs),
      cpuRatioAt64: median(busy.served.map(({ cpuUs }, round) => cpuUs / (busy.bare[round]?.cpuUs ?? Number.NaN))),
      requestsPerSecondAt64: medianOf(busy.served, ({ requests, seconds }) => requests / seconds),
      meanBatchRowsAt64,
      cpuUsAt1000: medianOf(open.served, ({ cpuUs }) => cpuUs),
      cpuRatioAt1000: median(open.served.map(({ cpuUs }, round) => cpuUs / (open.bare[round]?.cpuUs ?? Number.NaN))),
      p99MsAt1000: medianOf(open.served, ({ p99Ms }) => p99Ms),
      p50MsAlone: medianOf(alone.served, ({ p50Ms }) => p50Ms),
      addedMsAlone: median(alone.served.map(({ p50Ms }, round) => p50Ms - (alone.bare[round]?.p50Ms ?? Number.NaN))),
      errors: all.reduce((sum, { errors }) => sum + errors, 0),
      decisionsDropped: (await setup.status()).decisionsDropped,
    };
    const probes = {
      bareCpuUsAt64: medianOf(busy.bare, ({ cpuUs }) => cpuUs),
      bareRequestsPerSecondAt64: medianOf(busy.bare, ({ requests, seconds }) => requests / seconds),
      bareCpuUsAt1000: medianOf(open.bare, ({ cpuUs }) => cpuUs),
      bareP99MsAt1000: medianOf(open.bare, ({ p99Ms }) => p99Ms),
      bareP50MsAlone: medianOf(alone.bare, ({ p50Ms }) => p50Ms),
    };
    const ok =
      figures.errors === 0 &&
      figures.cpuRatioAt64 <= 1.5 &&
      figures.cpuRatioAt1000 <= 6 &&
      figures.p99MsAt1000 <= 5 &&
      figures.addedMsAlone <= 0.2;
    const readable = (values: Record<string, number>) =>
      Object.fromEntries(Object.entries(values).map(([name, value]) => [name, rounded(value)]));
    return { ok, figures: readable(figures), probes: readable(probes) };
  } finally {
    bareProcess.disconnect();
    await setup.stop();
  }
}
