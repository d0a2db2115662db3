import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { createControlClient, createInferenceClient, defineProject } from '@mulle/client';
import { featureMatrix, trainModel } from '../../packages/server/src/domains/training/index.ts';
import { report, rounded, type BenchmarkResult } from '../benchmark.ts';
import { bareNodeMb, isAlive, memoryMb, processTree, startPlatform, type StartedPlatform } from './platform-process.ts';

const warmStarts = 5;
/** Idle long enough for what starting left behind to be collected. */
const settleMs = 8_000;
const goneMs = 2_000;

async function stopped(platform: StartedPlatform): Promise<void> {
  platform.child.removeAllListeners('exit');
  const exited = new Promise((resolve) => platform.child.once('exit', resolve));
  platform.child.kill('SIGTERM');
  await exited;
}

/** One deployed model, so that one model host runs. */
async function deployOne(platform: StartedPlatform): Promise<void> {
  const control = createControlClient({ url: platform.controlUrl });
  const model = await trainModel(
    { algorithm: 'constant', hyperparameters: { score: 0.5 } },
    { features: featureMatrix(['x'], [Float32Array.of(1, 2)]), label: Uint8Array.of(0, 1) },
    { seed: 1 },
  );
  const { digest } = await control.putBlob(model.toOnnx());
  await control.call('applyManifest', {
    body: defineProject({
      name: 'startup',
      endpoints: [
        {
          name: 'constant',
          inputs: [{ name: 'x', type: 'number' }],
          policy: { kind: 'single' },
          fallback: [],
          timeout: '1s',
        },
      ],
    }),
  });
  const lineage = {
    runId: null,
    datasetVersion: null,
    featureService: null,
    codeDigest: null,
    parameters: {},
    seed: null,
    environment: {},
  };
  const { version } = await control.call('createModelVersion', {
    params: { model: 'constant' },
    body: { artifactDigest: digest, features: ['x'], metrics: {}, lineage },
  });
  await control.call('deploy', { params: { name: 'constant' }, body: { model: 'constant', version } });
  const inference = createInferenceClient({ url: platform.dataUrl, tries: 1 });
  for (let attempt = 0; ; attempt++) {
    try {
      const { metadata } = await inference.predict('constant', { x: 1 });
      if (metadata.source === 'variant') return;
    } catch (error) {
      if (attempt > 100) throw error;
    }
    await wait(50);
  }
}

/**
 * Start times, idle memory of all roles and one host, and what is left after SIGKILL of the supervisor. The cold start
 * deploys a model, too, so that the compile cache holds the host when memory is read.
 */
export async function run(): Promise<BenchmarkResult> {
  const cache = mkdtempSync(join(tmpdir(), 'mulle-bench-cache-'));
  try {
    const cold = await startPlatform(cache);
    await deployOne(cold);
    await stopped(cold);
    report(`cold ${Math.round(cold.readyMs)} ms`);
    const warm: number[] = [];
    for (let i = 0; i < warmStarts; i++) {
      const platform = await startPlatform(cache);
      warm.push(platform.readyMs);
      await stopped(platform);
      report(`warm ${Math.round(platform.readyMs)} ms`);
    }
    const platform = await startPlatform(cache);
    await deployOne(platform);
    await wait(settleMs);
    const pids = processTree(platform.child.pid ?? 0);
    const memory = pids.map(memoryMb);
    for (const { name, rss, pss } of memory) report(`${name}: RSS ${rss.toFixed(0)} MB, PSS ${pss.toFixed(0)} MB`);
    platform.child.removeAllListeners('exit');
    platform.child.kill('SIGKILL');
    await wait(goneMs);
    const left = pids.filter(isAlive);
    const warmMs = warm.toSorted((a, b) => a - b)[Math.floor(warm.length / 2)] ?? Number.NaN;
    const rssMb = memory.reduce((sum, one) => sum + one.rss, 0);
    const pssMb = memory.reduce((sum, one) => sum + one.pss, 0);
    return {
      ok: cold.readyMs <= 2_000 && warmMs <= 1_200 && rssMb <= 450 && left.length === 0,
      figures: {
        coldMs: rounded(cold.readyMs),
        warmMs: rounded(warmMs),
        rssMb: rounded(rssMb),
        pssMb: rounded(pssMb),
        processes: pids.length,
        aliveAfterSigkill: left.length,
      },
      probes: { node: process.version, bareNodeRssMb: rounded(await bareNodeMb()) },
    };
  } finally {
    rmSync(cache, { recursive: true, force: true });
  }
}
