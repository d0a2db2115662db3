/**
 * P(K > x) of Kolmogorov's limiting distribution of √n·D: 2Σ(−1)^(k−1) e^(−2k²x²), and its theta-function form for small
 * x, where that series converges slowly (Marsaglia, Tsang and Wang, "Evaluating Kolmogorov's distribution", 2003).
 */
export function kolmogorovSurvival(x: number): number {
  if (Number.isNaN(x)) return Number.NaN;
  if (x <= 0) return 1;
  if (x < 1) {
    let sum = 0;
    for (let odd = 1; odd <= 9; odd += 2) sum += Math.exp(-((odd * Math.PI) ** 2) / (8 * x * x));
    return 1 - (Math.sqrt(2 * Math.PI) / x) * sum;
  }
  let sum = 0;
  for (let k = 1; k <= 8; k += 1) sum += (k % 2 === 1 ? 2 : -2) * Math.exp(-2 * k * k * x * x);
  return sum;
}
