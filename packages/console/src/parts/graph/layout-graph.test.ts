import { expect, test } from 'vitest';
import { layoutGraph } from './layout-graph.ts';

const box = { width: 132, height: 40, betweenLayers: 30, betweenRows: 10 };

const diamond = [
  { name: 'a' },
  { name: 'b', dependsOn: ['a'] },
  { name: 'c', dependsOn: ['a'] },
  { name: 'd', dependsOn: ['b', 'c'] },
];

test('every node stands to the right of what it needs, and no two overlap', () => {
  const { nodes, edges, width, height } = layoutGraph(diamond, box);
  const x = Object.fromEntries(nodes.map((node) => [node.name, node.x]));
  expect([x['a'], x['b'], x['c'], x['d']]).toEqual([0, 162, 162, 324]);
  expect(new Set(nodes.map((node) => `${node.x},${node.y}`)).size).toBe(4);
  expect(edges.map(({ from, to }) => from + to).sort()).toEqual(['ab', 'ac', 'bd', 'cd']);
  expect(width).toBe(3 * box.width + 2 * box.betweenLayers);
  expect(height).toBe(2 * box.height + box.betweenRows);
});

test('a cycle and an unknown need do not hang it', () => {
  expect(
    layoutGraph(
      [
        { name: 'a', dependsOn: ['b'] },
        { name: 'b', dependsOn: ['a', 'gone'] },
      ],
      box,
    ).nodes,
  ).toHaveLength(2);
});
