import { describe, expect, test } from 'vitest';
import {
  addReward,
  addToLinearArm,
  allocate,
  betaProbabilityBest,
  creditLinearArm,
  decayRewards,
  emptyArmRewards,
  emptyLinearArm,
  gaussianProbabilityBest,
  linearBelief,
  linUcbBounds,
  probabilityBest,
  ucb1Bound,
  upperBelief,
  upperOfLinearArm,
} from '../index.ts';

const armOf = (...rewards: number[]) => {
  const arm = emptyArmRewards();
  for (const reward of rewards) addReward(arm, reward);
  return arm;
};

function expectAll(actual: readonly number[], expected: readonly number[], digits: number): void {
  expect(actual).toHaveLength(expected.length);
  for (const [index, value] of actual.entries()) expect(value).toBeCloseTo(expected[index] ?? Number.NaN, digits);
}

describe('probability to be the best', () => {
  // SciPy 1.17.1: integrate.quad of one arm's density times the others' distributions.
  test('of Beta arms, as SciPy integrates it', () => {
    expect(
      betaProbabilityBest([
        { alpha: 8, beta: 14 },
        { alpha: 13, beta: 9 },
      ])[1],
    ).toBeCloseTo(0.9392635353, 3);
    const three = [
      { alpha: 8, beta: 14 },
      { alpha: 13, beta: 9 },
      { alpha: 2, beta: 2 },
    ];
    expectAll(betaProbabilityBest(three), [0.0312106188, 0.6039425845, 0.3648467968], 3);
  });

  test('of normal arms, as SciPy integrates it', () => {
    const arms = [
      { mean: 0, deviation: 1 },
      { mean: 0.5, deviation: 0.3 },
      { mean: -0.2, deviation: 2 },
    ];
    expectAll(gaussianProbabilityBest(arms), [0.2306743944, 0.4403160955, 0.3290095101], 3);
    // The integral by 200,001 points with math.erfc (Python 3.11), of deviations that differ threefold.
    const near = [
      { mean: 0, deviation: 1 },
      { mean: 0.5, deviation: 0.5 },
      { mean: -0.2, deviation: 1.5 },
    ];
    const expected = [0.2506069899, 0.4701181014, 0.2792749087];
    expectAll(gaussianProbabilityBest(near), expected, 5);
    const quick = gaussianProbabilityBest(near, { points: 15, reach: 3.75 });
    for (const [index, value] of quick.entries()) expect(Math.abs(value - (expected[index] ?? 0))).toBeLessThan(1e-3);
    expectAll(
      gaussianProbabilityBest([
        { mean: 1, deviation: 0 },
        { mean: 0, deviation: 0 },
      ]),
      [1, 0],
      12,
    );
  });
});

describe('allocation', () => {
  const arms = [armOf(1, 0, 0, 0), armOf(1, 1, 1, 0), armOf(0, 1)];

  test('UCB1, as MABWiser', () => {
    expect(ucb1Bound(20, 150, 500, 1)).toBeCloseTo(20.287856633260894, 12);
    expect(ucb1Bound(20, 0, 500, 1)).toBe(Infinity);
    expect(allocate([...arms, emptyArmRewards()], { kind: 'ucb1', alpha: 1 })).toEqual([0, 0, 0, 1]);
  });

  test('epsilon-greedy: ε to all alike, the rest to the best', () => {
    expectAll(allocate(arms, { kind: 'epsilon-greedy', epsilon: 0.3 }), [0.1, 0.8, 0.1], 12);
  });

  test('top-two: β to the best, the rest to the best of the others', () => {
    const best = probabilityBest(arms, 'bernoulli');
    const shares = allocate(arms, { kind: 'top-two-thompson', rewards: 'bernoulli', beta: 0.5 });
    const [p0 = 0, p1 = 0, p2 = 0] = best;
    expect(shares[0]).toBeCloseTo(0.5 * p0 + 0.5 * ((p1 * p0) / (1 - p1) + (p2 * p0) / (1 - p2)), 9);
    expect(shares.reduce((a, b) => a + b)).toBeCloseTo(1, 12);
  });

  test('floors and caps hold, and shares sum to 1', () => {
    const clear = [armOf(...Array<number>(50).fill(1)), armOf(...Array<number>(50).fill(0)), armOf(0, 0, 0)];
    const shares = allocate(clear, { kind: 'thompson', rewards: 'bernoulli' }, { floor: 0.05, cap: 0.7 });
    expect(shares[0]).toBeCloseTo(0.7, 9);
    expect(Math.min(...shares)).toBeGreaterThanOrEqual(0.05);
    expect(shares.reduce((a, b) => a + b)).toBeCloseTo(1, 9);
    expect(() => allocate(clear, { kind: 'thompson', rewards: 'bernoulli' }, { floor: 0.5 })).toThrow(RangeError);
  });

  test('nothing known: all alike; decay makes the known count less', () => {
    const empty = [emptyArmRewards(), emptyArmRewards()];
    for (const rewards of ['bernoulli', 'gaussian'] as const)
      expectAll(allocate(empty, { kind: 'thompson', rewards }), [0.5, 0.5], 6);
    const arm = armOf(1, 1, 0, 0);
    decayRewards(arm, 0.5);
    expect(arm).toEqual({ n: 2, sum: 1, sumOfSquares: 1 });
    expect(() => addReward(arm, Number.NaN)).toThrow(RangeError);
  });
});

describe('linear arms', () => {
  const contexts = [
    [0, 1, 2, 3, 5],
    [1, 1, 1, 1, 1],
    [0, 0, 1, 0, 0],
    [0, 2, 2, 3, 5],
    [1, 3, 1, 1, 1],
    [0, 0, 0, 0, 0],
    [0, 1, 4, 3, 5],
    [0, 1, 2, 4, 5],
    [1, 2, 1, 1, 3],
    [0, 2, 1, 0, 0],
  ];
  const decisions = [1, 1, 1, 2, 2, 3, 3, 3, 3, 3];
  const rewards = [0, 0, 1, 0, 0, 0, 0, 1, 1, 1];

  test('LinUCB, as MABWiser', () => {
    const arms = [1, 2, 3].map((name) => {
      const arm = emptyLinearArm(5);
      for (const [index, x] of contexts.entries())
        if (decisions[index] === name) addToLinearArm(arm, x, rewards[index] ?? 0);
      return arm;
    });
    expectAll(
      linUcbBounds(arms, contexts[0] ?? [], 1),
      [0.9790312458954391, 1.1617706239438832, 1.4247056229871702],
      10,
    );
    expectAll(linUcbBounds(arms, contexts[1] ?? [], 1), [0.8896475809353053, 0.923364043088837, 1.457085577251709], 10);
    expect(JSON.parse(JSON.stringify(arms))).toEqual(arms);
  });

  test('the upper triangle says what the whole arm says, and a reward may be credited later', () => {
    const [whole, credited] = [emptyLinearArm(5), emptyLinearArm(5)];
    for (const [index, x] of contexts.entries()) {
      addToLinearArm(whole, x, rewards[index] ?? 0);
      addToLinearArm(credited, x, 0);
    }
    for (const [index, x] of contexts.entries()) creditLinearArm(credited, x, rewards[index] ?? 0);
    expectAll(credited.theta, whole.theta, 10);
    for (const x of contexts) {
      const { mean, deviation } = linearBelief(whole, x);
      expect(upperBelief(upperOfLinearArm(whole), x)).toEqual({ mean, deviation });
    }
  });

  test('recovers the weights that made the rewards', () => {
    const arm = emptyLinearArm(2, 1e-6);
    for (let index = 0; index < 50; index += 1) {
      const x = [(index % 7) - 3, (index % 5) - 2];
      addToLinearArm(arm, x, 2 * (x[0] ?? 0) - 0.5 * (x[1] ?? 0));
    }
    expectAll(arm.theta, [2, -0.5], 6);
    expect(linearBelief(arm, [1, 2]).mean).toBeCloseTo(1, 6);
  });
});
