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

/** GrowthBook's hash in [0, 1): version 2 with 10,000 buckets, or version 1, biased and with 1,000, for what began with it. */
export function growthbookHash(seed: string, value: string, version: 1 | 2 = 2): number {
  if (version === 1) return (fnv1a32(value + seed) % 1_000) / 1_000;
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

/** GrowthBook's namespaces: whether a unit lies in the part [from, to) of an exclusion group. */
export function inNamespace(unit: string, namespace: { name: string; from: number; to: number }): boolean {
  const place = growthbookHash(`__${namespace.name}`, unit, 1);
  return place >= namespace.from && place < namespace.to;
}

/**
 * GrowthBook's bucket ranges: arms side by side by weight, each taking part with its first `coverage` share, so that
 * units which took part at a smaller coverage keep their arm. Weights that do not fit the arms, or do not sum to 1
 * within 1 %, count as equal; a coverage outside 0…1 as the nearest of the two.
 */
export function bucketRanges(
  arms: number,
  coverage = 1,
  weights?: readonly number[] | null,
): [from: number, to: number][] {
  const covered = Math.min(1, Math.max(0, coverage));
  const sum = weights?.reduce((total, weight) => total + weight, 0) ?? 0;
  const fits = weights?.length === arms && sum >= 0.99 && sum <= 1.01;
  let start = 0;
  return Array.from({ length: arms }, (_, index) => {
    const weight = (fits ? weights?.[index] : undefined) ?? 1 / arms;
    const from = start;
    start += weight;
    return [from, from + covered * weight];
  });
}

/** Index of the range that holds the place; −1 for none. */
export function rangeAt(ranges: readonly (readonly [number, number])[], place: number): number {
  for (let index = 0; index < ranges.length; index++) {
    const range = ranges[index];
    if (range && place >= range[0] && place < range[1]) return index;
  }
  return -1;
}
