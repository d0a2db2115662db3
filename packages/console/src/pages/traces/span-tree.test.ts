import type { SpanSummary } from '@mulle/contract';
import { expect, test } from 'vitest';
import { rowsWith, spanRange, spanTree, visibleRows } from './span-tree.ts';

const span = (id: string, parentId: string | null, startUs: number, name = id): SpanSummary => ({
  id,
  parentId,
  name,
  type: 'CHAIN',
  status: 'ok',
  startUs,
  durationUs: 10,
});
const spans = [span('c', 'a', 30), span('a', null, 0), span('b', 'a', 20), span('d', 'b', 25, 'look up')];

test('each span is followed by its descendants, siblings by their start', () => {
  expect(spanTree(spans).map(({ span: { id }, depth, end }) => [id, depth, end])).toEqual([
    ['a', 0, 4],
    ['b', 1, 3],
    ['d', 2, 3],
    ['c', 1, 4],
  ]);
});

test('orphans and circles stand at the top, and nothing is lost', () => {
  const odd = [span('x', 'gone', 5), span('p', 'q', 1), span('q', 'p', 2), span('s', 's', 9)];
  expect(spanTree(odd).map(({ span: { id }, depth }) => [id, depth])).toEqual([
    ['x', 0],
    ['s', 0],
    ['p', 0],
    ['q', 1],
  ]);
});

test('what is folded hides its descendants; what is looked for shows what it stands in', () => {
  const nodes = spanTree(spans);
  const ids = (rows: number[]): string[] => rows.map((row) => nodes[row]?.span.id ?? '');
  expect(ids(visibleRows(nodes, new Set(['b'])))).toEqual(['a', 'b', 'c']);
  expect(ids(rowsWith(nodes, 'LOOK'))).toEqual(['a', 'b', 'd']);
});

test('a chain as deep as it is long', () => {
  const deep = Array.from({ length: 40_000 }, (_, index) =>
    span(String(index), index === 0 ? null : String(index - 1), index),
  );
  const nodes = spanTree(deep);
  expect([nodes.length, nodes.at(-1)?.depth, nodes[0]?.end]).toEqual([40_000, 39_999, 40_000]);
  expect(spanRange(deep)).toEqual({ fromUs: 0, toUs: 40_009 });
});
