import { regularizedGamma } from './gamma.ts';

/** P(X ≤ x) for χ² with `degreesOfFreedom` > 0: P(ν/2, x/2). */
export function chiSquaredCdf(x: number, degreesOfFreedom: number): number {
  return regularizedGamma(degreesOfFreedom / 2, x / 2).lower;
}

/** P(X > x) for χ², with relative accuracy into the far tail. */
export function chiSquaredSurvival(x: number, degreesOfFreedom: number): number {
  return regularizedGamma(degreesOfFreedom / 2, x / 2).upper;
}
