import { orderOf } from '../trees/float32-order.ts';
import { flattenTrees, type Finish, type TreeEnsemble, type TreeNode } from '../trees/tree-ensemble.ts';
import { readOnlyOperator, type Attributes } from './read-operator.ts';

/**
 * The trees of a model that is one TreeEnsembleClassifier of two classes or one TreeEnsembleRegressor of one target, with
 * splits by ≤ or <; what `output` [rows, 1 or 2] says of a row is the ensemble's score. Undefined for every other model.
 * Semantics: the operators of ai.onnx.ml 1 and 3, and where those leave it open, what ONNX Runtime does.
 */
export function readTreeEnsemble(bytes: Buffer, columns: number, output: string): TreeEnsemble | undefined {
  const operator = readOnlyOperator(bytes);
  const isClassifier = operator?.type === 'TreeEnsembleClassifier';
  if (operator?.domain !== 'ai.onnx.ml' || (!isClassifier && operator.type !== 'TreeEnsembleRegressor'))
    return undefined;
  const { attributes, outputs } = operator;
  if (attributes.hasTensors || outputs[isClassifier ? 1 : 0] !== output) return undefined;
  const leaves = isClassifier ? classifierLeaves(attributes) : regressorLeaves(attributes);
  const trees = leaves && readTrees(attributes, leaves.values);
  return trees && flattenTrees(trees, columns, leaves.finish);
}

interface Leaves {
  /** By `nodeKey`. */
  readonly values: ReadonlyMap<number, number>;
  readonly finish: Finish;
}

/** Of what is no tree or node, NaN, which no leaf has. */
function nodeKey(tree = Number.NaN, node = Number.NaN): number {
  return tree * 2 ** 26 + node;
}

/** The weights of the leaves for one class or target id; undefined where a leaf has two of them. */
function weightsOf(attributes: Attributes, kind: 'class' | 'target', id: number): Map<number, number> | undefined {
  const trees = attributes.integers(`${kind}_treeids`);
  const nodes = attributes.integers(`${kind}_nodeids`);
  const weights = attributes.floats(`${kind}_weights`);
  const values = new Map<number, number>();
  for (const [index, own] of attributes.integers(`${kind}_ids`).entries()) {
    const key = nodeKey(trees[index], nodes[index]);
    if (own !== id) continue;
    if (values.has(key)) return undefined;
    values.set(key, weights[index] ?? 0);
  }
  return values;
}

/**
 * Two classes. Where all weights are of one class id and one of them is negative, their sum is the log odds. (Without a
 * negative one ONNX Runtime takes it for a probability, whatever the post-transform: left to it.) Where each leaf weighs
 * both classes, as in forests, those of class 1 are its probability.
 */
function classifierLeaves(attributes: Attributes): Leaves | undefined {
  const labels = attributes.integers('classlabels_int64s').length + attributes.texts('classlabels_strings').length;
  const ids = new Set(attributes.integers('class_ids'));
  const bases = attributes.floats('base_values');
  const transform = attributes.texts('post_transform')[0] ?? 'NONE';
  if (labels !== 2) return undefined;
  if (ids.size === 1) {
    const [id = 0] = ids;
    const values = weightsOf(attributes, 'class', id);
    const isSigned = attributes.floats('class_weights').some((weight) => weight < 0);
    if (!isSigned || transform !== 'LOGISTIC' || bases.length > 1) return undefined;
    return values && { values, finish: { base: bases[0] ?? 0, isMean: false, transform: 'logistic' } };
  }
  const values = weightsOf(attributes, 'class', 1);
  const others = weightsOf(attributes, 'class', 0);
  if (ids.size !== 2 || transform !== 'NONE' || bases.length > 0 || values?.size !== others?.size) return undefined;
  return values && { values, finish: { base: 0, isMean: false, transform: 'identity' } };
}

function regressorLeaves(attributes: Attributes): Leaves | undefined {
  const values = weightsOf(attributes, 'target', 0);
  const aggregate = attributes.texts('aggregate_function')[0] ?? 'SUM';
  const bases = attributes.floats('base_values');
  const isPlain = (attributes.texts('post_transform')[0] ?? 'NONE') === 'NONE' && bases.length <= 1;
  const isSum = aggregate === 'SUM' || aggregate === 'AVERAGE';
  if (values === undefined || !isPlain || !isSum || (attributes.integers('n_targets')[0] ?? 1) !== 1) return undefined;
  return { values, finish: { base: bases[0] ?? 0, isMean: aggregate === 'AVERAGE', transform: 'identity' } };
}

/** Trees in the order of their nodes, the first of each its root. */
function readTrees(attributes: Attributes, leaves: ReadonlyMap<number, number>): TreeNode[][] | undefined {
  const treeIds = attributes.integers('nodes_treeids');
  const nodeIds = attributes.integers('nodes_nodeids');
  const columns = attributes.integers('nodes_featureids');
  const thresholds = attributes.floats('nodes_values');
  const whenTrue = attributes.integers('nodes_truenodeids');
  const whenFalse = attributes.integers('nodes_falsenodeids');
  const missingTrue = attributes.integers('nodes_missing_value_tracks_true');
  const modes = attributes.texts('nodes_modes');
  const starts = treeIds.flatMap((tree, index) => (tree === treeIds[index - 1] ? [] : [index]));
  if (new Set(treeIds).size !== starts.length) return undefined;
  const trees: TreeNode[][] = [];
  for (const [index, start] of starts.entries()) {
    const end = starts[index + 1] ?? treeIds.length;
    const places = new Map(nodeIds.slice(start, end).map((id, place) => [id, place]));
    const tree: TreeNode[] = [];
    for (let at = start; at < end; at++) {
      const mode = modes[at];
      const value = leaves.get(nodeKey(treeIds[at], nodeIds[at]));
      const threshold = thresholds[at] ?? Number.NaN;
      if (mode === 'LEAF' && value !== undefined) tree.push({ kind: 'leaf', value });
      else if ((mode === 'BRANCH_LEQ' || mode === 'BRANCH_LT') && !Number.isNaN(threshold)) {
        tree.push({
          kind: 'split',
          column: columns[at] ?? -1,
          order: mode === 'BRANCH_LEQ' ? orderOf(threshold) : orderOf(threshold) - 1,
          missingGoesLeft: missingTrue[at] === 1,
          left: places.get(whenTrue[at] ?? -1) ?? -1,
          right: places.get(whenFalse[at] ?? -1) ?? -1,
        });
      } else return undefined;
    }
    trees.push(tree);
  }
  return trees;
}
