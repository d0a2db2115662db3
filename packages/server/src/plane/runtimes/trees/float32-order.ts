/**
 * Integers that compare as the float32 values they stand for: comparing them is cheaper than comparing floats, and there
 * is one for "above all numbers" and one for "below", which NaN needs. −0 and 0 are the same.
 */
const scratch = new Float32Array(1);
const bits = new Int32Array(scratch.buffer);

/** Below −∞, and above ∞. */
export const belowAll = -0x80000000;
export const aboveAll = 0x7fffffff;

/** The bits of negative floats run the other way. It is its own inverse. */
export function flipNegative(bitsOrOrder: number): number {
  return bitsOrOrder ^ ((bitsOrOrder >> 31) & 0x7fffffff);
}

/** Of a number, not NaN. */
export function orderOf(value: number): number {
  scratch[0] = value + 0;
  return flipNegative(bits[0] ?? 0);
}

/** The value at a place in the order; −1, of no value, is −0. */
export function valueAt(order: number): number {
  bits[0] = flipNegative(order);
  return scratch[0] ?? 0;
}
