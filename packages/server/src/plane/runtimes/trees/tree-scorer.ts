import { flipNegative } from './float32-order.ts';
import { groupSize, type TreeEnsemble } from './tree-ensemble.ts';

/**
 * Scores rows by a tree ensemble with the float32 arithmetic of ONNX Runtime, in its order: sums come out bit for bit the
 * same, probabilities to the last digit of float32.
 */
export class TreeScorer {
  readonly #ensemble: TreeEnsemble;
  readonly #leaves: Float32Array;
  /** A row, slot by slot: as float32, and in place as their order. */
  readonly #slots: Float32Array;
  readonly #orders: Int32Array;

  constructor(ensemble: TreeEnsemble) {
    const { nodes, slotColumns } = ensemble;
    this.#ensemble = ensemble;
    this.#leaves = new Float32Array(nodes.buffer, nodes.byteOffset, nodes.length);
    // One slot at the least, which leaves compare with.
    this.#slots = new Float32Array(Math.max(1, slotColumns.length));
    this.#orders = new Int32Array(this.#slots.buffer);
  }

  /** Fills `scores` for `rows` rows of the ensemble's columns. */
  score(rows: number, values: Float32Array, scores: Float32Array): void {
    const { columns, trees, isMean, base, transform } = this.#ensemble;
    for (let row = 0; row < rows; row++) {
      this.#take(values, row * columns);
      const sum = this.#sum();
      const score = Math.fround((isMean ? Math.fround(sum / trees) : sum) + base);
      scores[row] = transform === 'logistic' ? logistic(score) : score;
    }
  }

  #take(values: Float32Array, from: number): void {
    const { slotColumns, slotMissing } = this.#ensemble;
    for (let slot = 0; slot < slotColumns.length; slot++) {
      const value = values[from + (slotColumns[slot] ?? 0)] ?? Number.NaN;
      this.#slots[slot] = value + 0;
      this.#orders[slot] = Number.isNaN(value) ? (slotMissing[slot] ?? 0) : flipNegative(this.#orders[slot] ?? 0);
    }
  }

  #sum(): number {
    const { nodes, roots, steps } = this.#ensemble;
    const leaves = this.#leaves;
    const orders = this.#orders;
    let sum = 0;
    for (let group = 0, tree = 0; group < steps.length; group++, tree += groupSize) {
      let a = roots[tree] ?? 0;
      let b = roots[tree + 1] ?? 0;
      let c = roots[tree + 2] ?? 0;
      let d = roots[tree + 3] ?? 0;
      for (let left = steps[group] ?? 0; left > 0; left--) {
        a = child(nodes, orders, a);
        b = child(nodes, orders, b);
        c = child(nodes, orders, c);
        d = child(nodes, orders, d);
      }
      sum = Math.fround(sum + (leaves[a + 3] ?? 0));
      sum = Math.fround(sum + (leaves[b + 3] ?? 0));
      sum = Math.fround(sum + (leaves[c + 3] ?? 0));
      sum = Math.fround(sum + (leaves[d + 3] ?? 0));
    }
    return sum;
  }
}

/** Offset of the child that the row goes to. The comparison is made a number, not a branch, which would often be mispredicted. */
function child(nodes: Int32Array, orders: Int32Array, at: number): number {
  const goesRight = (orders[nodes[at] ?? 0] ?? 0) > (nodes[at + 1] ?? 0);
  return (nodes[at + 2] ?? 0) + (Number(goesRight) << 2);
}

/** 1 / (1 + exp(−x)) as ONNX Runtime has it: of |x|, and from 1 for negative ones. */
function logistic(x: number): number {
  const positive = Math.fround(1 / Math.fround(1 + Math.fround(Math.exp(-Math.abs(x)))));
  return x < 0 ? Math.fround(1 - positive) : positive;
}
