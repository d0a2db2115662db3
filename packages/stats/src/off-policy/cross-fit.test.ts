import { expect, test } from 'vitest';
import { seededUniform } from '../testing/seeded.ts';
import { crossFittedRewards, type ContextualDecision } from './cross-fit.ts';

/** Two arms whose mean rewards are 1 + 2x and 3 − x, x uniform on 0…1. */
function log(n: number, seed: number): ContextualDecision[] {
  const random = seededUniform(seed);
  return Array.from({ length: n }, (_, index) => {
    const x = random();
    const arm = random() < 0.5 ? 0 : 1;
    const reward = (arm === 0 ? 1 + 2 * x : 3 - x) + random() - 0.5;
    return { arm, context: [x, 7], reward, fold: index % 2 === 0 ? 0 : 1 };
  });
}

test('each arm is predicted as the truth has it, also where it was not drawn', () => {
  const decisions = log(4_000, 1);
  const predicted = crossFittedRewards(decisions, 2, 2);
  for (const [index, { context }] of decisions.entries()) {
    const x = context[0] ?? 0;
    expect(Math.abs((predicted[index]?.[0] ?? 0) - (1 + 2 * x))).toBeLessThan(0.06);
    expect(Math.abs((predicted[index]?.[1] ?? 0) - (3 - x))).toBeLessThan(0.06);
  }
});

test('no decision is predicted from itself, nor from its own fold', () => {
  const decisions = log(200, 2);
  const changed = decisions.map((one) => (one.fold === 0 ? { ...one, reward: one.reward + 100 } : one));
  const [before, after] = [decisions, changed].map((each) => crossFittedRewards(each, 2, 2));
  for (const [index, { fold }] of decisions.entries()) {
    if (fold === 0) expect(after?.[index]).toEqual(before?.[index]);
    else expect(after?.[index]?.[0]).toBeGreaterThan((before?.[index]?.[0] ?? 0) + 50);
  }
});

test('an arm that a fold never saw is predicted by the mean of that fold', () => {
  const decisions = log(100, 3).map((one) => ({ ...one, arm: 0 }));
  const mean = decisions.filter(({ fold }) => fold === 1).reduce((sum, { reward }) => sum + reward, 0) / 50;
  expect(crossFittedRewards(decisions, 2, 2)[0]?.[1]).toBeCloseTo(mean, 12);
});
