/** A source of uniform numbers in [0, 1). */
export type Random = () => number;

/** Process-wide unseeded randomness, for jitter and sampling. */
export function random(): number {
  return Math.random();
}

/**
 * Seeded generator, mulberry32 (public domain, Tommy Ettinger): period 2³², enough for shuffles, splits and fault
 * injection; never for keys.
 */
export function seededRandom(seed: number): Random {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296;
  };
}
