import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { confine, openDuckdb, sqlName, sqlText } from './index.ts';

test('rows come back as plain JavaScript, hostile text stays text', async () => {
  const session = await openDuckdb({ threads: 1, memoryLimitMb: 256, tempDirectory: tmpdir() });
  const hostile = `물레'); DROP TABLE x; --`;
  const rows = await session.rows(
    `SELECT ${sqlText(hostile)} AS ${sqlName('a"b')}, 42::BIGINT AS n, TIMESTAMP '2001-02-01 00:00:00' AS t`,
  );
  expect(rows).toEqual([{ 'a"b': hostile, n: 42, t: new Date('2001-02-01T00:00:00Z') }]);
  session.close();
});

test('a confined session reads what it was given and nothing else', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'mulle-duckdb-'));
  const session = await openDuckdb({ threads: 1, memoryLimitMb: 256, tempDirectory: join(folder, 'spill') });
  await session.run(`COPY (SELECT 1 AS a) TO ${sqlText(join(folder, 'given.parquet'))} (FORMAT parquet)`);
  await confine(session, { directories: [], files: [join(folder, 'given.parquet')] });
  expect(await session.rows(`SELECT * FROM read_parquet(${sqlText(join(folder, 'given.parquet'))})`)).toEqual([
    { a: 1 },
  ]);
  await expect(session.rows(`SELECT * FROM read_text('/etc/hostname')`)).rejects.toThrow(/disabled|Permission/i);
  await expect(session.run(`COPY (SELECT 1) TO ${sqlText(join(folder, 'other.csv'))}`)).rejects.toThrow(
    /disabled|Permission/i,
  );
  await expect(session.run('SET enable_external_access = true')).rejects.toThrow(/lock/i);
  session.close();
  await rm(folder, { recursive: true });
});
