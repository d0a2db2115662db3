/**
 * Distinct units by arm in bounded memory: adaptive sampling (Wegman; Flajolet, "On adaptive sampling", 1990). Units
 * whose hash has `level` leading zero bits are kept, each once; when more than `limit` are kept, the level rises by one
 * and half of them leave. The hash is independent of the assignment, so the sample shows the arms' shares as they are;
 * up to `limit` units the counts are exact. Plain JSON; samples merge.
 */
export interface UnitSample {
  readonly limit: number;
  level: number;
  /** Arm by unit's hash. */
  readonly units: Record<string, number>;
  size: number;
  /** Kept units that were seen in two arms: 0 where assignment is sticky. */
  crossed: number;
}

const hashRange = 2 ** 32;

/** A sample of nothing yet. */
export function emptyUnitSample(limit = 4096): UnitSample {
  return { limit, level: 0, units: {}, size: 0, crossed: 0 };
}

const isKept = (hash: number, level: number): boolean => hash * 2 ** level < hashRange;

/** Adds a unit in place. `hash` is an integer in [0, 2³²), `arm` an index from 0. A unit that crossed stays where it was. */
export function addToUnitSample(sample: UnitSample, hash: number, arm: number): void {
  if (!isKept(hash, sample.level)) return;
  const key = hash.toString(36);
  const known = sample.units[key];
  if (known !== undefined) {
    if (known === arm || known < 0) return;
    sample.units[key] = -1 - known;
    sample.crossed += 1;
    return;
  }
  sample.units[key] = arm;
  sample.size += 1;
  while (sample.size > sample.limit) raiseLevel(sample);
}

function raiseLevel(sample: UnitSample): void {
  sample.level += 1;
  for (const [key, arm] of Object.entries(sample.units)) {
    if (isKept(Number.parseInt(key, 36), sample.level)) continue;
    delete sample.units[key];
    sample.size -= 1;
    if (arm < 0) sample.crossed -= 1;
  }
}

/** The sample of both streams together; neither is changed. */
export function mergeUnitSamples(first: UnitSample, second: UnitSample): UnitSample {
  const merged: UnitSample = { ...first, units: { ...first.units }, level: first.level };
  while (merged.level < second.level) raiseLevel(merged);
  for (const [key, arm] of Object.entries(second.units)) {
    const hash = Number.parseInt(key, 36);
    addToUnitSample(merged, hash, arm < 0 ? -1 - arm : arm);
    if (arm < 0 && (merged.units[key] ?? -1) >= 0) {
      merged.units[key] = arm;
      merged.crossed += 1;
    }
  }
  return merged;
}

/** Units kept by arm; times 2^level they estimate all units. */
export function unitSampleCounts(sample: UnitSample, arms: number): number[] {
  const counts = new Array<number>(arms).fill(0);
  for (const arm of Object.values(sample.units)) {
    const index = arm < 0 ? -1 - arm : arm;
    counts[index] = (counts[index] ?? 0) + 1;
  }
  return counts;
}
