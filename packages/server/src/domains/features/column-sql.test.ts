import { tmpdir } from 'node:os';
import { transforms } from '@mulle/contract';
import { transformValue } from '@mulle/decision';
import { expect, test } from 'vitest';
import { openDuckdb } from '#platform/duckdb/index.ts';
import { transformSql } from './column-sql.ts';

const moments = Array.from(
  { length: 4_000 },
  (_, index) => Date.UTC(1890, 0, 1) + index * 20.3 * 86_400_000 + (index % 24) * 3_599_999,
);
const numbers = [
  ...Array.from({ length: 600 }, (_, index) => (index % 2 ? -1 : 1) * 10 ** (index / 10 - 22)),
  0,
  -0,
  1,
  -1,
  -0.999999,
  1e308,
  -1e308,
  0.1,
];

/** Equal as single-precision floats, up to the last bit where a logarithm was taken. */
function same(online: number, offline: unknown, bits: number): boolean {
  if (offline === null) return !Number.isFinite(Math.fround(online));
  return Math.abs(Math.fround(online) - Number(offline)) <= bits * 2 ** -23 * Math.abs(online);
}

test('SQL and JavaScript agree on every transform', async () => {
  const session = await openDuckdb({ threads: 1, memoryLimitMb: 256, tempDirectory: tmpdir() });
  const whole = moments.map(Math.floor);
  await session.run(`CREATE TABLE moments AS SELECT unnest([${whole.join(', ')}]::BIGINT[]) AS ms`);
  await session.run('ALTER TABLE moments ADD COLUMN t TIMESTAMP; UPDATE moments SET t = make_timestamp_ms(ms)');
  await session.run(`CREATE TABLE numbers AS SELECT unnest([${numbers.map((n) => `'${n}'`).join(', ')}])::DOUBLE AS x`);
  for (const transform of transforms) {
    const isCalendar = transform.includes('-of-');
    const sql = (column: string, type: string): string => transformSql(transform, { [column]: type }, column, 'd');
    const [table, column, type] = isCalendar ? ['moments', 't', 'TIMESTAMP'] : ['numbers', 'x', 'DOUBLE'];
    const rows = await session.rows(
      `SELECT ${isCalendar ? 'ms' : 'x'} AS value, ${sql(column, type)} AS f FROM ${table}`,
    );
    expect(rows.length).toBe(isCalendar ? moments.length : numbers.length);
    const wrong = rows.filter(
      ({ value, f }) => !same(transformValue(transform, value), f, transform === 'log1p' ? 1 : 0),
    );
    expect(wrong.slice(0, 3), transform).toEqual([]);
    if (!isCalendar) continue;
    const asNumbers = await session.rows(
      `SELECT count(*) AS n FROM moments WHERE ${sql('t', 'TIMESTAMP')} <> ${sql('ms', 'BIGINT')}`,
    );
    expect(asNumbers).toEqual([{ n: 0 }]);
  }
  session.close();
});
