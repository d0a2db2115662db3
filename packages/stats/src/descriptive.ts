import { ascending, at, type Samples } from './samples.ts';

/** Arithmetic mean, with one correction pass for rounding; NaN for no values. */
export function mean(samples: Samples): number {
  const first = sumOfDeviations(samples, 0) / samples.length;
  return first + sumOfDeviations(samples, first) / samples.length;
}

/**
 * Variance by two passes with Chan, Golub and LeVeque's correction ("Algorithms for computing the sample variance",
 * 1983). `deltaDegreesOfFreedom` 1 (default) estimates the variance of a population from a sample; 0 describes the
 * values themselves. NaN where there are too few values.
 */
export function variance(samples: Samples, deltaDegreesOfFreedom: 0 | 1 = 1): number {
  const count = samples.length;
  if (count <= deltaDegreesOfFreedom) return Number.NaN;
  const center = mean(samples);
  let squares = 0;
  let rest = 0;
  for (let index = 0; index < count; index += 1) {
    const deviation = at(samples, index) - center;
    squares += deviation * deviation;
    rest += deviation;
  }
  return (squares - (rest * rest) / count) / (count - deltaDegreesOfFreedom);
}

/** Square root of {@link variance}. */
export function standardDeviation(samples: Samples, deltaDegreesOfFreedom: 0 | 1 = 1): number {
  return Math.sqrt(variance(samples, deltaDegreesOfFreedom));
}

/**
 * The quantile at `probability` (0…1), linear between order statistics: type 7 of Hyndman and Fan, "Sample quantiles in
 * statistical packages" (1996), the default of R, NumPy and pandas. RangeError on no values or values not finite.
 */
export function quantile(samples: Samples, probability: number): number {
  return quantileOfAscending(ascending(samples, 'samples'), probability);
}

/** As {@link quantile}, of values known to be in ascending order. */
export function quantileOfAscending(ordered: Float64Array, probability: number): number {
  if (!(probability >= 0 && probability <= 1)) throw new RangeError(`probability ${probability} is outside 0…1`);
  const position = (ordered.length - 1) * probability;
  const below = Math.floor(position);
  const low = at(ordered, below);
  const fraction = position - below;
  return fraction === 0 ? low : low + (at(ordered, below + 1) - low) * fraction;
}

function sumOfDeviations(samples: Samples, center: number): number {
  let sum = 0;
  for (let index = 0; index < samples.length; index += 1) sum += at(samples, index) - center;
  return sum;
}
