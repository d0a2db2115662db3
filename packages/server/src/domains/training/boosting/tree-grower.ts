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

export interface TreeGrower {
  /** Grows the tree of one iteration into `shared.tree` from the gradients that lie there; returns its node count. */
  grow(iteration: number, features: readonly number[]): number;
}

/**
 * Grows level by level, many splits to a command; with fewer leaves allowed than the depth has room for, the split of
 * largest gain goes first, one at a time.
 */
export function createTreeGrower(shared: SharedTraining, crew: Crew, rules: GrowthRules): TreeGrower {
  const { tree } = shared;
  const batchSize = rules.maxLeaves < 2 ** rules.maxDepth ? 1 : splitBatch(shared.width);
  const pool: Histogram[] = [];
  const binCounts = shared.thresholdCounts.map((count) => count + 1);

  const gather = (slot: number): Histogram => {
    const target = pool.pop() ?? sharedHistogram(shared.width);
    const parts = shared.histograms.flatMap((slots) => slots[slot] ?? []);
    mergeHistograms(target, parts);
    return target;
  };
  const setLeaf = (node: number, { gradient, hessian }: NodeSums): void => {
    tree.feature[node] = -1;
    const denominator = hessian + rules.l2;
    tree.value[node] = denominator > 0 ? (-rules.learningRate * gradient) / denominator : 0;
  };
  const setSplit = (node: number, split: Split, left: number): void => {
    tree.feature[node] = split.feature;
    tree.bin[node] = split.bin;
    tree.missingLeft[node] = split.missingLeft ? 1 : 0;
    tree.left[node] = left;
    tree.value[node] = 0;
    setLeaf(left, split.left);
    setLeaf(left + 1, split.right);
  };
  const splittable = (sums: NodeSums, depth: number): boolean =>
    depth < rules.maxDepth && sums.count >= 2 * rules.minSamplesLeaf && sums.hessian >= 2 * rules.minHessianLeaf;

  /** The children of a split leaf that can be split in turn. */
  const nextFrontier = (parent: Frontier, slot: number, features: readonly number[]): Frontier[] => {
    if (slot < 0) {
      pool.push(parent.histogram);
      return [];
    }
    const { split, depth, histogram } = parent;
    const left = tree.left[parent.node] ?? 0;
    const small = gather(slot);
    subtractHistogram(histogram, small);
    const leftIsSmall = split.left.count <= split.right.count;
    const children = [
      { node: left, sums: split.left, histogram: leftIsSmall ? small : histogram },
      { node: left + 1, sums: split.right, histogram: leftIsSmall ? histogram : small },
    ];
    return children.flatMap((child) => {
      const found = splittable(child.sums, depth + 1)
        ? findSplit(child.histogram, features, binCounts, child.sums, rules)
        : null;
      if (found === null) pool.push(child.histogram);
      return found === null ? [] : [{ node: child.node, depth: depth + 1, histogram: child.histogram, split: found }];
    });
  };

  return {
    grow(iteration, features) {
      crew.run(commands.plant, iteration);
      const histogram = gather(0);
      const sums = rootSums(histogram);
      setLeaf(0, sums);
      let nodes = 1;
      const split = splittable(sums, 0) ? findSplit(histogram, features, binCounts, sums, rules) : null;
      let frontier: Frontier[] = split === null ? [] : [{ node: 0, depth: 0, histogram, split }];
      if (split === null) pool.push(histogram);
      while (frontier.length > 0 && (nodes + 1) / 2 < rules.maxLeaves) {
        if (batchSize === 1) frontier.sort((a, b) => b.split.gain - a.split.gain || a.node - b.node);
        const batch = frontier.splice(0, batchSize);
        const slots = batch.map(({ node, depth, split: chosen }, i) => {
          setSplit(node, chosen, nodes);
          nodes += 2;
          const deeper = splittable(chosen.left, depth + 1) || splittable(chosen.right, depth + 1);
          const smaller = chosen.left.count <= chosen.right.count ? 0 : 1;
          shared.splits.set([node, smaller, deeper ? i : -1], i * splitFields);
          return deeper ? i : -1;
        });
        crew.run(commands.split, batch.length);
        frontier = [...frontier, ...batch.flatMap((parent, i) => nextFrontier(parent, slots[i] ?? -1, features))];
      }
      pool.push(...frontier.map((leaf) => leaf.histogram));
      return nodes;
    },
  };
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
