import { seededRandom } from '#kernel/random.ts';
import { fillHistogram } from './histogram.ts';
import { blockLoss } from './objective.ts';
import { binColumn, interleaveColumn, missingBin, quantileThresholds, thresholdStride } from './quantile-bins.ts';
import { blockRows, splitFields, type RowSet, type SharedTraining } from './shared-training.ts';
import { addBinnedTree } from './tree.ts';

/**
 * One thread's share of a training: every `threads`-th block of rows, which it alone scores, partitions and sums.
 *
 * `rows[begin[node] … end[node])` are the shard's sampled rows of a node, in ascending order; a split partitions that
 * range in place. Scores gain a tree as it grows, where both children of a split stay leaves, else in `advance`.
 */
export class Shard {
  readonly #shared: SharedTraining;
  readonly #thread: number;
  readonly #rows: Uint32Array;
  readonly #scratch: Uint32Array;
  readonly #begin: Uint32Array;
  readonly #end: Uint32Array;

  constructor(shared: SharedTraining, thread: number) {
    this.#shared = shared;
    this.#thread = thread;
    this.#rows = new Uint32Array(ownRows(shared.train.rows, shared.threads, thread));
    this.#scratch = new Uint32Array(this.#rows.length);
    this.#begin = new Uint32Array(shared.tree.feature.length);
    this.#end = new Uint32Array(shared.tree.feature.length);
  }

  binFeature(feature: number): void {
    const { train, seed, width, maxBins, thresholdCounts } = this.#shared;
    const column = train.columns[feature] ?? new Float32Array(0);
    const thresholds = this.#thresholdsOf(feature);
    thresholdCounts[feature] = quantileThresholds(column, maxBins, seededRandom(seed + feature), thresholds);
    binColumn(column, thresholds, this.#binsOf(feature));
    interleaveColumn(this.#binsOf(feature), new Uint8Array(train.words.buffer), feature, 4 * width);
  }

  binValidationFeature(feature: number): void {
    const { validation, width } = this.#shared;
    const column = validation?.columns[feature];
    if (validation === null || column === undefined) return;
    const bins = new Uint8Array(column.length);
    binColumn(column, this.#thresholdsOf(feature), bins);
    interleaveColumn(bins, new Uint8Array(validation.words.buffer), feature, 4 * width);
  }

  /** Draws the sample of an iteration and sums the root's histogram into slot 0. */
  plant(iteration: number): void {
    this.#begin.fill(0);
    this.#end.fill(0);
    this.#end[0] = drawRows(this.#shared, this.#thread, iteration, this.#rows);
    this.#sum(0, 0);
  }

  /** Carries out the first `count` of `shared.splits`. */
  split(count: number): void {
    const { splits } = this.#shared;
    for (let i = 0; i < count; i++) {
      const [node = 0, smaller = 0, slot = -1] = splits.subarray(i * splitFields, (i + 1) * splitFields);
      if (slot < 0) this.#finish(node);
      else {
        const left = this.#partition(node);
        this.#sum(left + smaller, slot);
      }
    }
  }

  /** Adds what the scores lack of the grown tree; computes losses and the next gradients. */
  advance(hasTree: boolean): void {
    const { train, validation, tree, subsample, gradients } = this.#shared;
    if (hasTree && subsample === 1)
      for (let node = 0; node < tree.feature.length; node++)
        if (tree.feature[node] === -1)
          addLeafValue(train.scores, tree.value[node] ?? 0, this.#rows, this.#begin[node] ?? 0, this.#end[node] ?? 0);
    advanceBlocks(this.#shared, this.#thread, train, gradients, hasTree && subsample < 1);
    if (validation !== null) advanceBlocks(this.#shared, this.#thread, validation, null, hasTree);
  }

  /** Both children stay leaves: their rows need no order any more, only the leaf's value. */
  #finish(node: number): void {
    const { tree, train, subsample } = this.#shared;
    if (subsample < 1) return;
    const left = tree.left[node] ?? 0;
    // Indexed by whether a row goes left.
    const values = Float64Array.of(tree.value[left + 1] ?? 0, tree.value[left] ?? 0);
    const bins = this.#binsOf(tree.feature[node] ?? 0);
    const goesLeft = leftTable(tree.bin[node] ?? 0, tree.missingLeft[node] ?? 0);
    addSplitValues(train.scores, values, this.#rows, this.#begin[node] ?? 0, this.#end[node] ?? 0, bins, goesLeft);
  }

  /** Returns the left child, after which comes the right one. */
  #partition(node: number): number {
    const { tree } = this.#shared;
    const left = tree.left[node] ?? 0;
    const bins = this.#binsOf(tree.feature[node] ?? 0);
    const goesLeft = leftTable(tree.bin[node] ?? 0, tree.missingLeft[node] ?? 0);
    const from = this.#begin[node] ?? 0;
    const until = this.#end[node] ?? 0;
    const middle = partition(this.#rows, this.#scratch, from, until, bins, goesLeft);
    this.#begin[left] = from;
    this.#end[left] = middle;
    this.#begin[left + 1] = middle;
    this.#end[left + 1] = until;
    return left;
  }

  #sum(node: number, slot: number): void {
    const { histograms, train, width, gradients } = this.#shared;
    const histogram = histograms[this.#thread]?.[slot];
    if (histogram === undefined) return;
    const from = this.#begin[node] ?? 0;
    fillHistogram(histogram, train.words, width, gradients, this.#rows, from, this.#end[node] ?? 0);
  }

  #binsOf(feature: number): Uint8Array {
    const { binColumns, train } = this.#shared;
    return binColumns.subarray(feature * train.rows, (feature + 1) * train.rows);
  }

  #thresholdsOf(feature: number): Float32Array {
    return this.#shared.thresholds.subarray(feature * thresholdStride, (feature + 1) * thresholdStride);
  }
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
  bins: Uint8Array,
  goesLeft: Uint8Array,
): number {
  let left = from;
  let right = 0;
  for (let i = from; i < until; i++) {
    const row = rows[i] ?? 0;
    const side = goesLeft[bins[row] ?? 0] ?? 0;
    rows[left] = row;
    scratch[right] = row;
    left += side;
    right += 1 - side;
  }
  rows.set(scratch.subarray(0, right), left);
  return left;
}

function addSplitValues(
  scores: Float64Array,
  values: Float64Array,
  rows: Uint32Array,
  from: number,
  until: number,
  bins: Uint8Array,
  goesLeft: Uint8Array,
): void {
  for (let i = from; i < until; i++) {
    const row = rows[i] ?? 0;
    scores[row] = (scores[row] ?? 0) + (values[goesLeft[bins[row] ?? 0] ?? 0] ?? 0);
  }
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
