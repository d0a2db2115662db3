import { expect, test } from 'vitest';
import { box, layoutGraph } from './layout-graph.ts';

const diamond = [
  { name: 'a' },
  { name: 'b', dependsOn: ['a'] },
  { name: 'c', dependsOn: ['a'] },
  { name: 'd', dependsOn: ['b', 'c'] },
];

test('every task stands to the right of what it needs, and no two overlap', () => {
  const { tasks, edges, width, height } = layoutGraph(diamond);
  const x = Object.fromEntries(tasks.map((task) => [task.name, task.x]));
  expect([x['a'], x['b'], x['c'], x['d']]).toEqual([0, 162, 162, 324]);
  expect(new Set(tasks.map((task) => `${task.x},${task.y}`)).size).toBe(4);
  expect(edges.map(({ from, to }) => from + to).sort()).toEqual(['ab', 'ac', 'bd', 'cd']);
  expect(width).toBe(3 * box.width + 2 * box.betweenLayers);
  expect(height).toBe(2 * box.height + box.betweenRows);
});

test('a cycle and an unknown need do not hang it', () => {
  expect(
    layoutGraph([
      { name: 'a', dependsOn: ['b'] },
      { name: 'b', dependsOn: ['a', 'gone'] },
    ]).tasks,
  ).toHaveLength(2);
});
