import { standardDeviation } from '../descriptive.ts';
import { ascending, at, type Samples } from '../samples.ts';

/**
 * First Wasserstein (earth mover's) distance of two samples, ∫|F − G|, exact, in the samples' units (Vallender 1974).
 * RangeError on an empty sample or a value that is not finite.
 */
export function wassersteinDistance(reference: Samples, current: Samples): number {
  const first = ascending(reference, 'reference');
  const second = ascending(current, 'current');
  let distance = 0;
  let i = 0;
  let j = 0;
  let previous = Math.min(at(first, 0), at(second, 0));
  while (i < first.length || j < second.length) {
    const value = Math.min(first[i] ?? Infinity, second[j] ?? Infinity);
    distance += Math.abs(i / first.length - j / second.length) * (value - previous);
    while (first[i] === value) i += 1;
    while (second[j] === value) j += 1;
    previous = value;
  }
  return distance;
}

/** The distance ÷ max(σ of the reference, 0.001), σ with n below the line: Evidently's normed distance, without unit. */
export function normalizedWassersteinDistance(reference: Samples, current: Samples): number {
  return wassersteinDistance(reference, current) / Math.max(standardDeviation(reference, 0), 0.001);
}
