import { expect, test } from 'vitest';
import type { Column } from './column.ts';
import { toCsv } from './csv.ts';
import { parseFilter, printFilter, rowTest } from './filter.ts';
import { nextSort, parseColumns, parseSort, printColumns, sorted } from './view.ts';

interface Row {
  name: string;
  loss: number | null;
  atMs: number;
}
const columns: Column<Row>[] = [
  { id: 'name', label: 'Name', cell: ({ name }) => name, value: ({ name }) => name },
  { id: 'loss', label: 'Loss', cell: ({ loss }) => loss, value: ({ loss }) => loss },
  { id: 'at', label: 'At', time: true, cell: ({ atMs }) => atMs, value: ({ atMs }) => atMs },
];
const rows: Row[] = [
  { name: 'run 10', loss: 0.5, atMs: Date.UTC(2001, 0, 2) },
  { name: 'run 9', loss: null, atMs: Date.UTC(2001, 1, 1) },
  { name: '물레', loss: 0.25, atMs: Date.UTC(2001, 2, 1) },
];
const ids = columns.map(({ id }) => id);
const kept = (text: string): string[] => rows.filter(rowTest(parseFilter(text, ids), columns)).map(({ name }) => name);

test.each([
  ['', ['run 10', 'run 9', '물레']],
  ['RUN', ['run 10', 'run 9']],
  ['"run 9"', ['run 9']],
  ['ㅁㄹ', ['물레']],
  ['-run', ['물레']],
  ['loss<0.5', ['물레']],
  ['loss>=0.25 name:run', ['run 10']],
  ['-loss>0.3', ['run 9', '물레']],
  ['at>=2001-02-01', ['run 9', '물레']],
  ['name="run 9"', ['run 9']],
  ['loss>', ['run 10', 'run 9', '물레']],
  ['http://nowhere', []],
])('filter %j', (text, names) => {
  expect(kept(text)).toEqual(names);
});

test('a filter written anew reads the same', () => {
  const clauses = parseFilter('-name:"run 9" loss>=0.25 "two words" http://x', ids);
  expect(clauses).toHaveLength(4);
  expect(parseFilter(printFilter(clauses), ids)).toEqual(clauses);
});

test('rows are sorted by number, by text with numbers in it, and stay where they are without a value', () => {
  const names = (sort: string): string[] => sorted(rows, parseSort(sort), columns).map(({ name }) => name);
  expect(names('name').slice(0, 2)).toEqual(['run 9', 'run 10']);
  expect(names('loss')).toEqual(['물레', 'run 10', 'run 9']);
  expect(names('-loss')).toEqual(['run 10', '물레', 'run 9']);
  expect(names('no-such')).toEqual(rows.map(({ name }) => name));
  expect([undefined, 'loss', '-loss'].map((sort) => nextSort(parseSort(sort ?? ''), 'loss'))).toEqual([
    'loss',
    '-loss',
    undefined,
  ]);
});

test('a choice of columns survives the address, whatever a metric is called', () => {
  const choice = [
    { id: 'val/loss, mean:x', pinned: true, widthPx: 120 },
    { id: 'name', pinned: false, widthPx: undefined },
  ];
  expect(parseColumns(printColumns(choice))).toEqual(choice);
  expect(parseColumns('')).toBeUndefined();
  expect(parseColumns('%E0%A4%A,name:9')).toEqual([{ id: 'name', pinned: false, widthPx: 48 }]);
});

test('CSV is quoted where it must be and starts no formula', () => {
  const row = { name: '=1+1, "x"', loss: -0.5, atMs: Date.UTC(2001, 0, 2) };
  expect(toCsv([row], columns)).toBe('name,loss,at\r\n"\'=1+1, ""x""",-0.5,2001-01-02T00:00:00.000Z\r\n');
});
