import { readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import type { BatchJob } from '@mulle/contract';
import { openDuckdb, sqlText } from '../../packages/server/src/platform/duckdb/index.ts';
import { logisticDocument } from '../../packages/server/src/platform/testing/pmml-documents.ts';
import { eventually } from './eventually.ts';
import { Sandbox, type Platform } from './sandbox.ts';

// Every row of a file answered by a version, through the command line, whatever dies meanwhile.

vi.setConfig({ testTimeout: 200_000, hookTimeout: 200_000 });

const sandbox = new Sandbox();
const count = 3_000_000;
const output = join(sandbox.project, 'answers.parquet');
const yes = (x: string): string => `1 - 1 / (1 + exp(-(0.5 + ${x})))`;
let platform: Platform;

async function query(sql: string): Promise<Record<string, unknown>[]> {
  const session = await openDuckdb({ threads: 1, memoryLimitMb: 512, tempDirectory: sandbox.temporary });
  try {
    return await session.rows(sql);
  } finally {
    session.close();
  }
}

beforeAll(async () => {
  platform = await sandbox.up();
  writeFileSync(join(sandbox.project, 'logistic.pmml'), logisticDocument);
  const registered = await platform.mulle('register', 'logistic', 'logistic.pmml');
  expect(registered.code).toBe(0);
  await query(
    `COPY (SELECT i AS id, CASE i WHEN 77 THEN 11 ELSE i % 100 / 10 END AS x FROM range(${count}) t(i))
     TO ${sqlText(join(sandbox.project, 'rows.csv'))}`,
  );
});
afterAll(() => sandbox.remove());

const job = (id: string): Promise<BatchJob> => platform.control.call('getBatchJob', { params: { id } });

test('a small file: its rows with their answers, and how fast', async () => {
  writeFileSync(join(sandbox.project, 'few.csv'), 'name,x\nfirst,1.5\nsecond,\nthird,12\n');
  const ended = await platform.mulle('batch', 'logistic@1', 'few.csv', 'few.parquet', '--json');
  expect(ended.code).toBe(0);
  expect(JSON.parse(ended.stdout)).toMatchObject({ state: 'succeeded', report: { rows: 3, failedRows: 2 } });
  const rows = await query(`SELECT * FROM read_parquet(${sqlText(join(sandbox.project, 'few.parquet'))})`);
  expect(rows).toEqual([
    { name: 'first', x: 1.5, score: expect.closeTo(1 - 1 / (1 + Math.exp(-2)), 15), error: null },
    { name: 'second', x: null, score: null, error: expect.stringMatching(/missing/) },
    { name: 'third', x: 12, score: null, error: expect.stringMatching(/"x" is invalid/) },
  ]);
  expect((await platform.mulle('batch')).stdout).toMatch(/logistic@1 +succeeded +100 % +3/);
});

test('what cannot be is told: exit code and sentence', async () => {
  writeFileSync(join(sandbox.project, 'other.csv'), 'y\n1\n');
  const cases: [string[], number, RegExp][] = [
    [['logistic@1', 'absent.csv', 'out.parquet'], 4, /no file absent\.csv/],
    [['logistic@9', 'few.csv', 'out.parquet'], 4, /logistic@9/],
    [['logistic@1', 'few.csv', 'out.csv'], 2, /OUTPUT\.parquet/],
    [['logistic@1', 'few.json', 'out.parquet'], 2, /no \.parquet or \.csv/],
    [['logistic@1', 'dataset:nothing', 'out.parquet'], 4, /nothing/],
    [['logistic@1', 'other.csv', 'out.parquet'], 1, /no column x/],
  ];
  for (const [args, code, message] of cases) {
    const ended = await platform.mulle('batch', ...args);
    expect(ended, args.join(' ')).toMatchObject({ code, stderr: expect.stringMatching(message) });
  }
});

test('kill -9 of everything under way: it goes on where it was, each row once', async () => {
  const started = await platform.mulle('batch', 'logistic@1', 'rows.csv', 'answers.parquet', '--no-wait', '--json');
  const { id } = JSON.parse(started.stdout) as BatchJob;
  const parts = join(sandbox.home, 'batch', id, 'batch');
  const written = (): string[] => {
    try {
      return readdirSync(parts).filter((name) => /^part-\d+\.parquet$/.test(name));
    } catch {
      return [];
    }
  };
  await eventually('a part is written', written, (names) => names.length > 0, 100_000);
  process.kill(platform.program.pid, 'SIGKILL');
  await sandbox.nothingRuns(10_000);
  expect(written().length).toBeGreaterThan(0);
  platform = await sandbox.up();
  expect(['running', 'waiting']).toContain((await job(id)).state);
  const ended = await platform.mulle('batch', '--resume', id, 'answers.parquet');
  expect(ended).toMatchObject({ code: 0, stderr: expect.stringMatching(/rows\/s/) });
  const done = await job(id);
  expect(done).toMatchObject({ state: 'succeeded', report: { rows: count, failedRows: 1 } });
  expect(done.attempt).toBeGreaterThan(1);
  const { items } = await platform.control.call('getPipelineLogs', { params: { id }, query: { limit: 1_000 } });
  const answered = items.flatMap(({ message }) => /without an answer; (\d+) in/.exec(message)?.[1] ?? []).map(Number);
  expect(answered.at(-1)).toBeLessThan(count);
  const [found] = await query(
    `SELECT count(*) AS n, count(DISTINCT id) AS ids, min(id) AS first, max(id) AS last, count(error) AS errors,
            max(abs(score - (${yes('x')}))) AS largest
     FROM read_parquet(${sqlText(output)})`,
  );
  expect(found).toMatchObject({ n: count, ids: count, first: 0, last: count - 1, errors: 1 });
  expect(found?.['largest']).toBeLessThan(1e-12);
  expect(written()).toEqual([]);
});
