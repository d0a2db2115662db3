import { seededRandom } from '#kernel/random.ts';
import { featureMatrix, type LabelledMatrix } from './matrix.ts';

/**
 * Rows for tests, the same for a seed: `hour` acts as a wave, `delay` (a tenth of it missing, which acts as 1) turns its
 * effect with `hub`, `noise` does nothing. Labels are drawn from the true probability.
 */
export function syntheticRows(rows: number, seed: number): LabelledMatrix & { label: Float32Array } {
  const random = seededRandom(seed);
  const columns = ['hour', 'delay', 'hub', 'noise'].map(() => new Float32Array(rows));
  const label = new Float32Array(rows);
  for (let row = 0; row < rows; row++) {
    const hour = random() * 24;
    const delay = random() < 0.1 ? NaN : random() * 4 - 2;
    const hub = random() < 0.3 ? 1 : 0;
    [hour, delay, hub, random()].forEach((value, f) => columns[f]?.fill(value, row, row + 1));
    const logOdds = Math.sin(hour / 4) * 1.5 + (Number.isNaN(delay) ? 1 : delay) * (hub === 1 ? 1 : -0.5) - 0.5;
    label[row] = random() < 1 / (1 + Math.exp(-logOdds)) ? 1 : 0;
  }
  return { features: featureMatrix(['hour', 'delay', 'hub', 'noise'], columns), label };
}
