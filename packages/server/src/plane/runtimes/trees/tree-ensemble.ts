import { aboveAll, belowAll } from './float32-order.ts';

/** A node of a tree: a leaf, or a split whose left child takes the values up to `order` (see float32-order). */
export type TreeNode =
  | { readonly kind: 'leaf'; readonly value: number }
  | {
      readonly kind: 'split';
      readonly column: number;
      readonly order: number;
      readonly missingGoesLeft: boolean;
      /** Indices in the tree. */
      readonly left: number;
      readonly right: number;
    };

/** What becomes of the sum of the leaves. */
export interface Finish {
  readonly base: number;
  /** The mean over the trees in place of their sum. */
  readonly isMean: boolean;
  readonly transform: 'identity' | 'logistic';
}

/** Trees evaluated together, for their steps do not wait for each other. */
export const groupSize = 4;
/** Integers of a node: slot, order, offset of its left child (the right one follows), and the bits of a leaf's value. */
export const nodeSize = 4;

/**
 * Trees as flat arrays, laid out so that a step down is free of branches: a leaf is its own left child and no value is
 * above it, so that each tree of a group takes as many steps as the deepest. A column where missing values go left in
 * some nodes and right in others has two slots.
 */
export interface TreeEnsemble extends Finish {
  readonly columns: number;
  readonly trees: number;
  readonly nodes: Int32Array;
  /** Offsets of the roots, filled up to whole groups with trees of one leaf of 0. */
  readonly roots: Int32Array;
  /** Steps of each group. */
  readonly steps: Int32Array;
  /** The column that each slot holds, and the order that NaN has in it. */
  readonly slotColumns: Int32Array;
  readonly slotMissing: Int32Array;
}

/** Undefined where `trees` are none: a node out of bounds, with two parents, or a column that the rows do not have. */
export function flattenTrees(
  trees: readonly (readonly TreeNode[])[],
  columns: number,
  finish: Finish,
): TreeEnsemble | undefined {
  const padding = (groupSize - (trees.length % groupSize)) % groupSize;
  const padded = [...trees, ...Array.from({ length: padding }, (): TreeNode[] => [{ kind: 'leaf', value: 0 }])];
  const slots = new Slots(columns);
  const nodes = new Int32Array(padded.reduce((sum, { length }) => sum + length, 0) * nodeSize);
  const values = new Float32Array(nodes.buffer);
  const roots = new Int32Array(padded.length);
  const steps = new Int32Array(padded.length / groupSize);
  let end = 0;
  for (const [index, tree] of padded.entries()) {
    roots[index] = end;
    // Breadth first, so that siblings lie side by side.
    const order = [0];
    const depths = [0];
    for (let at = 0; at < order.length; at++) {
      const offset = (roots[index] ?? 0) + at * nodeSize;
      const node = tree[order[at] ?? -1];
      const depth = depths[at] ?? 0;
      if (node === undefined || order.length > tree.length) return undefined;
      if (node.kind === 'leaf') {
        nodes.set([0, aboveAll, offset], offset);
        values[offset + 3] = node.value;
      } else {
        const slot = slots.of(node.column, node.missingGoesLeft);
        if (slot === undefined) return undefined;
        nodes.set([slot, node.order, (roots[index] ?? 0) + order.length * nodeSize], offset);
        order.push(node.left, node.right);
        depths.push(depth + 1, depth + 1);
      }
      const group = Math.floor(index / groupSize);
      steps[group] = Math.max(steps[group] ?? 0, depth);
    }
    end += order.length * nodeSize;
  }
  return { ...finish, columns, trees: trees.length, nodes: nodes.subarray(0, end), roots, steps, ...slots.arrays() };
}

class Slots {
  readonly #columns: number;
  readonly #slots = new Map<number, number>();

  constructor(columns: number) {
    this.#columns = columns;
  }

  of(column: number, missingGoesLeft: boolean): number | undefined {
    if (!Number.isInteger(column) || column < 0 || column >= this.#columns) return undefined;
    const key = 2 * column + Number(missingGoesLeft);
    const slot = this.#slots.get(key) ?? this.#slots.size;
    this.#slots.set(key, slot);
    return slot;
  }

  arrays(): Pick<TreeEnsemble, 'slotColumns' | 'slotMissing'> {
    const keys = [...this.#slots.keys()];
    return {
      slotColumns: Int32Array.from(keys, (key) => key >> 1),
      slotMissing: Int32Array.from(keys, (key) => (key % 2 === 1 ? belowAll : aboveAll)),
    };
  }
}
