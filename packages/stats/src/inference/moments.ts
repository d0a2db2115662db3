/** Count, mean and sum of squared deviations of a stream: plain JSON, mergeable. */
export interface Moments {
  n: number;
  mean: number;
  m2: number;
}

/** Moments of nothing yet. */
export function emptyMoments(): Moments {
  return { n: 0, mean: 0, m2: 0 };
}

/** Adds one value in place (Welford 1962). RangeError on a value that is not finite, and nothing is changed. */
export function addToMoments(moments: Moments, value: number): void {
  if (!Number.isFinite(value)) throw new RangeError(`value ${value} is not finite`);
  moments.n += 1;
  const before = value - moments.mean;
  moments.mean += before / moments.n;
  moments.m2 += before * (value - moments.mean);
}

/** The moments of both streams together (Chan, Golub and LeVeque 1979); neither is changed. */
export function mergeMoments(first: Moments, second: Moments): Moments {
  if (first.n === 0) return { ...second };
  if (second.n === 0) return { ...first };
  const n = first.n + second.n;
  const apart = second.mean - first.mean;
  return {
    n,
    mean: first.mean + (apart * second.n) / n,
    m2: first.m2 + second.m2 + (apart * apart * first.n * second.n) / n,
  };
}

/** Moments of an array. */
export function momentsOf(values: ArrayLike<number>): Moments {
  const moments = emptyMoments();
  for (let index = 0; index < values.length; index += 1) addToMoments(moments, values[index] ?? Number.NaN);
  return moments;
}

/** Moments from the sums a database returns. Squares of large numbers close together lose digits: prefer adding. */
export function momentsFromSums(n: number, sum: number, sumOfSquares: number): Moments {
  if (n === 0) return emptyMoments();
  return { n, mean: sum / n, m2: Math.max(0, sumOfSquares - (sum * sum) / n) };
}

/** Sample variance m2 ÷ (n − 1); NaN for fewer than two values. */
export function momentsVariance(moments: Moments): number {
  return moments.n < 2 ? Number.NaN : moments.m2 / (moments.n - 1);
}
