import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ModelVersion } from '@mulle/contract';
import { afterAll, afterEach, beforeEach, expect, test } from 'vitest';
import { sha256 } from '#kernel/ids.ts';
import { openDuckdb, sqlText, type DuckdbSession } from '#platform/duckdb/index.ts';
import { claimsDocument, logisticDocument } from '#platform/testing/pmml-documents.ts';
import { openBatchModel, type BatchModel } from './batch-model.ts';
import { runBatch, type BatchWork } from './run-batch.ts';

const folder = mkdtempSync(join(tmpdir(), 'mulle-batch-'));
afterAll(() => rmSync(folder, { recursive: true }));

let job = '';
let input: DuckdbSession;
let answers: DuckdbSession;
let model: BatchModel | undefined;
beforeEach(async () => {
  job = mkdtempSync(join(folder, 'job-'));
  mkdirSync(join(job, 'tmp'));
  const open = () => openDuckdb({ threads: 1, memoryLimitMb: 256, tempDirectory: join(job, 'tmp') });
  [input, answers] = [await open(), await open()];
});
afterEach(async () => {
  input.close();
  answers.close();
  await model?.close();
  model = undefined;
});

/** A version of a PMML document, in a host. */
async function open(
  document: string,
  features: string[],
  signature: ModelVersion['signature'] = null,
): Promise<BatchModel> {
  const digest = sha256(Buffer.from(document));
  writeFileSync(join(folder, digest), document);
  const version: ModelVersion = {
    model: 'm',
    version: 1,
    artifact: { digest, bytes: document.length, format: 'pmml' },
    flavor: null,
    features,
    signature,
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
  model = await openBatchModel(version, {
    blobs: { localPath: (wanted) => Promise.resolve(join(folder, wanted)) },
    folder,
    log: () => undefined,
  });
  return model;
}

const output = (): string => join(job, 'output.parquet');

function run(asked: BatchModel, relation: string, part: Partial<BatchWork> = {}) {
  return runBatch({
    model: asked,
    relation,
    sessions: { input, answers },
    folder: join(job, 'parts'),
    output: output(),
    signal: new AbortController().signal,
    onProgress: () => undefined,
    ...part,
  });
}

const written = (): Promise<Record<string, unknown>[]> =>
  input.rows(`SELECT * FROM read_parquet(${sqlText(output())})`);
const yes = (x: number): number => 1 - 1 / (1 + Math.exp(-(0.5 + x)));

test('every row has its answer beside it, in order; the rows that the model refuses say why', async () => {
  const relation = `SELECT i AS id, CASE WHEN i IN (17, 5000, 5001) THEN 11 ELSE i % 100 / 10 END AS x FROM range(20000) t(i)`;
  const progress: number[] = [];
  const count = await run(await open(logisticDocument, ['x']), relation, { onProgress: (rows) => progress.push(rows) });
  expect(count).toMatchObject({ rows: 20_000, failedRows: 3, answered: 20_000 });
  expect(progress.at(-1)).toBe(20_000);
  const rows = await written();
  expect(rows).toHaveLength(20_000);
  const wrong = rows.filter(({ id, x, score, error }, row) => {
    if (id !== row) return true;
    if (x === 11) return score !== null || !String(error).includes('"x" is invalid');
    return error !== null || Math.abs(Number(score) - yes(Number(x))) > 1e-15;
  });
  expect(wrong).toEqual([]);
});

test('text columns go by named tensors, missing ones too; outputs that have the name of an input are told apart', async () => {
  const spec = (name: string, datatype: 'FP64' | 'BYTES') => ({ name, datatype, shape: [-1] });
  const asked = await open(claimsDocument, [], {
    inputs: [spec('age', 'FP64'), spec('salary', 'FP64'), spec('car location', 'BYTES')],
    outputs: [spec('number_of_claims', 'FP64'), spec('whole years', 'FP64')],
  });
  const relation = `SELECT * FROM (VALUES (30.4, 1000, 'street', 1), (NULL, 5, 'street', 2), (20, 1, NULL, 3)) t(age, salary, "car location", number_of_claims)`;
  await run(asked, relation);
  expect(await written()).toMatchObject([
    {
      number_of_claims: 1,
      predicted_number_of_claims: expect.closeTo(132.37 + 7.1 * 30.4 + 10 + 325.03, 9),
      'whole years': 30,
    },
    { number_of_claims: 2, predicted_number_of_claims: null, 'whole years': null },
    { number_of_claims: 3, predicted_number_of_claims: expect.closeTo(132.37 + 142 + 0.01, 9), error: null },
  ]);
});

test('a batch that ends in between goes on behind what it had written, and answers no row twice', async () => {
  const relation = `SELECT i AS id, i % 100 / 10 AS x FROM range(60000) t(i)`;
  const asked = await open(logisticDocument, ['x']);
  const stopping = new AbortController();
  const onProgress = (rows: number): void => {
    if (rows > 20_000) stopping.abort(new Error('enough'));
  };
  await expect(run(asked, relation, { signal: stopping.signal, onProgress })).rejects.toThrow('enough');
  // What a death under way leaves: the parts until then, and one that is not whole.
  await answers.run('DROP TABLE answers');
  const parts = join(job, 'parts');
  await answers.run(
    `COPY (SELECT 0.5::DOUBLE AS score, NULL::VARCHAR AS error FROM range(7000)) TO ${sqlText(join(parts, 'part-000000000000000.parquet'))} (FORMAT parquet)`,
  );
  writeFileSync(join(parts, 'part-000000000007000.parquet.tmp'), 'cut off');
  writeFileSync(join(parts, 'part-000000000009000.parquet'), 'behind a gap');
  const count = await run(asked, relation);
  expect(count).toMatchObject({ rows: 60_000, answered: 53_000, failedRows: 0 });
  const rows = await written();
  expect(rows.map(({ id }) => id)).toEqual(Array.from({ length: 60_000 }, (_, row) => row));
  expect(rows.slice(0, 7_000).every(({ score }) => score === 0.5)).toBe(true);
  expect(rows.slice(7_000).filter(({ x, score }) => Math.abs(Number(score) - yes(Number(x))) > 1e-15)).toEqual([]);
  expect(readdirSync(parts).filter((name) => name.endsWith('.tmp') || name.includes('9000'))).toEqual([]);
});

test('columns that are missing or of another type are named', async () => {
  const asked = await open(logisticDocument, ['x']);
  await expect(run(asked, 'SELECT 1 AS y')).rejects.toMatchObject({
    code: 'missing_feature',
    message: expect.stringMatching(/no column x.*y/),
  });
  await expect(run(asked, `SELECT 'one' AS x`)).rejects.toMatchObject({ code: 'invalid_feature' });
});

test('no rows, no answers', async () => {
  expect(await run(await open(logisticDocument, ['x']), 'SELECT 1.0 AS x LIMIT 0')).toMatchObject({ rows: 0 });
  expect(await written()).toEqual([]);
});
