/** ln Γ(x) for x ≥ ½: Stirling's series (Abramowitz and Stegun 6.1.41) from 8 on, the recurrence below; error under 1e-12. */
function logGamma(x: number): number {
  let shift = 0;
  let z = x;
  for (; z < 8; z += 1) shift += Math.log(z);
  const square = z * z;
  const series = (1 / 12 - (1 / 360 - (1 / 1260 - (1 / 1680 - 1 / 1188 / square) / square) / square) / square) / z;
  return (z - 0.5) * Math.log(z) - z + 0.5 * Math.log(2 * Math.PI) + series - shift;
}

/**
 * Bounds of a rate that hold at every look and from the first observation on, with no approximation.
 *
 * The mixture of all Bernoulli likelihoods under a Beta(½, ½) prior, divided by the likelihood at p, is a martingale
 * with mean 1 where p is the true rate (Robbins, "Statistical methods related to the law of the iterated logarithm",
 * 1970; the mixture is Krichevsky and Trofimov's). By Ville's inequality it ever reaches 1/α with probability α at
 * most. The rates at which it has not are the confidence sequence.
 */
function logMixtureRatio(hits: number, n: number, rate: number): number {
  const misses = n - hits;
  const logMixture = logGamma(hits + 0.5) + logGamma(misses + 0.5) - logGamma(n + 1) - Math.log(Math.PI);
  const logLikelihood = (hits > 0 ? hits * Math.log(rate) : 0) + (misses > 0 ? misses * Math.log1p(-rate) : 0);
  return logMixture - logLikelihood;
}

/** [lower, upper] of the rate after `hits` of `n`; [0, 1] with no data. */
export function rateConfidenceSequence(hits: number, n: number, alpha: number): [number, number] {
  if (n === 0) return [0, 1];
  const limit = -Math.log(alpha);
  const edge = (outside: number): number => {
    let out = outside;
    let inside = hits / n;
    for (let step = 0; step < 60; step++) {
      const middle = (out + inside) / 2;
      if (logMixtureRatio(hits, n, middle) < limit) inside = middle;
      else out = middle;
    }
    return inside;
  };
  return [hits === 0 ? 0 : edge(0), hits === n ? 1 : edge(1)];
}

/**
 * Which of n ordered values may be the quantile of this probability, at every look: 1-based ranks, 0 meaning below
 * the first and n + 1 beyond the last (Howard and Ramdas, "Sequential estimation of quantiles", 2022: the count of
 * values up to the true quantile has this probability as its rate).
 */
export function quantileRankSequence(probability: number, n: number, alpha: number): [number, number] {
  const limit = -Math.log(alpha);
  const admits = (count: number): boolean => logMixtureRatio(count, n, probability) < limit;
  const centre = Math.round(probability * n);
  const reach = (direction: 1 | -1, end: number): number => {
    if (admits(end)) return end;
    let inside = centre;
    let out = end;
    while (Math.abs(out - inside) > 1) {
      const middle = direction > 0 ? Math.floor((inside + out) / 2) : Math.ceil((inside + out) / 2);
      if (admits(middle)) inside = middle;
      else out = middle;
    }
    return inside;
  };
  return [reach(-1, 0), reach(1, n) + 1];
}
