import { closeSync, mkdtempSync, openSync, readdirSync, rmSync, statSync, writeFileSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { sql } from 'kysely';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { BackupSchedule } from './backup-schedule.ts';
import { backUp, listBackups, restoreBackup } from './backups.ts';
import { openDatabase, type Database, type Migration } from './index.ts';

interface Tables {
  notes: { id: number; text: string };
}

const migrations: readonly Migration[] = [
  { name: 'notes-1', up: async (trx) => void (await sql`create table notes (id integer, text text)`.execute(trx)) },
];

let folder: string;
let path: string;
let terms: { folder: string; everyMs: number; keep: number };
const open: Database<Tables>[] = [];
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'mulle-backups-'));
  path = join(folder, 'mulle.sqlite');
  terms = { folder: join(folder, 'backups'), everyMs: 0, keep: 2 };
});
afterEach(async () => {
  for (const database of open.splice(0)) await database.close();
  rmSync(folder, { recursive: true });
});

async function start(problems: string[] = [], all = migrations): Promise<Database<Tables>> {
  const onProblem = (thrown: unknown): number => problems.push(String(thrown));
  const database = await openDatabase<Tables>({
    url: '',
    sqlitePath: path,
    migrations: all,
    backups: terms,
    onProblem,
  });
  open.push(database);
  return database;
}

async function end(): Promise<void> {
  for (const database of open.splice(0)) await database.close();
}

function write(database: Database<Tables>, id: number, text = ''): Promise<unknown> {
  return database.transaction((trx) => trx.insertInto('notes').values({ id, text }).execute());
}

async function ids(database: Database<Tables>): Promise<number[]> {
  return (await database.kysely.selectFrom('notes').select('id').orderBy('id').execute()).map(({ id }) => id);
}

/** Writes noise over all pages but the first. */
function damage(): void {
  const file = openSync(path, 'r+');
  const { size } = statSync(path);
  writeSync(file, Buffer.alloc(size - 4_096, 0x5a), 0, size - 4_096, 4_096);
  closeSync(file);
}

test('a backup is made at the end where something was committed, is a whole database, and the newest few are kept', async () => {
  for (const id of [1, 2, 3]) {
    await write(await start(), id);
    await end();
  }
  await start();
  await end();
  const backups = listBackups(terms.folder);
  expect(backups.length).toBe(2);
  const counts = backups.map((backup) => {
    const copy = new DatabaseSync(backup.path, { readOnly: true });
    const row = copy
      .prepare('SELECT count(*) AS n, (SELECT quick_check FROM pragma_quick_check) AS ok FROM notes')
      .get();
    copy.close();
    return { ...row };
  });
  expect(counts).toEqual([
    { n: 3, ok: 'ok' },
    { n: 2, ok: 'ok' },
  ]);
});

test('before a migration what was there is backed up', async () => {
  terms.everyMs = Infinity;
  await write(await start(), 1);
  await end();
  const [atEnd] = listBackups(terms.folder);
  const more: Migration = { name: 'notes-2', up: async (trx) => void (await sql`delete from notes`.execute(trx)) };
  expect(await ids(await start([], [...migrations, more]))).toEqual([]);
  await end();
  const [newest] = listBackups(terms.folder);
  expect(newest?.path).not.toBe(atEnd?.path);
  restoreBackup(newest?.path ?? '', path);
  expect(await ids(await start())).toEqual([1]);
});

test('a damaged file is refused and left as it is; the sentence names the newest backup; restoring brings it back', async () => {
  const database = await start();
  await write(database, 1, 'x'.repeat(20_000));
  await end();
  const [backup] = listBackups(terms.folder);
  damage();
  await expect(start()).rejects.toMatchObject({
    code: 'corrupt_data',
    message: expect.stringMatching(new RegExp(`mulle\\.sqlite is damaged .*${backup?.path}.*mulle restore`)),
  });
  expect(readdirSync(folder)).toEqual(['backups', 'mulle.sqlite']);
  const aside = restoreBackup(backup?.path ?? '', path);
  expect(aside).toMatch(/mulle\.sqlite\.corrupt-\d+$/);
  expect(await ids(await start())).toEqual([1]);
});

test.each([
  ['gone', (): void => rmSync(path)],
  ['empty', (): void => writeFileSync(path, '')],
  ['no database', (): void => writeFileSync(path, 'x'.repeat(10_000))],
])('a file that is %s never gives way to an empty database while there are backups', async (_, spoil) => {
  await write(await start(), 1);
  await end();
  for (const suffix of ['-wal', '-shm']) rmSync(path + suffix, { force: true });
  spoil();
  await expect(start()).rejects.toMatchObject({
    code: 'corrupt_data',
    message: expect.stringMatching(/mulle restore/),
  });
});

test('damage that a query meets is told once; what is readable is read on, nothing is written, no backup made of it', async () => {
  const problems: string[] = [];
  const database = await start(problems);
  for (let id = 0; id < 40; id++) await write(database, id, 'x'.repeat(200_000));
  await sql`create table others (id integer)`.execute(database.kysely);
  await sql`pragma wal_checkpoint(truncate)`.execute(database.kysely);
  damage();
  await expect(ids(database)).rejects.toMatchObject({
    code: 'corrupt_data',
    message: expect.stringMatching(/restore/),
  });
  await expect(write(database, 99)).rejects.toMatchObject({ code: 'corrupt_data' });
  expect(database.damage()).toMatchObject({ code: 'corrupt_data' });
  expect(await sql`select 1 as one`.execute(database.kysely)).toMatchObject({ rows: [{ one: 1 }] });
  await end();
  expect(problems).toEqual([expect.stringMatching(/damaged/), expect.stringMatching(/malformed|not a database/)]);
  expect(listBackups(terms.folder)).toEqual([]);
});

test('nothing is backed up again before its time', async () => {
  await write(await start(), 1);
  await end();
  const schedule = new BackupSchedule(path, { ...terms, everyMs: 3_600_000 }, (thrown) =>
    expect.unreachable(String(thrown)),
  );
  schedule.noteChange();
  await schedule.close();
  expect(listBackups(terms.folder).length).toBe(1);
  await backUp(path, terms);
  expect(listBackups(terms.folder).length).toBe(2);
});
