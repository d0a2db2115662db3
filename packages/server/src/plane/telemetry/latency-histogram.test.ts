import { expect, test } from 'vitest';
import { seededRandom } from '#kernel/random.ts';
import { LatencyHistogram } from './latency-histogram.ts';

test('quantiles are at most 5 % above the exact ones, and histograms add up (seed 5)', () => {
  const random = seededRandom(5);
  const values = Array.from({ length: 20_000 }, () => Math.exp(random() * 8 - 3));
  const [first, second] = [new LatencyHistogram(), new LatencyHistogram()];
  for (const [index, value] of values.entries()) (index % 2 === 0 ? first : second).record(value);
  first.add(second);
  const sorted = values.toSorted((a, b) => a - b);
  for (const probability of [0.5, 0.95, 0.99, 0.999]) {
    const exact = sorted[Math.ceil(values.length * probability) - 1] ?? Number.NaN;
    expect(first.quantile(probability) / exact).toBeGreaterThanOrEqual(1 - 1e-9);
    expect(first.quantile(probability) / exact).toBeLessThanOrEqual(1.05 + 1e-9);
  }
  expect(first.count).toBe(20_000);
  expect(first.cumulative().at(-1)?.count).toBeLessThanOrEqual(20_000);
  expect(new LatencyHistogram().quantile(0.5)).toBe(0);
});
