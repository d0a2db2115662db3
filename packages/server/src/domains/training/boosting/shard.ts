import { seededRandom } from '#kernel/random.ts';
import { fillHistogram } from './histogram.ts';
import { blockLoss } from './objective.ts';
import { binColumn, missingBin, quantileThresholds, thresholdStride } from './quantile-bins.ts';
import { blockRows, splitFields, type RowSet, type SharedTraining } from './shared-training.ts';
import { addBinnedTree } from './tree.ts';

/**
 * One thread's share of a training: every `threads`-th block of rows, which it alone scores, partitions and sums.
 *
 * `rows[begin[node] … end[node])` are the shard's sampled rows of a node, in ascending order; a split partitions that
 * range in place.
 */
export interface Shard {
  binFeature(feature: number): void;
  binValidationFeature(feature: number): void;
  /** Adds the grown tree to the scores of train and validation rows; computes losses and the next gradients. */
  advance(hasTree: boolean): void;
  /** Draws the sample of an iteration and sums the root's histogram into slot 0. */
  plant(iteration: number): void;
  /** Partitions the rows of the first `count` nodes in `splits` and sums the histograms of their smaller children. */
  split(count: number): void;
}

export function createShard(shared: SharedTraining, thread: number): Shard {
  const { train, validation, tree, width, gradients } = shared;
  const bytes = new Uint8Array(train.words.buffer, train.words.byteOffset, train.words.byteLength);
  const stride = 4 * width;
  const rows = new Uint32Array(ownRows(train.rows, shared.threads, thread));
  const scratch = new Uint32Array(rows.length);
  const begin = new Uint32Array(tree.feature.length);
  const end = new Uint32Array(tree.feature.length);
  const histograms = shared.histograms[thread] ?? [];
  const sum = (node: number, slot: number): void => {
    const histogram = histograms[slot];
    if (histogram !== undefined)
      fillHistogram(histogram, train.words, width, gradients, rows, begin[node] ?? 0, end[node] ?? 0);
  };

  return {
    binFeature(feature) {
      const column = train.columns[feature] ?? new Float32Array(0);
      const random = seededRandom(shared.seed + feature);
      const thresholds = thresholdsOf(shared, feature);
      shared.thresholdCounts[feature] = quantileThresholds(column, shared.maxBins, random, thresholds);
      binColumn(column, thresholds, bytes, feature, stride);
    },
    binValidationFeature(feature) {
      const column = validation?.columns[feature];
      if (validation === null || column === undefined) return;
      binColumn(column, thresholdsOf(shared, feature), new Uint8Array(validation.words.buffer), feature, stride);
    },
    advance(hasTree) {
      if (hasTree && shared.subsample === 1)
        for (let node = 0; node < tree.feature.length; node++)
          if (tree.feature[node] === -1 && (end[node] ?? 0) > (begin[node] ?? 0))
            addLeafValue(train.scores, tree.value[node] ?? 0, rows, begin[node] ?? 0, end[node] ?? 0);
      const traversed = hasTree && shared.subsample < 1;
      advanceBlocks(shared, thread, train, gradients, traversed);
      if (validation !== null) advanceBlocks(shared, thread, validation, null, hasTree);
    },
    plant(iteration) {
      begin.fill(0);
      end.fill(0);
      end[0] = drawRows(shared, thread, iteration, rows);
      sum(0, 0);
    },
    split(count) {
      for (let i = 0; i < count; i++) {
        const node = shared.splits[i * splitFields] ?? 0;
        const smaller = shared.splits[i * splitFields + 1] ?? 0;
        const slot = shared.splits[i * splitFields + 2] ?? -1;
        const left = tree.left[node] ?? 0;
        const goesLeft = leftTable(tree.bin[node] ?? 0, tree.missingLeft[node] ?? 0);
        const from = begin[node] ?? 0;
        const until = end[node] ?? 0;
        const middle = partition(rows, scratch, from, until, bytes, stride, tree.feature[node] ?? 0, goesLeft);
        begin[left] = from;
        end[left] = middle;
        begin[left + 1] = middle;
        end[left + 1] = until;
        if (slot >= 0) sum(left + smaller, slot);
      }
    },
  };
}

function thresholdsOf(shared: SharedTraining, feature: number): Float32Array {
  return shared.thresholds.subarray(feature * thresholdStride, (feature + 1) * thresholdStride);
}

function ownRows(rows: number, threads: number, thread: number): number {
  let own = 0;
  for (let from = thread * blockRows; from < rows; from += threads * blockRows) own += Math.min(blockRows, rows - from);
  return own;
}

/** Lists the shard's rows of an iteration: all, or those whose hash with seed and iteration falls below the rate. */
function drawRows(shared: SharedTraining, thread: number, iteration: number, target: Uint32Array): number {
  const { train, threads, subsample, seed } = shared;
  const bound = subsample * 4294967296;
  const salt = mix(seed ^ Math.imul(iteration + 1, 0x9e3779b1));
  let count = 0;
  for (let from = thread * blockRows; from < train.rows; from += threads * blockRows)
    for (let row = from; row < Math.min(train.rows, from + blockRows); row++)
      if (subsample === 1 || mix(row ^ salt) < bound) target[count++] = row;
  return count;
}

/** A bijection of 32-bit words that scatters them (the finaliser of MurmurHash3, public domain). */
function mix(word: number): number {
  let mixed = word | 0;
  mixed = Math.imul(mixed ^ (mixed >>> 16), 0x85ebca6b);
  mixed = Math.imul(mixed ^ (mixed >>> 13), 0xc2b2ae35);
  return (mixed ^ (mixed >>> 16)) >>> 0;
}

/** 1 for every bin that goes left. */
function leftTable(bin: number, missingLeft: number): Uint8Array {
  const table = new Uint8Array(256).fill(1, 0, bin + 1);
  table[missingBin] = missingLeft;
  return table;
}

/** Stable and without branches: both sides are written for every row, and one of the two cursors moves. */
function partition(
  rows: Uint32Array,
  scratch: Uint32Array,
  from: number,
  until: number,
  bytes: Uint8Array,
  stride: number,
  feature: number,
  goesLeft: Uint8Array,
): number {
  let left = from;
  let right = 0;
  for (let i = from; i < until; i++) {
    const row = rows[i] ?? 0;
    const side = goesLeft[bytes[row * stride + feature] ?? 0] ?? 0;
    rows[left] = row;
    scratch[right] = row;
    left += side;
    right += 1 - side;
  }
  rows.set(scratch.subarray(0, right), left);
  return left;
}

function addLeafValue(scores: Float64Array, value: number, rows: Uint32Array, from: number, until: number): void {
  for (let i = from; i < until; i++) {
    const row = rows[i] ?? 0;
    scores[row] = (scores[row] ?? 0) + value;
  }
}

function advanceBlocks(
  shared: SharedTraining,
  thread: number,
  set: RowSet,
  gradients: Float32Array | null,
  addsTree: boolean,
): void {
  const bytes = new Uint8Array(set.words.buffer);
  for (let block = thread; block < set.blockLosses.length; block += shared.threads) {
    const from = block * blockRows;
    const until = Math.min(set.rows, from + blockRows);
    if (addsTree) addBinnedTree(shared.tree, bytes, 4 * shared.width, set.scores, from, until);
    set.blockLosses[block] = blockLoss(shared.objective, set, from, until, gradients, shared.grid);
  }
}
