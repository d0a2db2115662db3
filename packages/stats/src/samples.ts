/** Numbers in an array or typed array; never changed by this package. */
export type Samples = ArrayLike<number>;

/**
 * The samples in ascending order. What is already an ordered `Float64Array` is returned as it is, so a caller that keeps
 * its reference ordered does not pay for sorting again. Throws RangeError on an empty input or a value that is not
 * finite: missing values are the caller's to drop and count.
 */
export function ascending(samples: Samples, name: string): Float64Array {
  if (samples.length === 0) throw new RangeError(`${name} is empty; at least one value is needed`);
  const values = samples instanceof Float64Array ? samples : Float64Array.from(samples);
  let ordered = true;
  let previous = -Infinity;
  for (let index = 0; index < values.length; index += 1) {
    const value = values[index] ?? Number.NaN;
    if (!Number.isFinite(value))
      throw new RangeError(`${name}[${index}] is ${value}; drop missing and infinite values`);
    if (value < previous) ordered = false;
    previous = value;
  }
  return ordered ? values : values.slice().sort();
}

/** Visits two arrays of equal length side by side; RangeError if the lengths differ or there is nothing to visit. */
export function eachPair(first: Samples, second: Samples, visit: (a: number, b: number, index: number) => void): void {
  if (first.length !== second.length) {
    throw new RangeError(`lengths differ: ${first.length} and ${second.length}`);
  }
  if (first.length === 0) throw new RangeError('nothing to compare: both arrays are empty');
  for (let index = 0; index < first.length; index += 1) visit(at(first, index), at(second, index), index);
}

/** The value at an index that must exist. */
export function at(values: Samples, index: number): number {
  const value = values[index];
  if (value === undefined) throw new RangeError(`index ${index} outside 0…${values.length - 1}`);
  return value;
}
