import { describe, expect, test } from 'vitest';
import { offPolicyValue, type LoggedDecision, type OffPolicyMethod } from '../index.ts';
import { seededUniform } from '../testing/seeded.ts';

const rates = [0.2, 0.5, 0.35];
const target = [0.1, 0.7, 0.2];
const truth = rates.reduce((sum, rate, arm) => sum + rate * (target[arm] ?? 0), 0);

function logOf(n: number, random: () => number, shares = [0.5, 0.2, 0.3]): LoggedDecision[] {
  return Array.from({ length: n }, () => {
    const draw = random();
    const arm = draw < (shares[0] ?? 0) ? 0 : draw < (shares[0] ?? 0) + (shares[1] ?? 0) ? 1 : 2;
    const reward = random() < (rates[arm] ?? 0) ? 1 : 0;
    return { arm, propensity: shares[arm] ?? 0, reward, target, predicted: [0.25, 0.45, 0.3] };
  });
}

describe('off-policy value', () => {
  test('by hand: IPS, SNIPS, DM and DR of four decisions', () => {
    const decisions: LoggedDecision[] = [
      { arm: 0, propensity: 0.5, reward: 1, target: [0.25, 0.75], predicted: [0.6, 0.4] },
      { arm: 1, propensity: 0.5, reward: 0, target: [0.25, 0.75], predicted: [0.6, 0.4] },
      { arm: 0, propensity: 0.5, reward: 0, target: [0.25, 0.75], predicted: [0.6, 0.4] },
      { arm: 1, propensity: 0.5, reward: 1, target: [0.25, 0.75], predicted: [0.6, 0.4] },
    ];
    const estimate = (method: OffPolicyMethod): number | null => {
      const result = offPolicyValue(decisions, method, { fewestEffective: 1 });
      return result.conclusive ? result.estimate : null;
    };
    // Weights ½, 1½, ½, 1½.
    expect(estimate('ips')).toBeCloseTo((0.5 + 1.5) / 4, 12);
    expect(estimate('snips')).toBeCloseTo(2 / 4, 12);
    expect(estimate('dm')).toBeCloseTo(0.25 * 0.6 + 0.75 * 0.4, 12);
    expect(estimate('dr')).toBeCloseTo(0.45 + (0.5 * 0.4 - 1.5 * 0.4 - 0.5 * 0.6 + 1.5 * 0.6) / 4, 12);
    const result = offPolicyValue(decisions, 'ips', { fewestEffective: 1 });
    expect(result.conclusive && result.effectiveSampleSize).toBeCloseTo(16 / 5, 12);
  });

  test.each(['ips', 'snips', 'dr', 'switch-dr'] as const)('%s covers the truth as often as it says', (method) => {
    let covered = 0;
    const runs = 400;
    const random = seededUniform(41);
    for (let run = 0; run < runs; run += 1) {
      const result = offPolicyValue(logOf(800, random), method);
      if (result.conclusive && result.lower <= truth && truth <= result.upper) covered += 1;
    }
    // 95 % ± three standard errors.
    expect(Math.abs(covered / runs - 0.95)).toBeLessThan(3 * Math.sqrt((0.95 * 0.05) / runs));
  });

  test('refuses what cannot be known', () => {
    const log = logOf(500, seededUniform(3));
    const lost = log.map((decision, index) => (index === 7 ? { ...decision, propensity: null } : decision));
    expect(offPolicyValue(lost, 'ips')).toMatchObject({ conclusive: false, reason: 'no-propensity' });
    expect(offPolicyValue([], 'ips')).toMatchObject({ reason: 'no-data' });
    // An arm that the log never shows.
    expect(offPolicyValue(logOf(500, seededUniform(4), [0.8, 0, 0.2]), 'dr')).toMatchObject({ reason: 'no-support' });
    const without = log.map(({ arm, propensity, reward }) => ({ arm, propensity, reward, target }));
    expect(offPolicyValue(without, 'dr')).toMatchObject({ reason: 'no-prediction' });
    expect(offPolicyValue(without, 'snips').conclusive).toBe(true);
  });

  test('propensities made up afterwards from the shares that were seen are found out where the policy moved', () => {
    const random = seededUniform(5);
    // Arm 1 was favoured when it did well (a bandit that learned); the overall shares know nothing of that.
    const log = Array.from({ length: 4_000 }, (_, index): LoggedDecision => {
      const share = index < 2_000 ? 0.1 : 0.9;
      const arm = random() < share ? 1 : 0;
      const reward = random() < (index < 2_000 ? 0.2 : 0.6) ? 1 : 0;
      return { arm, propensity: arm === 1 ? share : 1 - share, reward, target: [0, 1] };
    });
    const logged = offPolicyValue(log, 'ips');
    const seen = log.filter(({ arm }) => arm === 1).length / log.length;
    const madeUp = offPolicyValue(
      log.map((one) => ({ ...one, propensity: one.arm === 1 ? seen : 1 - seen })),
      'ips',
    );
    expect(logged.conclusive && logged.lower <= 0.4 && 0.4 <= logged.upper).toBe(true);
    expect(madeUp.conclusive && madeUp.lower <= 0.4).toBe(false);
  });
});
