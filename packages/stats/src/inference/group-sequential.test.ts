import { describe, expect, test } from 'vitest';
import { seededUniform } from '../testing/seeded.ts';
import { crossingProbability, groupSequentialBounds } from './group-sequential.ts';

const fifths = [0.2, 0.4, 0.6, 0.8, 1];

describe('bounds by alpha spending', () => {
  // Reboussin, DeMets, Kim and Lan, "Computations for group sequential boundaries using the Lan-DeMets spending function
  // method", 2000 (five looks); the others by scipy 1.17.1, multivariate_normal.cdf with brentq.
  test.each([
    ['obrien-fleming', fifths, 0.05, [4.8769, 3.3569, 2.6803, 2.2898, 2.031]],
    ['pocock', fifths, 0.05, [2.438, 2.4268, 2.4101, 2.3966, 2.3859]],
    ['obrien-fleming', [0.1, 0.5, 1], 0.05, [6.9913, 2.9626, 1.9686]],
    ['pocock', [0.1, 0.5, 1], 0.05, [2.6551, 2.2526, 2.2169]],
    ['obrien-fleming', [0.25, 0.5, 1], 0.1, [3.7496, 2.5399, 1.6622]],
  ] as const)('%s at %j', (spending, fractions, alpha, published) => {
    const bounds = groupSequentialBounds(fractions, alpha, spending);
    for (const [look, bound] of bounds.entries()) expect(bound).toBeCloseTo(published[look] ?? NaN, 3);
    expect(crossingProbability(fractions, bounds)).toBeCloseTo(alpha, 6);
  });

  test('one look spends everything: 1.96', () => {
    expect(groupSequentialBounds([1], 0.05, 'pocock')[0]).toBeCloseTo(1.959964, 6);
  });

  test('a look so early that nothing may be spent bounds nothing', () => {
    expect(groupSequentialBounds([0.01, 1], 0.05, 'obrien-fleming')).toEqual([8, expect.closeTo(1.959964, 5)]);
  });

  test('fractions that do not grow are refused', () => {
    expect(() => groupSequentialBounds([0.5, 0.5, 1], 0.05, 'pocock')).toThrow(/must grow/);
    expect(() => groupSequentialBounds([0.5, 1.2], 0.05, 'pocock')).toThrow(/must grow/);
  });
});

// Jennison and Turnbull, "Group Sequential Methods", 2000, table 2.1: what 1.96 at every look comes to.
test.each([
  [2, 0.083],
  [4, 0.126],
  [10, 0.193],
  [20, 0.248],
])('1.96 at each of %i looks is crossed with probability %d', (looks, published) => {
  const fractions = Array.from({ length: looks }, (_, look) => (look + 1) / looks);
  expect(
    crossingProbability(
      fractions,
      fractions.map(() => 1.959964),
    ),
  ).toBeCloseTo(published, 3);
});

test('a process that drifts nowhere crosses as often as alpha says', () => {
  const random = seededUniform(11);
  const normal = (): number => Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
  const runs = 20_000;
  for (const spending of ['obrien-fleming', 'pocock'] as const) {
    const bounds = groupSequentialBounds([0.1, 0.3, 0.6, 1], 0.05, spending);
    let crossed = 0;
    for (let run = 0; run < runs; run += 1) {
      let [place, at] = [0, 0];
      for (const [look, t] of [0.1, 0.3, 0.6, 1].entries()) {
        place += Math.sqrt(t - at) * normal();
        at = t;
        if (Math.abs(place) / Math.sqrt(t) < (bounds[look] ?? 0)) continue;
        crossed += 1;
        break;
      }
    }
    // Four standard errors.
    expect(Math.abs(crossed / runs - 0.05)).toBeLessThan(4 * Math.sqrt((0.05 * 0.95) / runs));
  }
});
