import { expect, it } from 'vitest';
import { seededRandom } from '#kernel/random.ts';
import { fillHistogram } from './histogram.ts';
import { missingBin } from './quantile-bins.ts';
import { sharedHistogram } from './shared-training.ts';
import { findSplit, type NodeSums } from './split-search.ts';

const rows = 60;
const features = 5;
const width = 2;

interface Sample {
  readonly bins: Uint8Array;
  readonly gradients: Float32Array;
}

function sample(seed: number): Sample {
  const random = seededRandom(seed);
  const bins = new Uint8Array(rows * width * 4);
  const gradients = new Float32Array(rows * 2);
  for (let row = 0; row < rows; row++) {
    for (let f = 0; f < features; f++)
      bins[row * width * 4 + f] = random() < 0.2 ? missingBin : Math.floor(random() * 6);
    gradients[2 * row] = Math.round((random() - 0.5) * 64) / 64;
    gradients[2 * row + 1] = Math.ceil(random() * 16) / 64;
  }
  return { bins, gradients };
}

function sumsOf({ gradients }: Sample, keep: (row: number) => boolean): NodeSums {
  const sums = { gradient: 0, hessian: 0, count: 0 };
  for (let row = 0; row < rows; row++) {
    if (!keep(row)) continue;
    sums.gradient += gradients[2 * row] ?? 0;
    sums.hessian += gradients[2 * row + 1] ?? 0;
    sums.count++;
  }
  return sums;
}

/** Gain of the best allowed cut, by going through all of them row by row. */
function bestGain(data: Sample, l2: number, minSamplesLeaf: number, minHessianLeaf: number): number {
  const whole = sumsOf(data, () => true);
  const score = ({ gradient, hessian }: NodeSums): number => gradient ** 2 / (hessian + l2);
  let best = 0;
  for (let f = 0; f < features; f++)
    for (let bin = 0; bin < 6; bin++)
      for (const missingLeft of [false, true]) {
        const left = sumsOf(data, (row) => {
          const b = data.bins[row * width * 4 + f] ?? 0;
          return b === missingBin ? missingLeft : b <= bin;
        });
        const right = {
          gradient: whole.gradient - left.gradient,
          hessian: whole.hessian - left.hessian,
          count: rows - left.count,
        };
        const allowed = [left, right].every((s) => s.count >= minSamplesLeaf && s.hessian >= minHessianLeaf);
        if (allowed) best = Math.max(best, score(left) + score(right) - score(whole));
      }
  return best;
}

it('finds the gain that an exhaustive search over rows finds, seeds 1 to 50', () => {
  for (let seed = 1; seed <= 50; seed++) {
    const data = sample(seed);
    const histogram = sharedHistogram(width);
    const all = Uint32Array.from({ length: rows }, (_, row) => row);
    fillHistogram(histogram, new Uint32Array(data.bins.buffer), width, data.gradients, all, 0, rows);
    const rules = { l2: 0.5, minSamplesLeaf: 5, minHessianLeaf: 1 };
    const binCounts = new Int32Array(features).fill(6);
    const node = sumsOf(data, () => true);
    const split = findSplit(histogram, [0, 1, 2, 3, 4], binCounts, node, rules);
    expect(split?.gain ?? 0, `seed ${seed}`).toBeCloseTo(bestGain(data, 0.5, 5, 1), 9);
  }
});
