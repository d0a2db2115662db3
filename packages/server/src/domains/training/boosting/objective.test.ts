import { describe, expect, it } from 'vitest';
import { seededRandom } from '#kernel/random.ts';
import { blockLoss, gridFor, objectives, type BlockInput, type Objective } from './objective.ts';

const rows = 20_000;

/** Scores from hopeless to certain, so that gradients span thirteen orders of magnitude. */
function input(objective: Objective, weighted: boolean): BlockInput {
  const random = seededRandom(17);
  const scores = Float64Array.from({ length: rows }, () => (random() - 0.5) * 60);
  const label = Float32Array.from({ length: rows }, () => (objective === 'log-loss' ? Math.round(random()) : random()));
  const weight = Float32Array.from({ length: weighted ? rows : 0 }, () => random());
  return { label, weight, scores };
}

const cases = objectives.flatMap((objective) => [false, true].map((weighted) => ({ objective, weighted })));

describe.each(cases)('$objective, weighted $weighted', ({ objective, weighted }) => {
  const block = input(objective, weighted);
  const grid = objective === 'log-loss' ? gridFor(1, 0.25) : gridFor(31, 1);

  it('has gradients and hessians whose sums do not depend on the order', () => {
    const pairs = new Float32Array(2 * rows);
    blockLoss(objective, block, 0, rows, pairs, grid);
    for (const part of [0, 1]) {
      const values = Array.from({ length: rows }, (_, row) => pairs[2 * row + part] ?? 0);
      const sum = (list: readonly number[]): number => list.reduce((total, value) => total + value, 0);
      expect(sum(values.toReversed())).toBe(sum(values));
      expect(sum(values.toSorted((a, b) => a - b))).toBe(sum(values));
    }
  });

  it('has the gradient of its loss, up to the grid', () => {
    const pairs = new Float32Array(2 * rows);
    blockLoss(objective, block, 0, rows, pairs, grid);
    const lossAt = (row: number, score: number): number =>
      blockLoss(objective, { ...block, scores: new Float64Array(rows).fill(score) }, row, row + 1, null, grid);
    for (let row = 0; row < 200; row++) {
      const score = block.scores[row] ?? 0;
      // Further out the difference of two losses is rounding error.
      if (Math.abs(score) > 10) continue;
      const slope = (lossAt(row, score + 1e-4) - lossAt(row, score - 1e-4)) / 2e-4;
      // Squared error is halved for the gradient, as in every boosting library.
      const scale = objective === 'log-loss' ? 1 : 0.5;
      expect(pairs[2 * row]).toBeCloseTo(slope * scale, 4);
    }
  });
});
