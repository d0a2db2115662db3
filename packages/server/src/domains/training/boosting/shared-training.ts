import type { LabelledMatrix } from '../matrix.ts';
import { binsPerFeature, wordsPerRow, type Histogram } from './histogram.ts';
import type { Grid, Objective } from './objective.ts';
import { thresholdStride } from './quantile-bins.ts';
import type { BinnedTree } from './tree.ts';

/** Rows are dealt to threads in blocks of this many, in turn; losses are summed per block, then over blocks in order. */
export const blockRows = 4096;

/** Rows with their bins (`words`: four features to a word, row by row) and the model's raw scores so far. */
export interface RowSet {
  readonly rows: number;
  readonly columns: readonly Float32Array[];
  readonly words: Uint32Array;
  readonly label: Float32Array;
  /** Empty when every row weighs 1. */
  readonly weight: Float32Array;
  readonly scores: Float64Array;
  readonly blockLosses: Float64Array;
}

/** A split that the threads carry out, as three numbers in `splits`: node, which child is smaller, histogram slot. */
export const splitFields = 3;

/**
 * All that the threads of one training share: every array lies in shared memory, and who may write what when follows
 * from the commands in `crew.ts`. The main thread alone writes `tree`, `splits` and the control words.
 */
export interface SharedTraining {
  readonly threads: number;
  readonly width: number;
  readonly objective: Objective;
  readonly grid: Grid;
  readonly maxBins: number;
  readonly seed: number;
  readonly subsample: number;
  readonly train: RowSet;
  /** The train rows' bins once more, feature by feature: partitioning reads one feature of scattered rows. */
  readonly binColumns: Uint8Array;
  readonly validation: RowSet | null;
  readonly thresholds: Float32Array;
  readonly thresholdCounts: Int32Array;
  readonly gradients: Float32Array;
  readonly tree: BinnedTree;
  readonly splits: Int32Array;
  /** `histograms[thread][slot]`: what each thread summed over its own rows. */
  readonly histograms: readonly (readonly Histogram[])[];
  readonly control: Int32Array;
  readonly errorText: Uint8Array;
}

export const shared = {
  float32: (length: number): Float32Array => new Float32Array(new SharedArrayBuffer(4 * length)),
  float64: (length: number): Float64Array => new Float64Array(new SharedArrayBuffer(8 * length)),
  int32: (length: number): Int32Array => new Int32Array(new SharedArrayBuffer(4 * length)),
  uint32: (length: number): Uint32Array => new Uint32Array(new SharedArrayBuffer(4 * length)),
  uint8: (length: number): Uint8Array => new Uint8Array(new SharedArrayBuffer(length)),
};

function sharedCopy(values: Float32Array | Uint8Array): Float32Array {
  if (values instanceof Float32Array && values.buffer instanceof SharedArrayBuffer) return values;
  const copy = shared.float32(values.length);
  copy.set(values);
  return copy;
}

/** Puts rows into shared memory; columns that lie there already are not copied. Scores start at `base`. */
export function sharedRowSet(data: LabelledMatrix, base: number): RowSet {
  const { rows, columns } = data.features;
  return {
    rows,
    columns: columns.map(sharedCopy),
    words: shared.uint32(rows * wordsPerRow(data.features)),
    label: sharedCopy(data.label),
    weight: data.weight === undefined ? shared.float32(0) : sharedCopy(data.weight),
    scores: shared.float64(rows).fill(base),
    blockLosses: shared.float64(Math.ceil(rows / blockRows)),
  };
}

export function sharedHistogram(width: number): Histogram {
  const bins = width * 4 * binsPerFeature;
  return { pairs: shared.float64(2 * bins), counts: shared.uint32(bins) };
}

export function sharedTree(nodes: number): BinnedTree {
  return {
    feature: shared.int32(nodes).fill(-1),
    bin: shared.int32(nodes),
    missingLeft: shared.uint8(nodes),
    left: shared.int32(nodes),
    value: shared.float32(nodes),
  };
}

export function sharedThresholds(features: number): Float32Array {
  return shared.float32(features * thresholdStride);
}
