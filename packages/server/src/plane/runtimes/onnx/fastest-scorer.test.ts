import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { logisticModel } from '../../testing/onnx-fixture.ts';
import { treesModel, type TreesOptions } from '../../testing/trees-fixture.ts';
import { aboveAll } from '../trees/float32-order.ts';
import { probeRows } from '../trees/probe-rows.ts';
import { nodeSize, type TreeEnsemble } from '../trees/tree-ensemble.ts';
import { TreeScorer } from '../trees/tree-scorer.ts';
import { fastestScorer } from './fastest-scorer.ts';
import { OnnxSession, type Scorer } from './onnx-session.ts';
import { readTreeEnsemble } from './read-tree-ensemble.ts';

const rows = 2_000;
const boosted: TreesOptions = {
  columns: 7,
  trees: 30,
  operator: 'classifier',
  sign: 'mixed',
  ids: [0],
  base: 0.25,
  mode: 'BRANCH_LEQ',
  transform: 'LOGISTIC',
};
const regressor: TreesOptions = { ...boosted, operator: 'regressor', transform: 'NONE' };

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'mulle-trees-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

async function open(bytes: Uint8Array, columns: number): Promise<{ path: string; session: OnnxSession }> {
  const path = join(folder, 'model.onnx');
  await writeFile(path, bytes);
  return { path, session: await OnnxSession.load(path, columns) };
}

async function scoresOf(scorer: Scorer, values: Float32Array): Promise<Float32Array> {
  const scores = new Float32Array(rows);
  await scorer.score(rows, values, scores);
  return scores;
}

describe('trees answer as ONNX Runtime does, on their thresholds, beside them, and to what is missing or infinite', () => {
  const models: Record<string, TreesOptions> = {
    'boosted, log odds': boosted,
    'boosted, < as XGBoost writes it': { ...boosted, mode: 'BRANCH_LT', ids: [1], base: null },
    'boosted, 31 trees, which are no whole groups': { ...boosted, trees: 31 },
    'a forest that weighs both classes': { ...boosted, ids: [0, 1], sign: 'positive', base: null, transform: 'NONE' },
    'one tree': { ...boosted, trees: 1 },
    'a regressor': regressor,
    'a regressor of < without base': { ...regressor, mode: 'BRANCH_LT', base: null },
    'a mean': { ...regressor, aggregate: 'AVERAGE' },
  };

  test.each(Object.entries(models))('%s', async (_, options) => {
    for (const seed of [1, 2, 3]) {
      const bytes = treesModel(options, seed);
      const { session } = await open(bytes, options.columns);
      const ensemble = readTreeEnsemble(bytes, options.columns, session.output);
      if (ensemble === undefined) throw new Error('The trees were not read.');
      const values = probeRows(ensemble, rows, seed);
      const [expected, actual] = [await scoresOf(session, values), await scoresOf(new TreeScorer(ensemble), values)];
      expect(new Set(expected).size).toBeGreaterThan(options.trees === 1 ? 2 : 100);
      // One digit of float32 at 1: the two exponentials are rounded apart at times.
      const tolerance = ensemble.transform === 'logistic' ? 2 ** -23 : 0;
      const apart = Array.from(expected, (score, row) => Math.abs(score - (actual[row] ?? NaN)));
      expect(Math.max(...apart)).toBeLessThanOrEqual(tolerance);
    }
  });

  test('probes tell trees apart whose one threshold differs by the least step', async () => {
    const bytes = treesModel({ ...regressor, trees: 8 }, 4);
    const { session } = await open(bytes, regressor.columns);
    const ensemble = readTreeEnsemble(bytes, regressor.columns, session.output);
    if (ensemble === undefined) throw new Error('The trees were not read.');
    const expected = await scoresOf(session, probeRows(ensemble, rows, 1));
    const root: TreeEnsemble = { ...ensemble, nodes: Int32Array.from(ensemble.nodes) };
    const at = ensemble.nodes.findIndex((order, index) => index % nodeSize === 1 && order !== aboveAll);
    root.nodes[at] = (root.nodes[at] ?? 0) + 1;
    expect(await scoresOf(new TreeScorer(root), probeRows(ensemble, rows, 1))).not.toEqual(expected);
  });
});

describe('what is not of that shape stays with ONNX Runtime', () => {
  const models: Record<string, TreesOptions> = {
    'splits by >': { ...boosted, mode: 'BRANCH_GT' },
    'no negative weight': { ...boosted, sign: 'positive' },
    softmax: { ...boosted, ids: [0, 1], base: null, transform: 'SOFTMAX' },
    'the least of the trees': { ...regressor, aggregate: 'MIN' },
    'two targets': { ...regressor, ids: [0, 1], base: null },
  };

  test.each(Object.entries(models))('%s', async (_, options) => {
    const { path, session } = await open(treesModel(options, 1), options.columns);
    expect(await fastestScorer(path, session)).toBe(session);
  });

  test('a logistic regression', async () => {
    const { path, session } = await open(logisticModel([1, -1], 0), 2);
    expect(await fastestScorer(path, session)).toBe(session);
  });

  test.each([
    ['a node that is its own descendant', 'nodes_truenodeids'],
    ['a column that rows do not have', 'nodes_featureids'],
  ])('%s is not read', (_, attribute) => {
    const bytes = treesModel(boosted, 1);
    const at = bytes.indexOf(attribute) + attribute.length;
    const damaged = Buffer.from(bytes);
    // Integers come packed one byte each where they are small: after tag and length, the first is the root's.
    const first = damaged.indexOf(1, at + 4);
    damaged[first] = attribute === 'nodes_featureids' ? 99 : 0;
    expect(readTreeEnsemble(damaged, boosted.columns, 'probabilities')).toBeUndefined();
  });
});

test('whoever scores, the answers are those of ONNX Runtime', async () => {
  const bytes = treesModel(boosted, 9);
  const { path, session } = await open(bytes, boosted.columns);
  const scorer = await fastestScorer(path, session);
  const ensemble = readTreeEnsemble(bytes, boosted.columns, session.output);
  if (ensemble === undefined) throw new Error('The trees were not read.');
  const values = probeRows(ensemble, rows, 10);
  const expected = await scoresOf(session, values);
  (await scoresOf(scorer, values)).forEach((score, row) => expect(score).toBeCloseTo(expected[row] ?? NaN, 6));
});
