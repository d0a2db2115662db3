import { normalCdf } from '../distributions/normal.ts';

/** What is believed of an arm's mean: a normal distribution. */
export interface GaussianBelief {
  readonly mean: number;
  readonly deviation: number;
}

/** How finely to integrate: this many points over ± `reach` deviations of each arm. */
export interface Integration {
  readonly points: number;
  readonly reach: number;
}

const fine: Integration = { points: 129, reach: 6 };

/**
 * Probability of each arm that its mean is the largest, the means being independent normals: ∫ φᵢ Πⱼ≠ᵢ Φⱼ by the
 * trapezoid rule, each arm on its own grid, exact to about 1e-6 while no deviation is far smaller than another's step.
 * Fewer points are quicker: 15 over ± 3.75 err by 1e-3 at most where deviations differ up to threefold. The result sums
 * to 1.
 */
export function gaussianProbabilityBest(
  arms: readonly GaussianBelief[],
  { points, reach }: Integration = fine,
): number[] {
  const precisions = arms.map(({ deviation }) => 1 / Math.max(deviation, Number.MIN_VALUE));
  const raw = arms.map((arm, index) => {
    if (!(arm.deviation > 0)) return arms.every((other, j) => j === index || other.mean < arm.mean) ? 1 : 0;
    let sum = 0;
    for (let point = 0; point < points; point += 1) {
      const z = -reach + (2 * reach * point) / (points - 1);
      let product = Math.exp((-z * z) / 2);
      const value = arm.mean + z * arm.deviation;
      for (let j = 0; j < arms.length && product > 1e-14; j += 1) {
        if (j !== index) product *= fastNormalCdf((value - (arms[j]?.mean ?? 0)) * (precisions[j] ?? 0));
      }
      sum += product;
    }
    return sum;
  });
  const total = raw.reduce((sum, value) => sum + value, 0);
  return raw.map((value) => (total > 0 ? value / total : 1 / arms.length));
}

const tableStep = 1 / 256;
const tableEnd = 8;
/** Φ at steps of 1/256, for linear interpolation: error under 1e-6. Made when it is first needed. */
let table = new Float64Array(0);

function makeTable(): Float64Array<ArrayBuffer> {
  return Float64Array.from({ length: (2 * tableEnd) / tableStep + 2 }, (_, index) =>
    normalCdf(index * tableStep - tableEnd),
  );
}

/** Φ(z) with an absolute error under 1e-6, at a few nanoseconds. */
function fastNormalCdf(z: number): number {
  if (z <= -tableEnd) return 0;
  if (z >= tableEnd) return 1;
  if (table.length === 0) table = makeTable();
  const position = (z + tableEnd) / tableStep;
  const below = Math.floor(position);
  const low = table[below] ?? 0;
  return low + (position - below) * ((table[below + 1] ?? 1) - low);
}
