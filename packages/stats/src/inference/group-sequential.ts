import { normalQuantile, normalSurvival } from '../distributions/normal.ts';

/** How the error rate of a test is spent over its looks. */
export type Spending = 'obrien-fleming' | 'pocock';

/**
 * Share of a one-sided error rate that may be spent up to the information fraction t, 0…1 (Lan and DeMets 1983):
 * O'Brien–Fleming type 2 − 2Φ(z₁₋α/₂ / √t), little at first; Pocock type α ln(1 + (e − 1) t), about evenly.
 */
function spent(spending: Spending, alpha: number, t: number): number {
  if (t <= 0) return 0;
  if (t >= 1) return alpha;
  if (spending === 'pocock') return alpha * Math.log(1 + (Math.E - 1) * t);
  return 2 * normalSurvival(normalQuantile(1 - alpha / 2) / Math.sqrt(t));
}

/** Nodes and weights of Gauss and Legendre on [−1, 1], by Newton's method on the Legendre polynomial. */
function gaussLegendre(n: number): { nodes: Float64Array; weights: Float64Array } {
  const nodes = new Float64Array(n);
  const weights = new Float64Array(n);
  for (let index = 0; index < n; index += 1) {
    let x = Math.cos((Math.PI * (index + 0.75)) / (n + 0.5));
    let slope = 1;
    for (let step = 0; step < 100; step += 1) {
      let previous = 1;
      let value = x;
      for (let degree = 2; degree <= n; degree += 1) {
        [previous, value] = [value, ((2 * degree - 1) * x * value - (degree - 1) * previous) / degree];
      }
      slope = (n * (x * value - previous)) / (x * x - 1);
      const change = value / slope;
      x -= change;
      if (Math.abs(change) < 1e-15) break;
    }
    nodes[index] = x;
    weights[index] = 2 / ((1 - x * x) * slope * slope);
  }
  return { nodes, weights };
}

const points = 96;
/** Made when it is first needed. */
let rule: ReturnType<typeof gaussLegendre> | undefined;

/** The density of the score process at a look, over those that did not cross before: mass at places. */
interface Continuation {
  readonly places: Float64Array;
  readonly masses: Float64Array;
  readonly information: number;
}

const start: Continuation = { places: Float64Array.of(0), masses: Float64Array.of(1), information: 0 };

/** P(the process goes on until now, and lies above z √t at t). */
function crossing({ places, masses, information }: Continuation, t: number, z: number): number {
  const deviation = Math.sqrt(t - information);
  let probability = 0;
  for (let index = 0; index < places.length; index += 1)
    probability += (masses[index] ?? 0) * normalSurvival((z * Math.sqrt(t) - (places[index] ?? 0)) / deviation);
  return probability;
}

/** Those that lie within ± z √t at t. */
function continued({ places, masses, information }: Continuation, t: number, z: number): Continuation {
  rule ??= gaussLegendre(points);
  const reach = z * Math.sqrt(t);
  const deviation = Math.sqrt(t - information);
  const next = rule.nodes.map((node) => node * reach);
  const density = next.map((place) => {
    let sum = 0;
    for (let index = 0; index < places.length; index += 1) {
      const step = (place - (places[index] ?? 0)) / deviation;
      sum += (masses[index] ?? 0) * Math.exp((-step * step) / 2);
    }
    return sum / (deviation * Math.sqrt(2 * Math.PI));
  });
  const { weights } = rule;
  return {
    places: next,
    masses: density.map((value, index) => value * reach * (weights[index] ?? 0)),
    information: t,
  };
}

function checkFractions(fractions: readonly number[]): void {
  for (const [index, t] of fractions.entries())
    if (!(t > (fractions[index - 1] ?? 0) && t <= 1))
      throw new RangeError(`The information fractions ${fractions.join(', ')} must grow within 0…1.`);
}

/** Beyond this nothing is ever seen: what spends less than its tail bounds nothing. */
const furthest = 8;

/**
 * Bounds on |z| at each look of a two-sided group-sequential test: crossing any of them has probability `alpha` where
 * there is no difference, half on either side. `fractions`: information at each look as a share of the planned one,
 * growing, 1 at the last. Bounds of the first looks do not depend on when the later ones are.
 *
 * By recursive numerical integration (Armitage, McPherson and Rowe 1969) with 96 Gauss–Legendre points a look; the
 * error of a bound is below 1e-4 for looks not closer together than a thousandth of the information.
 */
export function groupSequentialBounds(fractions: readonly number[], alpha: number, spending: Spending): number[] {
  checkFractions(fractions);
  let path = start;
  let before = 0;
  return fractions.map((t) => {
    const upTo = spent(spending, alpha / 2, t);
    const bound = boundOf(path, t, upTo - before);
    before = upTo;
    path = continued(path, t, bound);
    return bound;
  });
}

/** The z that is crossed with this probability at t. */
function boundOf(path: Continuation, t: number, probability: number): number {
  let [low, high] = [0, furthest];
  if (crossing(path, t, furthest) >= probability) return furthest;
  for (let step = 0; step < 60; step += 1) {
    const middle = (low + high) / 2;
    if (crossing(path, t, middle) > probability) low = middle;
    else high = middle;
  }
  return (low + high) / 2;
}

/** P(|z| crosses a bound at any of the looks), where there is no difference. */
export function crossingProbability(fractions: readonly number[], bounds: readonly number[]): number {
  checkFractions(fractions);
  let path = start;
  let probability = 0;
  for (const [index, t] of fractions.entries()) {
    const bound = bounds[index] ?? Infinity;
    probability += 2 * crossing(path, t, bound);
    path = continued(path, t, Math.min(bound, furthest));
  }
  return probability;
}
