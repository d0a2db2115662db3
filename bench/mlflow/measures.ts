/** What is measured of a server that speaks MLflow's protocol. Each call is one round. */
import { randomBytes } from 'node:crypto';
import { Wire } from './wire.ts';

const api = '/api/2.0/mlflow';

export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? Number.NaN;
}

function field(value: unknown, ...path: string[]): unknown {
  return path.reduce<unknown>(
    (at, name) =>
      typeof at === 'object' && at !== null ? Object.entries(at).find(([key]) => key === name)?.[1] : null,
    value,
  );
}

async function newRun(wire: Wire): Promise<string> {
  const made = await wire.json(`${api}/runs/create`, { experiment_id: '0', start_time: Date.now() });
  return String(field(made, 'run', 'info', 'run_id'));
}

/** Median time of one metric logged after another, in ms. */
export async function logMetricMs(url: string, count: number): Promise<number> {
  const wire = new Wire(url);
  const run_id = await newRun(wire);
  const times: number[] = [];
  for (let step = 0; step < count; step++) {
    const startedMs = performance.now();
    await wire.post(`${api}/runs/log-metric`, {
      run_id,
      key: 'loss',
      value: 1 / (step + 1),
      timestamp: 1_700_000_000_000 + step,
      step,
    });
    times.push(performance.now() - startedMs);
  }
  wire.close();
  return median(times);
}

/** Points a second that clients log in batches of 1,000, each to a run of its own. */
export async function logBatchRows(url: string, clients: number, batchesEach: number): Promise<number> {
  const wires = await Promise.all(
    Array.from({ length: clients }, async () => {
      const wire = new Wire(url);
      return { wire, run_id: await newRun(wire) };
    }),
  );
  const startedMs = performance.now();
  await Promise.all(
    wires.map(async ({ wire, run_id }) => {
      for (let batch = 0; batch < batchesEach; batch++) {
        const metrics = Array.from({ length: 1_000 }, (_, index) => {
          const step = batch * 100 + Math.floor(index / 10);
          return {
            key: `metric ${index % 10}`,
            value: Math.sin(step + index),
            timestamp: 1_700_000_000_000 + step,
            step,
          };
        });
        await wire.post(`${api}/runs/log-batch`, { run_id, metrics });
      }
      wire.close();
    }),
  );
  return (clients * batchesEach * 1_000) / ((performance.now() - startedMs) / 1_000);
}

/** Single metrics a second of clients side by side. */
export async function logMetricRate(url: string, clients: number, each: number): Promise<number> {
  const wires = await Promise.all(
    Array.from({ length: clients }, async () => {
      const wire = new Wire(url);
      return { wire, run_id: await newRun(wire) };
    }),
  );
  const startedMs = performance.now();
  await Promise.all(
    wires.map(async ({ wire, run_id }) => {
      for (let step = 0; step < each; step++) {
        await wire.post(`${api}/runs/log-metric`, {
          run_id,
          key: 'loss',
          value: step,
          timestamp: 1_700_000_000_000 + step,
          step,
        });
      }
      wire.close();
    }),
  );
  return (clients * each) / ((performance.now() - startedMs) / 1_000);
}

/** A page of runs by a metric's bound, best first, in ms. Checks that both kinds of condition held. */
export async function searchMs(url: string, experiment: string): Promise<number> {
  const wire = new Wire(url);
  const startedMs = performance.now();
  const found = await wire.json(`${api}/runs/search`, {
    experiment_ids: [experiment],
    filter: "metrics.m3 > 0.25 and metrics.m5 < 0.9 and attributes.status = 'FINISHED'",
    order_by: ['metrics.m7 DESC'],
    max_results: 100,
  });
  const tookMs = performance.now() - startedMs;
  wire.close();
  const runs = field(found, 'runs');
  if (!Array.isArray(runs) || runs.length !== 100) throw new Error(`${url} found no full page of runs.`);
  return tookMs;
}

/** A run with a history of 20,000 points; gives its id. */
export async function longHistory(url: string): Promise<string> {
  const wire = new Wire(url);
  const run_id = await newRun(wire);
  for (let batch = 0; batch < 20; batch++) {
    const metrics = Array.from({ length: 1_000 }, (_, index) => {
      const step = batch * 1_000 + index;
      return { key: 'long', value: Math.sqrt(step), timestamp: 1_700_000_000_000 + step, step };
    });
    await wire.post(`${api}/runs/log-batch`, { run_id, metrics });
  }
  wire.close();
  return run_id;
}

export async function historyMs(url: string, run: string): Promise<number> {
  const wire = new Wire(url);
  const startedMs = performance.now();
  const history = JSON.parse(
    (await wire.send('GET', `${api}/metrics/get-history?run_id=${run}&metric_key=long`)).toString(),
  );
  const tookMs = performance.now() - startedMs;
  wire.close();
  const points = field(history, 'metrics');
  if (!Array.isArray(points) || points.length !== 20_000) throw new Error(`${url} gives another history.`);
  return tookMs;
}

/** MB/s of one file up and down again through the artifact proxy. */
export async function artifactMbs(url: string, megabytes: number): Promise<{ up: number; down: number }> {
  const wire = new Wire(url);
  const body = randomBytes(megabytes * 1_000_000);
  const path = `/api/2.0/mlflow-artifacts/artifacts/0/bench/${randomBytes(8).toString('hex')}`;
  const startedMs = performance.now();
  await wire.send('PUT', path, body, { 'content-type': 'application/octet-stream' });
  const upMs = performance.now() - startedMs;
  const back = await wire.send('GET', path);
  const downMs = performance.now() - startedMs - upMs;
  wire.close();
  if (!back.equals(body)) throw new Error(`${url} gives other bytes back.`);
  return { up: megabytes / (upMs / 1_000), down: megabytes / (downMs / 1_000) };
}

/** Spans a second by OTLP in protobuf, one request after another. */
export async function spansRate(url: string, bodies: readonly Uint8Array[], spansEach: number): Promise<number> {
  const wire = new Wire(url);
  const headers = { 'content-type': 'application/x-protobuf', 'x-mlflow-experiment-id': '0' };
  const startedMs = performance.now();
  for (const body of bodies) await wire.send('POST', '/v1/traces', body, headers);
  wire.close();
  return (bodies.length * spansEach) / ((performance.now() - startedMs) / 1_000);
}
