import { commands, type Crew } from './crew.ts';
import { histogramBytes, mergeHistograms, subtractHistogram, type Histogram } from './histogram.ts';
import { sharedHistogram, splitFields, type SharedTraining } from './shared-training.ts';
import { findSplit, type NodeSums, type Split, type SplitRules } from './split-search.ts';

export interface GrowthRules extends SplitRules {
  readonly maxDepth: number;
  readonly maxLeaves: number;
  readonly learningRate: number;
}

/** A leaf that could be split: its histogram is kept until it is, or until the tree is done. */
interface Frontier {
  readonly node: number;
  readonly depth: number;
  readonly histogram: Histogram;
  readonly split: Split;
}

const splitBatchBytes = 64 * 1024 * 1024;
const largestSplitBatch = 64;

/** How many splits one command to the threads may carry, so that their histograms stay within 64 MB a thread. */
export function splitBatch(width: number): number {
  return Math.max(1, Math.min(largestSplitBatch, Math.floor(splitBatchBytes / histogramBytes(width))));
}

/**
 * Grows level by level, many splits to a command; with fewer leaves allowed than the depth has room for, the split of
 * largest gain goes first, one at a time.
 */
export class TreeGrower {
  readonly #shared: SharedTraining;
  readonly #crew: Crew;
  readonly #rules: GrowthRules;
  readonly #batchSize: number;
  readonly #binCounts: Int32Array;
  readonly #pool: Histogram[] = [];

  constructor(shared: SharedTraining, crew: Crew, rules: GrowthRules) {
    this.#shared = shared;
    this.#crew = crew;
    this.#rules = rules;
    this.#batchSize = rules.maxLeaves < 2 ** rules.maxDepth ? 1 : splitBatch(shared.width);
    this.#binCounts = shared.thresholdCounts.map((count) => count + 1);
  }

  /** Grows the tree of one iteration into `shared.tree` from the gradients that lie there; returns its node count. */
  grow(iteration: number, features: readonly number[]): number {
    this.#crew.run(commands.plant, iteration);
    const histogram = this.#gather(0);
    const sums = rootSums(histogram);
    this.#setLeaf(0, sums);
    let frontier = this.#candidate(0, 0, histogram, sums, features);
    let nodes = 1;
    while (frontier.length > 0 && (nodes + 1) / 2 < this.#rules.maxLeaves) {
      if (this.#batchSize === 1) frontier.sort((a, b) => b.split.gain - a.split.gain || a.node - b.node);
      const batch = frontier.splice(0, this.#batchSize);
      const slots = batch.map((leaf, i) => this.#order(leaf, nodes + 2 * i, i));
      nodes += 2 * batch.length;
      this.#crew.run(commands.split, batch.length);
      frontier = [...frontier, ...batch.flatMap((parent, i) => this.#children(parent, slots[i] ?? -1, features))];
    }
    this.#pool.push(...frontier.map((leaf) => leaf.histogram));
    return nodes;
  }

  /** Writes a split into the tree, its children from node `left` on, and the i-th order to the threads. */
  #order({ node, depth, split }: Frontier, left: number, i: number): number {
    const { tree, splits } = this.#shared;
    tree.feature[node] = split.feature;
    tree.bin[node] = split.bin;
    tree.missingLeft[node] = split.missingLeft ? 1 : 0;
    tree.left[node] = left;
    this.#setLeaf(left, split.left);
    this.#setLeaf(left + 1, split.right);
    const slot = this.#splittable(split.left, depth + 1) || this.#splittable(split.right, depth + 1) ? i : -1;
    splits.set([node, split.left.count <= split.right.count ? 0 : 1, slot], i * splitFields);
    return slot;
  }

  /** The children of a split leaf that can be split in turn. The parent's histogram becomes the larger child's. */
  #children({ node, depth, histogram, split }: Frontier, slot: number, features: readonly number[]): Frontier[] {
    if (slot < 0) {
      this.#pool.push(histogram);
      return [];
    }
    const small = this.#gather(slot);
    subtractHistogram(histogram, small);
    const left = this.#shared.tree.left[node] ?? 0;
    const leftIsSmall = split.left.count <= split.right.count;
    return [
      ...this.#candidate(left, depth + 1, leftIsSmall ? small : histogram, split.left, features),
      ...this.#candidate(left + 1, depth + 1, leftIsSmall ? histogram : small, split.right, features),
    ];
  }

  #candidate(
    node: number,
    depth: number,
    histogram: Histogram,
    sums: NodeSums,
    features: readonly number[],
  ): Frontier[] {
    const split = this.#splittable(sums, depth)
      ? findSplit(histogram, features, this.#binCounts, sums, this.#rules)
      : null;
    if (split !== null) return [{ node, depth, histogram, split }];
    this.#pool.push(histogram);
    return [];
  }

  #gather(slot: number): Histogram {
    const target = this.#pool.pop() ?? sharedHistogram(this.#shared.width);
    mergeHistograms(
      target,
      this.#shared.histograms.flatMap((slots) => slots[slot] ?? []),
    );
    return target;
  }

  #setLeaf(node: number, { gradient, hessian }: NodeSums): void {
    const { tree } = this.#shared;
    const denominator = hessian + this.#rules.l2;
    tree.feature[node] = -1;
    tree.value[node] = denominator > 0 ? (-this.#rules.learningRate * gradient) / denominator : 0;
  }

  #splittable({ count, hessian }: NodeSums, depth: number): boolean {
    const { maxDepth, minSamplesLeaf, minHessianLeaf } = this.#rules;
    return depth < maxDepth && count >= 2 * minSamplesLeaf && hessian >= 2 * minHessianLeaf;
  }
}

/** Every row is in exactly one bin of the first feature. */
function rootSums({ pairs, counts }: Histogram): NodeSums {
  let gradient = 0;
  let hessian = 0;
  let count = 0;
  for (let bin = 0; bin < 256; bin++) {
    gradient += pairs[2 * bin] ?? 0;
    hessian += pairs[2 * bin + 1] ?? 0;
    count += counts[bin] ?? 0;
  }
  return { gradient, hessian, count };
}
