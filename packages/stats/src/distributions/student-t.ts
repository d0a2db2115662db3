import { normalQuantile } from './normal.ts';
import { regularizedBeta } from './incomplete-beta.ts';

/** P(T > t) for Student's t with `degreesOfFreedom` > 0: ½ I_{ν/(ν+t²)}(ν/2, ½) for t ≥ 0 (DLMF 8.17). */
export function studentTSurvival(t: number, degreesOfFreedom: number): number {
  if (Number.isNaN(t) || !(degreesOfFreedom > 0)) return Number.NaN;
  const square = t * t;
  if (square === Infinity) return t > 0 ? 0 : 1;
  const whole = degreesOfFreedom + square;
  const half = regularizedBeta(degreesOfFreedom / 2, 0.5, degreesOfFreedom / whole, square / whole) / 2;
  return t >= 0 ? half : 1 - half;
}

/** P(T ≤ t) for Student's t. */
export function studentTCdf(t: number, degreesOfFreedom: number): number {
  return studentTSurvival(-t, degreesOfFreedom);
}

/** The t with P(T ≤ t) = probability, by bisection of the survival function to the last digit it can tell. */
export function studentTQuantile(probability: number, degreesOfFreedom: number): number {
  if (!(probability >= 0 && probability <= 1) || !(degreesOfFreedom > 0)) return Number.NaN;
  if (probability < 0.5) return -upperQuantile(probability, degreesOfFreedom);
  return upperQuantile(1 - probability, degreesOfFreedom);
}

/** The t ≥ 0 with P(T > t) = tail, tail ≤ ½. */
function upperQuantile(tail: number, degreesOfFreedom: number): number {
  if (tail === 0) return Infinity;
  if (tail === 0.5) return 0;
  let low = 0;
  let high = Math.max(1, 2 * -normalQuantile(tail));
  while (studentTSurvival(high, degreesOfFreedom) > tail) {
    low = high;
    high *= 2;
  }
  for (let middle = (low + high) / 2; middle > low && middle < high; middle = (low + high) / 2) {
    if (studentTSurvival(middle, degreesOfFreedom) > tail) low = middle;
    else high = middle;
  }
  return (low + high) / 2;
}
