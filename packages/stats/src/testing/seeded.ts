/** Seeded uniform numbers in [0, 1) for simulations in tests: a linear congruential generator (Knuth's MMIX), 32 high bits. */
export function seededUniform(seed: number): () => number {
  let state = BigInt.asUintN(64, BigInt(seed) * 2654435761n + 1n);
  return () => {
    state = BigInt.asUintN(64, state * 6364136223846793005n + 1442695040888963407n);
    return Number(state >> 32n) / 2 ** 32;
  };
}
