import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { expect, onTestFinished, test } from 'vitest';
import { describeOnEveryDatabase } from './contract-suite.ts';
import { digestsIn, digestsInDatabase, digestsInFiles } from './index.ts';
import { columnTypes, type Migration } from './migrations.ts';

const [one, two, three] = ['1', '2', '3'].map((digit) => digit.repeat(64));
const texts = [`{"digest":"${one}"}`, `${two}`, 'nothing', `${'3'.repeat(63)}`];

test('a run longer than a digest may hold one anywhere', () => {
  expect([...digestsIn(`a${one} ${'b'.repeat(63)}`)]).toEqual([`a${'1'.repeat(63)}`, one]);
});

const migration: Migration = {
  name: 'kept-1',
  async up(database, dialect) {
    for (const table of ['kept', 'left']) {
      await database.schema.createTable(table).addColumn('body', columnTypes(dialect).text).execute();
    }
  },
};

describeOnEveryDatabase('digests in a database', (open) => {
  test('are those of all of its texts, but for tables that name none', async () => {
    const database = await open<{ kept: { body: string }; left: { body: string } }>([migration]);
    await database.transaction(async (trx) => {
      for (const body of texts) await trx.insertInto('kept').values({ body }).execute();
      await trx
        .insertInto('left')
        .values({ body: three ?? '' })
        .execute();
    });
    const found = await digestsInDatabase(database.kysely, database.dialect, ['left']);
    expect([...found].toSorted()).toEqual([one, two]);
  });
});

test('those of files are read in a thread of their own; a file that is damaged is told', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'mulle-digests-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const files = ['a', 'b'].map((name) => join(folder, name));
  for (const [index, file] of files.entries()) {
    const database = new DatabaseSync(file);
    database.exec('create table "kept ""texts" (body text); create table left_out (body text)');
    database.prepare('insert into "kept ""texts" values (?)').run(texts[index] ?? '');
    database.prepare('insert into left_out values (?)').run(three ?? '');
    database.close();
  }
  expect([...(await digestsInFiles(files, ['left_out']))].toSorted()).toEqual([one, two]);
  const damaged = join(folder, 'c');
  writeFileSync(damaged, 'no database at all, though as long as a page of one needs to be'.repeat(100));
  await expect(digestsInFiles([...files, damaged], [])).rejects.toMatchObject({ code: 'corrupt_data' });
});
