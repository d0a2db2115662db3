import { tmpdir } from 'node:os';
import { expect, test } from 'vitest';
import { openDuckdb, sqlName, sqlText } from './index.ts';

test('rows come back as plain JavaScript, hostile text stays text', async () => {
  const session = await openDuckdb({ threads: 1, memoryLimitMb: 256, tempDirectory: tmpdir() });
  const hostile = `물레'); DROP TABLE x; --`;
  const rows = await session.rows(
    `SELECT ${sqlText(hostile)} AS ${sqlName('a"b')}, 42::BIGINT AS n, TIMESTAMP '2001-02-01 00:00:00' AS t`,
  );
  expect(rows).toEqual([{ 'a"b': hostile, n: 42, t: new Date('2001-02-01T00:00:00Z') }]);
  session.close();
});
