import { report, rounded, type BenchmarkResult } from '../benchmark.ts';
import { cpuSeconds, forkBench, portOf, runLoad, startServing } from '../inference/serving-setup.ts';
import { inferBodies } from '../inference/tree-model.ts';

const phases = [
  { seconds: 10, ratePerSecond: 100 },
  { seconds: 60, ratePerSecond: 1_000 },
];

/** From 100 to 1,000 requests a second at once, for 60 s, while a training job runs beside it. */
export async function run(): Promise<BenchmarkResult> {
  const setup = await startServing();
  const training = forkBench(new URL('../burst/training-process.ts', import.meta.url));
  const bare = forkBench(new URL('../inference/bare-process.ts', import.meta.url));
  let trainings = 0;
  training.on('message', () => trainings++);
  try {
    const { port, headers } = setup;
    const plan = { port, path: '/v2/models/e/infer', headers, bodies: inferBodies(11, 512), connections: 256 };
    await runLoad({ ...plan, phases: [{ seconds: 3, ratePerSecond: 100 }] });
    // What the machine lets a server do that only parses, under the same load and beside the same training.
    const probe = await runLoad({ ...plan, port: await portOf(bare), phases: [{ seconds: 10, ratePerSecond: 1_000 }] });
    const pids = [training.pid ?? 0];
    const before = await cpuSeconds(pids);
    const load = await runLoad({ ...plan, phases });
    const trainingCpuSeconds = (await cpuSeconds(pids)) - before;
    const { decisionsDropped, endpoints } = await setup.status();
    report(`${load.requests} requests, ${load.errors} errors, p99 ${load.p99Ms.toFixed(2)} ms`);
    const expected = phases.reduce((sum, { seconds, ratePerSecond }) => sum + seconds * ratePerSecond, 0);
    const figures = {
      requests: load.requests,
      errors: load.errors,
      p50Ms: rounded(load.p50Ms),
      p95Ms: rounded(load.p95Ms),
      p99Ms: rounded(load.p99Ms),
      p999Ms: rounded(load.p999Ms),
      maxMs: rounded(load.maxMs),
      meanBatchRows: rounded(endpoints[0]?.meanBatchRows ?? Number.NaN),
      decisionsDropped,
    };
    const isWhole = load.requests === expected && load.errors === 0 && trainingCpuSeconds > 0;
    return {
      ok: isWhole && load.p99Ms <= 50,
      figures,
      probes: { bareP99Ms: rounded(probe.p99Ms), trainings, trainingCpuSeconds: rounded(trainingCpuSeconds) },
    };
  } finally {
    training.disconnect();
    bare.disconnect();
    await setup.stop();
  }
}
