import { logGamma, nonZero } from './gamma.ts';

/**
 * Regularised incomplete beta function I_x(a, b) for a, b > 0, 0 ≤ x ≤ 1, by the continued fraction DLMF 8.17.22
 * in Lentz's form; the symmetric form where that converges faster. `complement` is 1 − x, given apart so that nothing is
 * lost when x is close to 1.
 */
export function regularizedBeta(a: number, b: number, x: number, complement: number): number {
  if (x <= 0) return 0;
  if (complement <= 0) return 1;
  const scale = Math.exp(logGamma(a + b) - logGamma(a) - logGamma(b) + a * Math.log(x) + b * Math.log(complement));
  if (x < (a + 1) / (a + b + 2)) return (scale * betaFraction(a, b, x)) / a;
  return 1 - (scale * betaFraction(b, a, complement)) / b;
}

function betaFraction(a: number, b: number, x: number): number {
  let c = 1;
  let d = 1 / nonZero(1 - ((a + b) * x) / (a + 1));
  let product = d;
  for (let step = 1; step < 100_000; step += 1) {
    const double = 2 * step;
    const even = (step * (b - step) * x) / ((a + double - 1) * (a + double));
    d = 1 / nonZero(1 + even * d);
    c = nonZero(1 + even / c);
    product *= d * c;
    const odd = (-(a + step) * (a + b + step) * x) / ((a + double) * (a + double + 1));
    d = 1 / nonZero(1 + odd * d);
    c = nonZero(1 + odd / c);
    product *= d * c;
    if (Math.abs(d * c - 1) < 1e-16) break;
  }
  return product;
}
