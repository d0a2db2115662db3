import type { Objective } from './objective.ts';
import { missingBin } from './quantile-bins.ts';

/**
 * Trees as parallel arrays. Node 0 is the root; `feature` is −1 at a leaf; the right child is `left + 1`.
 * A row goes left when bin ≤ `bin`, or when it is missing and `missingLeft` is 1.
 * Values are float32-representable, as ONNX stores them.
 */
export interface BinnedTree {
  readonly feature: Int32Array;
  readonly bin: Int32Array;
  readonly missingLeft: Uint8Array;
  readonly left: Int32Array;
  readonly value: Float32Array;
}

/** A tree over raw values: left when x ≤ `threshold`, or when x is NaN and `missingLeft` is 1. */
export interface Tree {
  readonly feature: Int32Array;
  readonly threshold: Float32Array;
  readonly missingLeft: Uint8Array;
  readonly left: Int32Array;
  readonly value: Float32Array;
}

/** A sum of trees from `base`: log odds of class 1, or the value itself under squared error. */
export interface BoostedTrees {
  readonly objective: Objective;
  readonly features: readonly string[];
  readonly base: number;
  readonly trees: readonly Tree[];
}

/** The first `nodes` nodes of a grown tree, with the bins turned into the thresholds they stand for. */
export function freezeTree(
  tree: BinnedTree,
  nodes: number,
  thresholdOf: (feature: number, bin: number) => number,
): Tree {
  const threshold = new Float32Array(nodes);
  for (let node = 0; node < nodes; node++) {
    const feature = tree.feature[node] ?? -1;
    if (feature >= 0) threshold[node] = thresholdOf(feature, tree.bin[node] ?? 0);
  }
  return {
    feature: Int32Array.from(tree.feature.subarray(0, nodes)),
    threshold,
    missingLeft: Uint8Array.from(tree.missingLeft.subarray(0, nodes)),
    left: Int32Array.from(tree.left.subarray(0, nodes)),
    value: Float32Array.from(tree.value.subarray(0, nodes)),
  };
}

/** Adds the tree's value to `scores[row]` for the rows from `from` to `until`, whose bins lie row by row. */
export function addBinnedTree(
  tree: BinnedTree,
  bins: Uint8Array,
  stride: number,
  scores: Float64Array,
  from: number,
  until: number,
): void {
  const { feature, bin, missingLeft, left, value } = tree;
  for (let row = from; row < until; row++) {
    const base = row * stride;
    let node = 0;
    for (let f = feature[0] ?? -1; f >= 0; f = feature[node] ?? -1) {
      const b = bins[base + f] ?? missingBin;
      const goesLeft = b === missingBin ? missingLeft[node] === 1 : b <= (bin[node] ?? 0);
      node = (left[node] ?? 0) + (goesLeft ? 0 : 1);
    }
    scores[row] = (scores[row] ?? 0) + (value[node] ?? 0);
  }
}

const predictedRows = 256;

/** Sum over trees for every row, from `base`; in blocks, so that a block's values stay in cache through all trees. */
export function sumTrees(
  trees: readonly Tree[],
  columns: readonly Float32Array[],
  rows: number,
  base: number,
): Float64Array {
  const scores = new Float64Array(rows).fill(base);
  const width = columns.length;
  const block = new Float32Array(predictedRows * width);
  for (let from = 0; from < rows; from += predictedRows) {
    const until = Math.min(rows, from + predictedRows);
    columns.forEach((column, f) => {
      for (let row = from, at = f; row < until; row++, at += width) block[at] = column[row] ?? NaN;
    });
    for (const tree of trees) addTree(tree, block, width, scores, from, until);
  }
  return scores;
}

function addTree(
  { feature, threshold, missingLeft, left, value }: Tree,
  block: Float32Array,
  width: number,
  scores: Float64Array,
  from: number,
  until: number,
): void {
  for (let row = from, base = 0; row < until; row++, base += width) {
    let node = 0;
    for (let f = feature[0] ?? -1; f >= 0; f = feature[node] ?? -1) {
      const x = block[base + f] ?? NaN;
      const goesLeft = x <= (threshold[node] ?? 0) || (missingLeft[node] === 1 && Number.isNaN(x));
      node = (left[node] ?? 0) + (goesLeft ? 0 : 1);
    }
    scores[row] = (scores[row] ?? 0) + (value[node] ?? 0);
  }
}
