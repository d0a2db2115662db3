import {
  addReward,
  addToLinearArm,
  allocate,
  emptyArmRewards,
  emptyLinearArm,
  linUcbBounds,
  offPolicyValue,
  ucb1Bound,
  type ArmRewards,
  type LoggedDecision,
} from '@mulle/stats';
import { beta, normal, seededUniform } from './random.ts';
import { meanNear, shareWithin, type Figure } from './study.ts';

type Choose = (arms: readonly ArmRewards[], total: number, random: () => number) => number;

function largestAt(values: readonly number[]): number {
  return values.reduce((best, value, index) => (value > (values[best] ?? -Infinity) ? index : best), 0);
}

function drawn(shares: readonly number[], random: () => number): number {
  let left = random();
  for (const [index, share] of shares.entries()) {
    left -= share;
    if (left < 0) return index;
  }
  return shares.length - 1;
}

/** Thompson draws from the posteriors that `allocate` integrates: the same distribution, one step at a time. */
const algorithms: Readonly<Record<string, { choose: Choose; expected: number; deviation: number }>> = {
  ucb1: {
    choose: (arms, total) => largestAt(arms.map(({ n, sum }) => ucb1Bound(sum / n, n, total, 1))),
    expected: 594,
    deviation: 3,
  },
  'epsilon-greedy': {
    choose: (arms, _total, random) => drawn(allocate(arms, { kind: 'epsilon-greedy', epsilon: 0.1 }), random),
    expected: 135,
    deviation: 7,
  },
  thompson: {
    choose: (arms, _total, random) => largestAt(arms.map(({ n, sum }) => beta(1 + sum, 1 + n - sum, random))),
    expected: 82,
    deviation: 2,
  },
};

/**
 * Pseudo-regret: over the steps the best arm's mean less that of the arm that was drawn, whatever its reward came to. Of
 * 10,000 steps of one arm at 0.9 and nine at 0.8, within two standard errors of the table's, and of the simulation's own:
 * one run in some hundreds never finds the best arm and costs 1,000, so the mean has a long tail.
 */
export function regrets(runs: number, seed: number): Record<string, Figure> {
  return Object.fromEntries(
    Object.entries(algorithms).map(([name, { choose, expected, deviation }], index) => {
      const random = seededUniform(seed + index);
      const values = Array.from({ length: runs }, () => {
        const arms = Array.from({ length: 10 }, emptyArmRewards);
        let regret = 0;
        for (let step = 0; step < 10_000; step += 1) {
          const at = choose(arms, step, random);
          const arm = arms[at];
          if (arm) addReward(arm, random() < (at === 0 ? 0.9 : 0.8) ? 1 : 0);
          regret += at === 0 ? 0 : 0.1;
        }
        return regret;
      });
      return [`regret ${name}`, meanNear(values, expected, 2 * deviation)];
    }),
  );
}

/** Reward of LinUCB less that of the best fixed arm, which the context makes worse than choosing by it. */
export function contextualGain(runs: number, seed: number): Figure {
  const random = seededUniform(seed);
  const gains = Array.from({ length: runs }, () => {
    const weights = Array.from({ length: 4 }, () => Array.from({ length: 5 }, () => normal(random)));
    const arms = weights.map(() => emptyLinearArm(5));
    const fixed = weights.map(() => 0);
    let own = 0;
    for (let step = 0; step < 1_000; step += 1) {
      const x = Array.from({ length: 5 }, () => normal(random));
      const means = weights.map((weight) => weight.reduce((sum, value, index) => sum + value * (x[index] ?? 0), 0));
      const at = largestAt(linUcbBounds(arms, x, 1));
      const arm = arms[at];
      if (arm) addToLinearArm(arm, x, (means[at] ?? 0) + normal(random));
      own += means[at] ?? 0;
      for (const [index, mean] of means.entries()) fixed[index] = (fixed[index] ?? 0) + mean;
    }
    return (own - Math.max(...fixed)) / 1_000;
  });
  const figure = meanNear(gains, 0, Infinity);
  return { ...figure, ok: figure.value - 3 * figure.standardError > 0 };
}

/** Coverage of the intervals of IPS, SNIPS, DR and switch-DR on logs whose truth is known; and the error of DR. */
export function offPolicy(runs: number, seed: number): Record<string, Figure> {
  const random = seededUniform(seed);
  const rates = [0.2, 0.5, 0.35];
  const target = [0.1, 0.7, 0.2];
  const shares = [0.5, 0.2, 0.3];
  const truth = rates.reduce((sum, rate, arm) => sum + rate * (target[arm] ?? 0), 0);
  const covered: Record<string, number> = {};
  const errors: number[] = [];
  for (let run = 0; run < runs; run += 1) {
    const log = Array.from({ length: 1_000 }, (): LoggedDecision => {
      const arm = drawn(shares, random);
      const reward = random() < (rates[arm] ?? 0) ? 1 : 0;
      return { arm, propensity: shares[arm] ?? 0, reward, target, predicted: [0.25, 0.45, 0.3] };
    });
    for (const method of ['ips', 'snips', 'dr', 'switch-dr'] as const) {
      const result = offPolicyValue(log, method);
      const hit = result.conclusive && result.lower <= truth && truth <= result.upper;
      covered[method] = (covered[method] ?? 0) + Number(hit);
      if (method === 'dr' && result.conclusive) errors.push(result.estimate - truth);
    }
  }
  const coverages = Object.entries(covered).map(([method, hits]) => [
    `coverage ${method}`,
    shareWithin(hits, runs, 0.94, 0.96),
  ]);
  return { ...Object.fromEntries(coverages), 'error dr': meanNear(errors, 0, 0) };
}
