/**
 * Loss, gradient and hessian of one block of rows.
 *
 * Gradients and hessians are rounded to multiples of 2⁻²⁴ of the largest (at the start). Float32 holds them exactly and
 * sums of up to 2²⁸ of them are exact in float64, so histograms come out the same to the bit in whatever order, and on
 * however many threads, they are summed.
 */
export const objectives = ['log-loss', 'squared-error'] as const;
export type Objective = (typeof objectives)[number];

export interface BlockInput {
  readonly label: Float32Array;
  /** Empty when every row weighs 1. */
  readonly weight: Float32Array;
  readonly scores: Float64Array;
}

/** The grid's steps: adding and taking away `1.5 · 2⁵² · step` rounds a float64 to a multiple of the step. */
export interface Grid {
  readonly gradientRounder: number;
  readonly hessianRounder: number;
}

export function gridFor(largestGradient: number, largestHessian: number): Grid {
  return { gradientRounder: rounder(largestGradient), hessianRounder: rounder(largestHessian) };
}

function rounder(largest: number): number {
  return 1.5 * 2 ** (52 - 24 + Math.ceil(Math.log2(Math.max(largest, 1e-30))));
}

const smallestProbability = 1e-15;

/**
 * Writes (gradient, hessian) pairs to `pairs[2 · row]` for the rows from `from` to `until`, and returns the summed
 * weighted loss. A null `pairs` computes the loss alone.
 */
export function blockLoss(
  objective: Objective,
  input: BlockInput,
  from: number,
  until: number,
  pairs: Float32Array | null,
  grid: Grid,
): number {
  if (objective === 'squared-error') return squaredErrorBlock(input, from, until, pairs, grid);
  if (input.weight.length > 0) return weightedLogLossBlock(input, from, until, pairs, grid);
  return logLossBlock(input, from, until, pairs, grid);
}

function logLossBlock(
  { label, scores }: BlockInput,
  from: number,
  until: number,
  pairs: Float32Array | null,
  { gradientRounder, hessianRounder }: Grid,
): number {
  let loss = 0;
  // One logarithm for many rows: probabilities are multiplied until the product nears the smallest double.
  let product = 1;
  for (let row = from; row < until; row++) {
    const positive = (label[row] ?? 0) > 0.5;
    const p = 1 / (1 + Math.exp(-(scores[row] ?? 0)));
    product *= Math.max(positive ? p : 1 - p, smallestProbability);
    if (product < 1e-280) {
      loss -= Math.log(product);
      product = 1;
    }
    if (pairs === null) continue;
    pairs[2 * row] = (positive ? p - 1 : p) + gradientRounder - gradientRounder;
    pairs[2 * row + 1] = p * (1 - p) + hessianRounder - hessianRounder;
  }
  return loss - Math.log(product);
}

function weightedLogLossBlock(
  { label, weight, scores }: BlockInput,
  from: number,
  until: number,
  pairs: Float32Array | null,
  { gradientRounder, hessianRounder }: Grid,
): number {
  let loss = 0;
  for (let row = from; row < until; row++) {
    const positive = (label[row] ?? 0) > 0.5;
    const w = weight[row] ?? 0;
    const p = 1 / (1 + Math.exp(-(scores[row] ?? 0)));
    loss -= w * Math.log(Math.max(positive ? p : 1 - p, smallestProbability));
    if (pairs === null) continue;
    pairs[2 * row] = w * (positive ? p - 1 : p) + gradientRounder - gradientRounder;
    pairs[2 * row + 1] = w * p * (1 - p) + hessianRounder - hessianRounder;
  }
  return loss;
}

function squaredErrorBlock(
  { label, weight, scores }: BlockInput,
  from: number,
  until: number,
  pairs: Float32Array | null,
  { gradientRounder, hessianRounder }: Grid,
): number {
  let loss = 0;
  for (let row = from; row < until; row++) {
    const w = weight.length > 0 ? (weight[row] ?? 0) : 1;
    const error = (scores[row] ?? 0) - (label[row] ?? 0);
    loss += w * error * error;
    if (pairs === null) continue;
    pairs[2 * row] = w * error + gradientRounder - gradientRounder;
    pairs[2 * row + 1] = w + hessianRounder - hessianRounder;
  }
  return loss;
}
