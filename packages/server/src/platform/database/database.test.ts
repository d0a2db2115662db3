import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { sql } from 'kysely';
import { expect, test } from 'vitest';
import { MulleError } from '#kernel/errors.ts';
import { describeOnEveryDatabase } from './contract-suite.ts';
import { columnTypes, openDatabase, type Database, type Migration } from './index.ts';

interface Tables {
  notes: { id: string; amount: number; ratio: number | null };
}

const migrations: readonly Migration[] = [
  {
    name: 'notes-1',
    async up(database, dialect) {
      const { text, integer, real } = columnTypes(dialect);
      await database.schema
        .createTable('notes')
        .addColumn('id', text, (column) => column.primaryKey())
        .addColumn('amount', integer, (column) => column.notNull())
        .addColumn('ratio', real)
        .execute();
    },
  },
];

describeOnEveryDatabase('a database', (open, dialect) => {
  const ids = async (database: Database<Tables>): Promise<string[]> =>
    (await database.kysely.selectFrom('notes').select('id').orderBy('id').execute()).map((row) => row.id);

  test('gives back what was stored, integers beyond 32 bits and doubles unchanged, text ordered by bytes', async () => {
    const database = await open<Tables>(migrations);
    const stored = [
      { id: 'B', amount: 1_767_225_600_123, ratio: 0.1 },
      { id: 'a', amount: Number.MAX_SAFE_INTEGER, ratio: 5e-324 },
      { id: '물레', amount: -1, ratio: null },
    ];
    await database.transaction((trx) => trx.insertInto('notes').values(stored).execute());
    const rows = await database.kysely.selectFrom('notes').selectAll().orderBy('id').execute();
    expect(rows.map((row) => ({ ...row }))).toEqual(stored);
    const sums = await database.kysely
      .selectFrom('notes')
      .select((expression) => [expression.fn.countAll<number>().as('count'), expression.fn.max('amount').as('most')])
      .executeTakeFirstOrThrow();
    expect({ ...sums }).toEqual({ count: 3, most: Number.MAX_SAFE_INTEGER });
  });

  test('migrations run once; a database of a newer program is refused', async () => {
    const database = await open<Tables>(migrations);
    await database.transaction((trx) => trx.insertInto('notes').values({ id: 'x', amount: 1, ratio: 1 }).execute());
    expect(await ids(await open<Tables>(migrations))).toEqual(['x']);
    await expect(open<Tables>([])).rejects.toMatchObject({ code: 'invalid_state' });
  });

  test('a migration that fails leaves nothing behind', async () => {
    const failing: Migration = {
      name: 'notes-2',
      async up(trx) {
        await sql`create table half (id text)`.execute(trx);
        throw new Error('no further');
      },
    };
    await expect(open<Tables>([...migrations, failing])).rejects.toThrow('no further');
    const database = await open<Tables>(migrations);
    await expect(sql`select * from half`.execute(database.kysely)).rejects.toThrow('half');
  });

  test('works of one batch: the failing one is undone alone, each sees what came before', async () => {
    const database = await open<Tables>(migrations);
    let commits = 0;
    database.onCommit(() => commits++);
    const put = (id: string) =>
      database.transaction(async (trx) => {
        const before = await trx.selectFrom('notes').select('id').execute();
        await trx.insertInto('notes').values({ id, amount: before.length, ratio: null }).execute();
        if (id === 'b') throw new MulleError('invalid_argument', 'b is not wanted');
        return before.length;
      });
    const outcomes = await Promise.allSettled(['a', 'b', 'c', 'a', 'd'].map(put));
    expect(outcomes.map((outcome) => outcome.status)).toEqual([
      'fulfilled',
      'rejected',
      'fulfilled',
      'rejected',
      'fulfilled',
    ]);
    expect(outcomes[1]).toMatchObject({ reason: { code: 'invalid_argument' } });
    expect(outcomes[4]).toMatchObject({ value: 2 });
    expect(await ids(database)).toEqual(['a', 'c', 'd']);
    expect(commits).toBe(1);
  });

  test('a transaction within a transaction is refused instead of waiting for itself', async () => {
    const database = await open<Tables>(migrations);
    await expect(database.transaction(() => ids(database))).rejects.toThrow('inside a transaction');
    await expect(database.transaction(() => database.transaction(() => Promise.resolve(1)))).rejects.toThrow(
      'inside a transaction',
    );
    expect(await database.transaction(() => Promise.resolve(2))).toBe(2);
  });

  test('closing waits for what was handed over and refuses what comes after', async () => {
    const database = await open<Tables>(migrations);
    const last = database.transaction((trx) =>
      trx.insertInto('notes').values({ id: 'last', amount: 1, ratio: null }).execute(),
    );
    const closing = database.close();
    await expect(database.transaction(() => Promise.resolve())).rejects.toMatchObject({ code: 'unavailable' });
    await Promise.all([last, closing]);
    expect(await ids(await open<Tables>(migrations))).toEqual(['last']);
  });

  test.runIf(dialect === 'sqlite')(
    'full: refused as storage_full, what was there stays, goes on with space',
    async () => {
      const database = await open<Tables>(migrations);
      const put = (id: string) =>
        database.transaction((trx) => trx.insertInto('notes').values({ id, amount: 1, ratio: null }).execute());
      await put('kept');
      const pages = await sql<{ page_count: number }>`pragma page_count`.execute(database.kysely);
      await sql.raw(`pragma max_page_count = ${pages.rows[0]?.page_count ?? 0}`).execute(database.kysely);
      await expect(put('x'.repeat(100_000))).rejects.toMatchObject({ code: 'storage_full' });
      expect(await ids(database)).toEqual(['kept']);
      await sql.raw('pragma max_page_count = 1000000').execute(database.kysely);
      await put('after');
      expect(await ids(database)).toEqual(['after', 'kept']);
    },
  );

  test.runIf(dialect === 'postgres')('writers in two processes take turns: no number is given twice', async () => {
    const writers = [await open<Tables>(migrations), await open<Tables>(migrations)];
    const next = (database: Database<Tables>) =>
      database.transaction(async (trx) => {
        const rows = await trx.selectFrom('notes').select('id').execute();
        await trx
          .insertInto('notes')
          .values({ id: String(rows.length), amount: 0, ratio: null })
          .execute();
        return rows.length;
      });
    const given = await Promise.all(
      Array.from({ length: 40 }, async (_, index) => {
        // Apart in time, so that it takes many commits.
        await new Promise((resolve) => setImmediate(resolve));
        const writer = writers[index % 2];
        return writer ? next(writer) : -1;
      }),
    );
    expect(given.toSorted((a, b) => a - b)).toEqual(Array.from({ length: 40 }, (_, index) => index));
  });

  test.runIf(dialect === 'postgres')('a statement that failed within a work leaves the others unharmed', async () => {
    const database = await open<Tables>(migrations);
    const wrong = database.transaction((trx) => sql`select * from nothing_of_the_kind`.execute(trx));
    const right = database.transaction(() => Promise.resolve('done'));
    await expect(wrong).rejects.toThrow('nothing_of_the_kind');
    expect(await right).toBe('done');
  });

  test.runIf(dialect === 'sqlite')('commits are synced', async () => {
    const database = await open<Tables>(migrations);
    const mode = await sql<{ synchronous: number }>`pragma synchronous`.execute(database.kysely);
    const journal = await sql<{ journal_mode: string }>`pragma journal_mode`.execute(database.kysely);
    expect([mode.rows[0]?.synchronous, journal.rows[0]?.journal_mode]).toEqual([2, 'wal']);
  });
});

test('a file that is no database is corrupt_data, an address without a server unavailable', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'mulle-database-'));
  const sqlitePath = join(folder, 'mulle.sqlite');
  writeFileSync(sqlitePath, 'not a database at all, and longer than a header '.repeat(100));
  await expect(openDatabase({ url: '', sqlitePath, migrations })).rejects.toMatchObject({ code: 'corrupt_data' });
  rmSync(folder, { recursive: true });
  const nobody = openDatabase({ url: 'postgresql://nobody@127.0.0.1:1/none', sqlitePath: '', migrations });
  await expect(nobody).rejects.toMatchObject({ code: 'unavailable' });
});
