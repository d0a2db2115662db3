/**
 * Which unit meets which variant: a pure function of the unit and a salt, so that every process, SDK and edge agrees
 * without asking anyone, and a unit keeps its variant for as long as the salt (the release's id) stays.
 */

const offsetBasis = 0x811c9dc5;
const prime = 0x01000193;
const buckets = 10_000;
const finer = Math.ceil(2 ** 32 / buckets);

/** FNV-1a, 32 bits, over UTF-16 code units as GrowthBook's JavaScript SDK does (equal to bytes for ASCII). */
function fnv1a32(text: string): number {
  let hash = offsetBasis;
  for (let index = 0; index < text.length; index++) hash = Math.imul(hash ^ text.charCodeAt(index), prime);
  return hash >>> 0;
}

const twice = (seed: string, value: string): number => fnv1a32(String(fnv1a32(seed + value)));

/** GrowthBook's hash, version 2: one of 10,000 buckets as a number in [0, 1). */
export function growthbookHash(seed: string, value: string): number {
  return (twice(seed, value) % buckets) / buckets;
}

/**
 * Place of a unit in [0, 1) under a salt (a release's id): GrowthBook's bucket in the first four decimals, and what
 * the remainder leaves of the 32 bits below them. A share that is a whole multiple of 1e-4 therefore cuts exactly
 * where GrowthBook cuts, and smaller shares are met too, down to about 2e-10.
 */
export function unitHash(unit: string, salt: string): number {
  const hash = twice(salt, unit);
  return ((hash % buckets) + Math.floor(hash / buckets) / finer) / buckets;
}
