import {
  copyFileSync,
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import fc from 'fast-check';
import type { NewEvent, StoredEvent } from '@mulle/contract';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { Compactor, exportEvents, JournalReader, Lake, openJournalWriter, type JournalWriter } from './index.ts';

let dir: string;
let problems: string[];
let opened: { close(): unknown }[];
const onProblem = (message: string): number => problems.push(message);

beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'mulle-events-'));
  problems = [];
  opened = [];
});

afterEach(async () => {
  for (const each of opened) await each.close();
  rmSync(dir, { recursive: true });
});

async function openWriter(writer = 'data-0', bufferBytes?: number): Promise<JournalWriter> {
  const made = await openJournalWriter({
    dir,
    writer,
    onProblem,
    ...(bufferBytes === undefined ? {} : { bufferBytes }),
  });
  opened.push(made);
  return made;
}

function openReader(): JournalReader {
  const made = new JournalReader({ dir, onProblem });
  opened.push(made);
  return made;
}

function openCompactor(options: { maxRows?: number; keepDays?: { decisions?: number } } = {}): Compactor {
  const made = new Compactor({ dir, onProblem, ...options });
  opened.push(made);
  return made;
}

function openLake(): Lake {
  const made = new Lake({ dir, onProblem });
  opened.push(made);
  return made;
}

const baseMs = Date.UTC(2001, 1, 1);

function decision(index: number, value: Record<string, unknown> = {}): NewEvent {
  return {
    topic: 'decisions',
    type: 'decision-made',
    key: index % 2 === 0 ? 'flight-delay' : 'route',
    id: `d${index}`,
    timeMs: baseMs + index * 1000,
    value: { index, score: index / 7, ...value },
  };
}

async function everything(reader = openReader()): Promise<StoredEvent[]> {
  const events: StoredEvent[] = [];
  for await (const event of exportEvents(reader)) events.push(event);
  return events;
}

test('events come back as they were written, while the writer writes', async () => {
  const writer = await openWriter();
  const reader = openReader();
  await writer.appendDurable([decision(1), { ...decision(2), topic: 'outcomes', causeId: 'd1' }]);
  const first = await reader.readAfter({ writer: 'data-0', topics: ['decisions'], afterOffset: 0, limit: 10 });
  expect(first).toEqual({ events: [{ ...decision(1), writer: 'data-0', offset: 1 }], nextOffset: 2 });
  expect(writer.append(decision(3))).toBe(true);
  await writer.flush();
  const polled = await reader.pollAll({ 'data-0': 1 }, ['decisions', 'outcomes'], 10);
  expect(polled.events.map(({ id, causeId, offset }) => [id, causeId, offset])).toEqual([
    ['d2', 'd1', 2],
    ['d3', undefined, 3],
  ]);
  expect(polled.positions).toEqual({ 'data-0': 3 });
  expect(writer.stats()).toMatchObject({ appended: 3, committed: 3, dropped: 0, bufferedBytes: 0, synchronous: 2 });
  expect(problems).toEqual([]);
});

test('any JSON object survives the journal, Parquet and back', async () => {
  const writer = await openWriter();
  const seed = 20010201;
  const text = fc.string({ unit: 'grapheme', maxLength: 12 });
  const value = fc.oneof(
    fc.record({
      a: fc.integer(),
      b: fc.double({ noNaN: true, noDefaultInfinity: true }),
      c: fc.array(text),
      d: fc.option(text),
    }),
    fc.dictionary(text, fc.jsonValue({ maxDepth: 4 }), { maxKeys: 6 }),
  );
  const values = fc.sample(value, { numRuns: 400, seed }).map((each) => JSON.parse(JSON.stringify(each)));
  values.push(
    { a: 1, A: 2 },
    { '': 1 },
    { x: {} },
    { x: [] },
    { x: [{}, null, [1, 'a']] },
    { s: '\ud800' },
    { n: 2 ** 60 },
  );
  values.push({ n: -0 }, { n: 5e-324 }, { n: 1.7976931348623157e308 }, { n: null }, { n: '\0', '\0': 1 }, {});
  const events = values.map((each, index): NewEvent => ({ ...decision(0), id: `v${index}`, value: each }));
  await writer.appendDurable(events);
  const before = await everything();
  expect((await openCompactor({ maxRows: 40 }).compactAll()).merged).toBeGreaterThan(0);
  const after = await everything();
  expect(problems).toEqual([]);
  const written = events.map((event, index) => ({ ...event, writer: 'data-0', offset: index + 1 }));
  const plain = (list: unknown[]): string[] => list.map((each) => JSON.stringify(each));
  expect(plain(before.map((event) => event.value))).toEqual(plain(written.map((event) => event.value)));
  expect(after).toEqual(before);
  expect(plain(after.map((event) => event.value))).toEqual(plain(written.map((event) => event.value)));
  expect(await everything()).toEqual(after);
  const rows = await openLake().queryEvents({ topic: 'decisions', sql: 'SELECT count(*) AS n FROM events' });
  expect(rows).toEqual([{ n: values.length }]);
});

test('values keep names that JavaScript treats specially', async () => {
  const writer = await openWriter();
  const value = '{"__proto__":{"x":1},"constructor":2,"2":1,"1":2}';
  writer.appendEncoded('decisions', 'decision-made', 'k', 'p1', baseMs, undefined, value);
  await writer.flush();
  await openCompactor().compactAll();
  const [event] = await everything();
  expect(JSON.stringify(event?.value)).toBe(JSON.stringify(JSON.parse(value)));
});

test('offsets go on above what was compacted, after a restart too', async () => {
  const writer = await openWriter();
  await writer.appendDurable([decision(1), decision(2)]);
  expect(await openCompactor().compactAll()).toMatchObject({ rounds: 1, rows: 2, segments: 2 });
  await writer.close();
  const again = await openWriter();
  await again.appendDurable([decision(3)]);
  const reader = openReader();
  expect(reader.endOffsets()).toEqual({ 'data-0': 3 });
  expect((await everything(reader)).map(({ id, offset }) => `${id}@${offset}`)).toEqual(['d1@1', 'd2@2', 'd3@3']);
  const page = await reader.readAfter({ writer: 'data-0', topics: ['decisions'], afterOffset: 1, limit: 1 });
  expect([page.events.map(({ id }) => id), page.nextOffset]).toEqual([['d2'], 2]);
});

test('a writer name belongs to one process', async () => {
  const writer = await openWriter();
  await expect(openWriter()).rejects.toMatchObject({ code: 'conflict' });
  await writer.close();
  await openWriter();
  await expect(openWriter('../x')).rejects.toMatchObject({ code: 'invalid_argument' });
});

test('bad events are refused before they reach the journal', async () => {
  const writer = await openWriter();
  const circular: Record<string, unknown> = {};
  circular['self'] = circular;
  const at = (timeMs: number): NewEvent => ({ ...decision(1), timeMs });
  expect(() => writer.append(at(Number.NaN))).toThrow('ms since the epoch');
  expect(() => writer.append({ ...decision(1), id: '' })).toThrow('needs a type and an id');
  expect(() => writer.append(decision(1, circular))).toThrow('circular');
  expect(() => writer.appendEncoded('decisions', 't', 'k', 'i', 1, undefined, '[1]')).toThrow('JSON object');
  await expect(writer.appendDurable([decision(1), at(Infinity)])).rejects.toMatchObject({ code: 'invalid_argument' });
  await writer.appendDurable([decision(2)]);
  expect((await everything()).map(({ id }) => id)).toEqual(['d2']);
});

test('a full buffer drops and counts, and refuses durable calls', async () => {
  const writer = await openWriter('data-0', 2_000);
  const taken = Array.from({ length: 50 }, () => writer.append(decision(1))).filter(Boolean).length;
  expect(taken).toBeGreaterThan(0);
  expect(writer.stats()).toMatchObject({ appended: taken, dropped: 50 - taken });
  await expect(writer.appendDurable([decision(1)])).rejects.toMatchObject({ code: 'overloaded', retryAfterSeconds: 1 });
  await writer.flush();
  await writer.appendDurable([decision(99)]);
  const reader = openReader();
  expect(reader.losses('data-0')).toEqual([{ reason: 'buffer_full', first: taken + 1, last: 50 }]);
  expect((await everything(reader)).at(-1)).toMatchObject({ id: 'd99', offset: 51 });
});

test('SQL sees Parquet and tail as one, each event once, types merged', async () => {
  const writer = await openWriter();
  await openWriter('data-1').then((other) => other.appendDurable([decision(100, { extra: 'tail of another writer' })]));
  await writer.appendDurable([decision(0), decision(1)]);
  await openCompactor().compactWriter('data-0');
  await writer.appendDurable([decision(2, { index: 2.5, mixed: 1 }), decision(4, { score: 1 })]);
  await openCompactor().compactWriter('data-0');
  await writer.appendDurable([decision(6, { mixed: 'text', causes: [{ name: 'x' }] })]);
  const lake = openLake();
  const all = await lake.queryEvents({
    topic: 'decisions',
    sql: 'SELECT id, value.index AS i, value.extra AS extra, value.mixed::VARCHAR AS mixed FROM events ORDER BY writer, "offset"',
  });
  expect(all).toEqual([
    { id: 'd0', i: 0, extra: null, mixed: null },
    { id: 'd1', i: 1, extra: null, mixed: null },
    { id: 'd2', i: 2.5, extra: null, mixed: '1' },
    { id: 'd4', i: 4, extra: null, mixed: null },
    { id: 'd6', i: 6, extra: null, mixed: '"text"' },
    { id: 'd100', i: 100, extra: 'tail of another writer', mixed: null },
  ]);
  const some = { topic: 'decisions', keys: ['flight-delay'], fromMs: baseMs + 2000, toMs: baseMs + 6000 } as const;
  expect(await lake.queryEvents({ ...some, sql: 'SELECT count(*) AS n, sum(value.score) AS s FROM events' })).toEqual([
    { n: 2, s: 2 / 7 + 1 },
  ]);
  expect(await lake.queryEvents({ topic: 'outcomes', sql: 'SELECT count(*) AS n FROM events' })).toEqual([{ n: 0 }]);
  expect(problems).toEqual([]);
});

test('SQL can only select, and only events', async () => {
  const writer = await openWriter();
  await writer.appendDurable([decision(1)]);
  const lake = openLake();
  const secret = join(dir, 'data-0.high-water');
  const attempts = [
    'SELECT 1; SELECT 2',
    `COPY (SELECT 1) TO '${join(dir, 'x.csv')}'`,
    'CREATE TABLE t AS SELECT 1',
    'SET enable_external_access = true',
    `SELECT * FROM read_text('${secret}')`,
    `SELECT * FROM read_text('/etc/hostname')`,
    'SELEC 1',
  ];
  for (const sql of attempts) {
    await expect(lake.queryEvents({ topic: 'decisions', sql }), sql).rejects.toMatchObject({
      code: 'invalid_argument',
    });
  }
});

test('a damaged Parquet file is set aside and reported; the rest is read', async () => {
  const writer = await openWriter();
  for (const index of [0, 2, 4]) {
    await writer.appendDurable([decision(index)]);
    await openCompactor().compactAll();
  }
  const folder = join(dir, 'segments');
  const files = readdirSync(folder).toSorted();
  expect(files).toHaveLength(3);
  truncateSync(join(folder, files[0] ?? ''), 100);
  const bytes = readFileSync(join(folder, files[1] ?? ''));
  bytes[20] = (bytes[20] ?? 0) ^ 1;
  writeFileSync(join(folder, files[1] ?? ''), bytes);
  expect((await everything()).map(({ id }) => id)).toEqual(['d4']);
  expect(problems).toHaveLength(2);
  expect(problems[0]).toMatch(
    /has 100 bytes instead of .* 1 decisions events \(offsets 1 to 1 of data-0\) cannot be read/,
  );
  expect(problems[1]).toMatch(/another checksum/);
  expect(readdirSync(folder).filter((name) => name.includes('.corrupt-'))).toHaveLength(2);
  expect(await openLake().queryEvents({ topic: 'decisions', sql: 'SELECT id FROM events' })).toEqual([{ id: 'd4' }]);
  expect(problems).toHaveLength(2);
});

test('a damaged journal is left out by readers, set aside by its writer, and its Parquet stays readable', async () => {
  const writer = await openWriter();
  await openWriter('data-1').then((other) => other.appendDurable([decision(9)]));
  await writer.appendDurable([decision(1)]);
  await openCompactor().compactAll();
  await writer.appendDurable([decision(3)]);
  await writer.close();
  const path = join(dir, 'data-0.sqlite');
  writeFileSync(path, Buffer.alloc(8192, 7));
  expect((await everything()).map(({ id }) => id)).toEqual(['d9']);
  expect(problems).toEqual([expect.stringMatching(/data-0.sqlite is damaged and is left out/)]);
  const again = await openWriter();
  expect(problems[1]).toMatch(/set aside as .*data-0.sqlite.corrupt-\d+, a new one begun/);
  await again.appendDurable([decision(5)]);
  expect((await everything()).map(({ id, offset }) => `${id}@${offset}`)).toEqual(['d5@3', 'd9@1']);
});

test('the manifest of a damaged journal is carried over where it can be read', async () => {
  const writer = await openWriter();
  await writer.appendDurable(Array.from({ length: 200 }, (_, index) => decision(index)));
  const path = join(dir, 'data-0.sqlite');
  await openCompactor().compactAll();
  await writer.appendDurable([decision(1000)]);
  const journal = new DatabaseSync(path);
  const root = journal.prepare(`SELECT rootpage FROM sqlite_schema WHERE name = 'events'`).get()?.['rootpage'];
  const pageBytes = Number(journal.prepare('PRAGMA page_size').get()?.['page_size']);
  journal.close();
  await writer.close();
  const bytes = readFileSync(path);
  const page = (Number(root) - 1) * pageBytes;
  writeFileSync(path, bytes.fill(9, page, page + pageBytes));
  const again = await openWriter();
  expect(problems).toEqual([expect.stringMatching(/2 Parquet files of it stay readable/)]);
  await again.appendDurable([decision(2000)]);
  const events = await everything();
  expect(events.length).toBe(201);
  expect(events.at(-1)).toMatchObject({ id: 'd2000', offset: 202 });
  expect(openReader().losses('data-0')).toEqual([{ reason: 'damage', first: 201, last: 201 }]);
});

test('files past their days are removed, manifest first', async () => {
  const writer = await openWriter();
  await writer.appendDurable([decision(0), { ...decision(2), timeMs: Date.now() }]);
  await openCompactor().compactAll();
  expect(readdirSync(join(dir, 'segments'))).toHaveLength(2);
  expect(await openCompactor({ keepDays: { decisions: 30 } }).compactAll()).toMatchObject({ expired: 1 });
  expect(readdirSync(join(dir, 'segments'))).toHaveLength(1);
  expect((await everything()).map(({ id }) => id)).toEqual(['d2']);
  expect(problems).toEqual([]);
});

test('an orphan file and a foreign file in the folder are not data', async () => {
  const writer = await openWriter();
  await writer.appendDurable([decision(0)]);
  await openCompactor().compactAll();
  const folder = join(dir, 'segments');
  const [file = ''] = readdirSync(folder);
  copyFileSync(join(folder, file), join(folder, 'copy.parquet'));
  copyFileSync(join(folder, file), join(folder, 'orphan.parquet'));
  const journal = new DatabaseSync(join(dir, 'data-0.sqlite'));
  journal.exec(`INSERT INTO intents VALUES ('orphan.parquet')`);
  journal.close();
  expect(await everything()).toHaveLength(1);
  await openCompactor().compactAll();
  expect(existsSync(join(folder, 'orphan.parquet'))).toBe(false);
  expect(await everything()).toHaveLength(1);
});
