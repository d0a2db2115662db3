import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ModelVersion } from '@mulle/contract';
import { seededRandom } from '../../packages/server/src/kernel/random.ts';
import { OnnxSession } from '../../packages/server/src/plane/runtimes/onnx/onnx-session.ts';
import { openDuckdb, sqlText } from '../../packages/server/src/platform/duckdb/index.ts';
import { openBatchModel } from '../../packages/server/src/work/batch/batch-model.ts';
import { runBatch } from '../../packages/server/src/work/batch/run-batch.ts';
import { report, rounded, type BenchmarkResult } from '../benchmark.ts';
import { featureNames, treeModel } from '../inference/tree-model.ts';

/** Rows of a batch in the time that the runtime alone takes for one, both on values by chance, in turn. */
const target = 0.8;
const rounds = 5;
const rows = 400_000;
const rawMs = 3_000;
const rawBatch = 4_096;

const folder = mkdtempSync(join(tmpdir(), 'mulle-bench-batch-'));
const digest = 'a'.repeat(64);
const model = join(folder, digest);

const version: ModelVersion = {
  model: 'trees',
  version: 1,
  artifact: { digest, bytes: 1, format: 'onnx' },
  flavor: null,
  features: [...featureNames],
  signature: null,
  metrics: {},
  lineage: {
    runId: null,
    datasetVersion: null,
    featureService: null,
    codeDigest: null,
    parameters: {},
    seed: null,
    environment: {},
  },
  aliases: [],
  stage: 'None',
  tags: {},
  description: '',
  source: null,
  runLink: null,
  causeId: null,
  createdAtMs: 0,
  updatedAtMs: 0,
};

const open = () => openDuckdb({ threads: 1, memoryLimitMb: 1_024, tempDirectory: join(folder, 'tmp') });

/** Rows per second of the runtime alone, one thread, its input in memory. */
async function raw(): Promise<number> {
  const session = await OnnxSession.load(model, featureNames.length);
  const scores = new Float32Array(rawBatch);
  const random = seededRandom(1);
  const values = Float32Array.from({ length: rawBatch * featureNames.length }, random);
  const startMs = performance.now();
  let done = 0;
  while (performance.now() - startMs < rawMs) {
    await session.score(rawBatch, values, scores);
    done += rawBatch;
  }
  return (1_000 * done) / (performance.now() - startMs);
}

/** Rows per second of a batch, from the Parquet file to the answers on disk. */
async function batch(round: number): Promise<number> {
  const [input, answers] = [await open(), await open()];
  const asked = await openBatchModel(version, {
    blobs: { localPath: () => Promise.resolve(model) },
    folder,
    log: report,
  });
  try {
    const count = await runBatch({
      model: asked,
      relation: `SELECT * FROM read_parquet(${sqlText(join(folder, 'rows.parquet'))})`,
      sessions: { input, answers },
      folder: join(folder, `parts-${round}`),
      output: join(folder, 'output.parquet'),
      signal: new AbortController().signal,
      onProgress: () => undefined,
    });
    return count.answered / count.seconds;
  } finally {
    await asked.close();
    input.close();
    answers.close();
  }
}

const median = (values: readonly number[]): number =>
  values.toSorted((a, b) => a - b)[values.length >> 1] ?? Number.NaN;

export async function run(): Promise<BenchmarkResult> {
  mkdirSync(join(folder, 'tmp'));
  writeFileSync(model, treeModel(1));
  const session = await open();
  const columns = featureNames
    .map((name, index) => `hash(i * 20 + ${index}) / 18446744073709551616 AS ${name}`)
    .join(', ');
  await session.run(
    `COPY (SELECT ${columns} FROM range(${rows}) t(i)) TO ${sqlText(join(folder, 'rows.parquet'))} (FORMAT parquet)`,
  );
  session.close();
  const ratios: number[] = [];
  const [ofRaw, ofBatch]: [number[], number[]] = [[], []];
  for (let round = 0; round < rounds; round++) {
    const [bare, own] = [await raw(), await batch(round)];
    report(`raw ${Math.round(bare)} rows/s, batch ${Math.round(own)} rows/s, ${(own / bare).toFixed(2)}`);
    ofRaw.push(bare);
    ofBatch.push(own);
    ratios.push(own / bare);
  }
  rmSync(folder, { recursive: true });
  const ratio = median(ratios);
  return {
    ok: ratio >= target,
    figures: { ratio: rounded(ratio), target, batchRowsPerSecond: Math.round(median(ofBatch)), rows },
    probes: { rawRowsPerSecond: Math.round(median(ofRaw)), rawBatch },
  };
}
