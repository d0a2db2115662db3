import { expect, test } from 'vitest';
import { seededUniform } from '../testing/seeded.ts';
import { fitRegressionTree, predictRegressionTree } from './regression-tree.ts';

test('one split goes where the squared error falls most', () => {
  // By hand: 4 and 4 rows at 0 and 1 are apart at 3.5, which takes the whole error of 2 away.
  const rows = [0, 1, 2, 3, 4, 5, 6, 7].map((x) => [x]);
  const targets = [0, 0, 0, 0, 1, 1, 1, 1];
  const tree = fitRegressionTree(rows, targets, { depth: 3, leafRows: 1 });
  expect(tree).toEqual({
    kind: 'split',
    column: 0,
    threshold: 3.5,
    missing: 'above',
    below: { kind: 'leaf', value: 0, rows: 4 },
    above: { kind: 'leaf', value: 1, rows: 4 },
  });
});

test('a missing value goes to the side whose rows are like it', () => {
  const rows = [[0], [1], [2], [3], [Number.NaN], [Number.NaN]];
  const tree = fitRegressionTree(rows, [5, 5, 1, 1, 5, 5], { depth: 1, leafRows: 1 });
  expect(tree).toMatchObject({ threshold: 1.5, missing: 'below' });
  expect(predictRegressionTree(tree, [Number.NaN])).toBe(5);
});

test('no leaf is smaller than asked, and noise alone is split no deeper than allowed', () => {
  const random = seededUniform(3);
  const rows = Array.from({ length: 500 }, () => [random(), random()]);
  const tree = fitRegressionTree(
    rows,
    rows.map(() => random()),
    { depth: 4, leafRows: 50 },
  );
  const leaves = (node: typeof tree, depth = 0): { rows: number; depth: number }[] =>
    node.kind === 'leaf'
      ? [{ rows: node.rows, depth }]
      : [...leaves(node.below, depth + 1), ...leaves(node.above, depth + 1)];
  const all = leaves(tree);
  expect(all.reduce((sum, leaf) => sum + leaf.rows, 0)).toBe(500);
  expect(Math.min(...all.map((leaf) => leaf.rows))).toBeGreaterThanOrEqual(50);
  expect(Math.max(...all.map((leaf) => leaf.depth))).toBeLessThanOrEqual(4);
});

test('a step function of two columns is found again', () => {
  const random = seededUniform(4);
  const truth = ([a = 0, b = 0]: number[]): number => (a > 0.5 ? 10 : b > 0.25 ? 4 : 1);
  const rows = Array.from({ length: 4_000 }, () => [random(), random()]);
  const tree = fitRegressionTree(rows, rows.map(truth), { depth: 2, cuts: 400 });
  const fresh = Array.from({ length: 1_000 }, () => [random(), random()]);
  const wrong = fresh.filter((row) => Math.abs(predictRegressionTree(tree, row) - truth(row)) > 0.5);
  expect(wrong.length).toBeLessThan(20);
});
