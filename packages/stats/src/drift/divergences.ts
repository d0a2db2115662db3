import { eachPair } from '../samples.ts';
import { sumOfCounts } from './proportions.ts';

/**
 * Population stability index Σ (p − q) ln(p/q) of two sets of shares, natural logarithm (Siddiqi, "Credit Risk
 * Scorecards", 2006): the sum of both Kullback–Leibler divergences (Jeffreys 1946). Symmetric; infinite where one share
 * is 0 and the other is not. The shares are taken as they are, so fill empty bins first (see `proportions`).
 */
export function populationStabilityIndex(reference: readonly number[], current: readonly number[]): number {
  let sum = 0;
  eachPair(reference, current, (q, p) => {
    if (p !== q) sum += (p - q) * Math.log(p / q);
  });
  return sum;
}

/**
 * Kullback–Leibler divergence D(p‖q) = Σ p log(p/q) (1951): what it costs to describe p by q. Not symmetric, infinite
 * where q is 0 and p is not. Both are scaled to sum 1. `base` e (default) gives nats, 2 bits.
 */
export function klDivergence(p: readonly number[], q: readonly number[], base = Math.E): number {
  const pTotal = sumOfCounts(p);
  const qTotal = sumOfCounts(q);
  let sum = 0;
  eachPair(p, q, (pValue, qValue) => {
    if (pValue > 0) sum += (pValue / pTotal) * Math.log(pValue / pTotal / (qValue / qTotal));
  });
  return Math.max(0, sum) / Math.log(base);
}

/**
 * Jensen–Shannon distance √(½D(p‖m) + ½D(q‖m)), m = (p+q)/2 (Endres and Schindelin 2003): a metric. Both are scaled to
 * sum 1. In base 2 (default) 0…1; in base e 0…√ln 2.
 */
export function jensenShannonDistance(p: readonly number[], q: readonly number[], base = 2): number {
  const pTotal = sumOfCounts(p);
  const qTotal = sumOfCounts(q);
  let sum = 0;
  eachPair(p, q, (pValue, qValue) => {
    const pShare = pValue / pTotal;
    const qShare = qValue / qTotal;
    const middle = (pShare + qShare) / 2;
    sum += relativeEntropy(pShare, middle) + relativeEntropy(qShare, middle);
  });
  return Math.sqrt(Math.min(Math.max(0, sum) / 2, Math.LN2) / Math.log(base));
}

/** p ln(p/m) − p + m: its terms are never negative, so nearly equal distributions lose no digits to cancellation. */
function relativeEntropy(p: number, middle: number): number {
  if (p === 0) return middle;
  const apart = (p - middle) / middle;
  return p * Math.log1p(apart) - middle * apart;
}
