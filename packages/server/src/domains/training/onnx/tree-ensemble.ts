import type { BoostedTrees, Tree } from '../boosting/tree.ts';
import { classifierOutputs, encodeOnnx, type Attribute } from './onnx-model.ts';

/**
 * Boosted trees as TreeEnsembleClassifier (outputs `label`, `probabilities`) or, under squared error, as
 * TreeEnsembleRegressor (output `value` [rows, 1]).
 */
export function treeEnsembleOnnx({ objective, features, trees, base }: BoostedTrees): Uint8Array {
  if (objective === 'squared-error') {
    const attributes: Attribute[] = [
      ...nodeAttributes(trees),
      ...leafAttributes(trees, 'target'),
      { name: 'n_targets', int: 1 },
      { name: 'base_values', floats: [base] },
      { name: 'aggregate_function', string: 'SUM' },
      { name: 'post_transform', string: 'NONE' },
    ];
    const operator = { type: 'TreeEnsembleRegressor', inputs: ['input'], outputs: ['value'], attributes };
    return encodeOnnx(features, [operator], [{ name: 'value', type: 'float32', columns: 1 }]);
  }
  const signed = withNegativeLeaf(trees, base);
  const attributes: Attribute[] = [
    ...nodeAttributes(signed.trees),
    ...leafAttributes(signed.trees, 'class'),
    { name: 'classlabels_int64s', ints: [0, 1] },
    { name: 'base_values', floats: [signed.base] },
    { name: 'post_transform', string: 'LOGISTIC' },
  ];
  const outputs = classifierOutputs.map(({ name }) => name);
  return encodeOnnx(
    features,
    [{ type: 'TreeEnsembleClassifier', inputs: ['input'], outputs, attributes }],
    classifierOutputs,
  );
}

/**
 * With one class id and no negative weight, runtimes read the sums of a binary TreeEnsembleClassifier as probabilities
 * and leave the post-transform out. A single-leaf tree of −1, made up for in the base, rules that out.
 */
function withNegativeLeaf(trees: readonly Tree[], base: number): { trees: readonly Tree[]; base: number } {
  const negative = trees.some(({ feature, value }) => value.some((v, node) => v < 0 && feature[node] === -1));
  return negative ? { trees, base } : { trees: [...trees, singleLeaf(-1)], base: base + 1 };
}

/** A tree that answers the same to every row. */
export function singleLeaf(value: number): Tree {
  return {
    feature: Int32Array.of(-1),
    threshold: Float32Array.of(0),
    missingLeft: Uint8Array.of(0),
    left: Int32Array.of(0),
    value: Float32Array.of(value),
  };
}

function nodeAttributes(trees: readonly Tree[]): Attribute[] {
  const perNode = (read: (tree: Tree, node: number, index: number) => number): number[] =>
    trees.flatMap((tree, index) => Array.from(tree.feature, (_, node) => read(tree, node, index)));
  const perSplit = (read: (tree: Tree, node: number) => number | undefined): number[] =>
    perNode((tree, node) => (tree.feature[node] === -1 ? 0 : (read(tree, node) ?? 0)));
  const modes = trees.flatMap((tree) => Array.from(tree.feature, (f) => (f === -1 ? 'LEAF' : 'BRANCH_LEQ')));
  return [
    { name: 'nodes_treeids', ints: perNode((_tree, _node, index) => index) },
    { name: 'nodes_nodeids', ints: perNode((_tree, node) => node) },
    { name: 'nodes_featureids', ints: perSplit((tree, node) => tree.feature[node]) },
    { name: 'nodes_modes', strings: modes },
    { name: 'nodes_values', floats: perSplit((tree, node) => tree.threshold[node]) },
    { name: 'nodes_truenodeids', ints: perSplit((tree, node) => tree.left[node]) },
    { name: 'nodes_falsenodeids', ints: perSplit((tree, node) => (tree.left[node] ?? 0) + 1) },
    { name: 'nodes_missing_value_tracks_true', ints: perSplit((tree, node) => tree.missingLeft[node]) },
  ];
}

function leafAttributes(trees: readonly Tree[], kind: 'class' | 'target'): Attribute[] {
  const leaves = trees.flatMap(({ feature, value }, tree) =>
    Array.from(feature, (f, node) => ({ f, tree, node, value: value[node] ?? 0 })).filter(({ f }) => f === -1),
  );
  return [
    { name: `${kind}_treeids`, ints: leaves.map(({ tree }) => tree) },
    { name: `${kind}_nodeids`, ints: leaves.map(({ node }) => node) },
    { name: `${kind}_ids`, ints: leaves.map(() => 0) },
    { name: `${kind}_weights`, floats: leaves.map(({ value }) => value) },
  ];
}
