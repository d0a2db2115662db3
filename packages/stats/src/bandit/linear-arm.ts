/**
 * Ridge regression of an arm's reward on features, kept ready to be asked: the inverse of A = λI + Σxxᵀ by Sherman and
 * Morrison's update, b = Σrx, and θ = A⁻¹b. Plain JSON. A⁻¹ is symmetric, stored row by row.
 */
export interface LinearArm {
  readonly dimensions: number;
  readonly inverse: number[];
  readonly weighted: number[];
  readonly theta: number[];
  n: number;
}

/** An arm of which nothing is known; `ridge` λ > 0, default 1. */
export function emptyLinearArm(dimensions: number, ridge = 1): LinearArm {
  if (!(ridge > 0)) throw new RangeError(`ridge ${ridge} must be positive`);
  const inverse = new Array<number>(dimensions * dimensions).fill(0);
  for (let index = 0; index < dimensions; index += 1) inverse[index * dimensions + index] = 1 / ridge;
  const zeros = (): number[] => new Array<number>(dimensions).fill(0);
  return { dimensions, inverse, weighted: zeros(), theta: zeros(), n: 0 };
}

/** A⁻¹x. */
function solve({ inverse, dimensions }: LinearArm, x: ArrayLike<number>): Float64Array {
  const solved = new Float64Array(dimensions);
  for (let row = 0; row < dimensions; row += 1) {
    let sum = 0;
    const start = row * dimensions;
    for (let column = 0; column < dimensions; column += 1) sum += (inverse[start + column] ?? 0) * (x[column] ?? 0);
    solved[row] = sum;
  }
  return solved;
}

/** Adds an observation in place. */
export function addToLinearArm(arm: LinearArm, x: ArrayLike<number>, reward: number): void {
  const { dimensions, inverse, weighted, theta } = arm;
  const solved = solve(arm, x);
  let scale = 1;
  for (let index = 0; index < dimensions; index += 1) scale += (x[index] ?? 0) * (solved[index] ?? 0);
  for (let row = 0; row < dimensions; row += 1) {
    weighted[row] = (weighted[row] ?? 0) + reward * (x[row] ?? 0);
    const factor = (solved[row] ?? 0) / scale;
    for (let column = 0; column < dimensions; column += 1) {
      const at = row * dimensions + column;
      inverse[at] = (inverse[at] ?? 0) - factor * (solved[column] ?? 0);
    }
  }
  theta.splice(0, dimensions, ...solve(arm, weighted));
  arm.n += 1;
}

/** Adds to the reward of an observation that was added before, in place: for what was counted as 0 until it came. */
export function creditLinearArm(arm: LinearArm, x: ArrayLike<number>, reward: number): void {
  const { dimensions, weighted, theta } = arm;
  for (let row = 0; row < dimensions; row += 1) weighted[row] = (weighted[row] ?? 0) + reward * (x[row] ?? 0);
  theta.splice(0, dimensions, ...solve(arm, weighted));
}

/** θ and the upper triangle of A⁻¹ row by row: all that choosing needs, half of what learning does. */
export function upperOfLinearArm({ dimensions, inverse, theta }: LinearArm): { theta: number[]; upper: number[] } {
  const upper: number[] = [];
  for (let row = 0; row < dimensions; row += 1)
    upper.push(...inverse.slice(row * dimensions + row, (row + 1) * dimensions));
  return { theta: [...theta], upper };
}

/** `linearBelief` from θ and the upper triangle. */
export function upperBelief(
  { theta, upper }: { readonly theta: ArrayLike<number>; readonly upper: ArrayLike<number> },
  x: ArrayLike<number>,
): { mean: number; deviation: number } {
  const dimensions = theta.length;
  let mean = 0;
  let squared = 0;
  let at = 0;
  for (let row = 0; row < dimensions; row += 1) {
    const value = x[row] ?? 0;
    const next = at + dimensions - row;
    if (value !== 0) {
      mean += (theta[row] ?? 0) * value;
      let sum = 0.5 * (upper[at] ?? 0) * value;
      for (let column = row + 1; column < dimensions; column += 1)
        sum += (upper[at + column - row] ?? 0) * (x[column] ?? 0);
      squared += 2 * value * sum;
    }
    at = next;
  }
  return { mean, deviation: Math.sqrt(Math.max(0, squared)) };
}

/** θ·x and √(xᵀA⁻¹x): what is expected of the arm at x, and how little is known there. */
export function linearBelief(arm: LinearArm, x: ArrayLike<number>): { mean: number; deviation: number } {
  const { dimensions, inverse, theta } = arm;
  let mean = 0;
  let squared = 0;
  for (let row = 0; row < dimensions; row += 1) {
    const value = x[row] ?? 0;
    if (value === 0) continue;
    mean += (theta[row] ?? 0) * value;
    const start = row * dimensions;
    let sum = 0.5 * (inverse[start + row] ?? 0) * value;
    for (let column = row + 1; column < dimensions; column += 1)
      sum += (inverse[start + column] ?? 0) * (x[column] ?? 0);
    squared += 2 * value * sum;
  }
  return { mean, deviation: Math.sqrt(Math.max(0, squared)) };
}

/** Bounds of LinUCB (Li, Chu, Langford and Schapire 2010), θ·x + α √(xᵀA⁻¹x), by arm. */
export function linUcbBounds(arms: readonly LinearArm[], x: ArrayLike<number>, alpha: number): number[] {
  return arms.map((arm) => {
    const { mean, deviation } = linearBelief(arm, x);
    return mean + alpha * deviation;
  });
}
