import type { Decision, Kpi } from '@mulle/contract';
import { describe, expect, test } from 'vitest';
import { bindPolicy } from './bind-policy.ts';
import { evaluatePolicy, type LoggedAnswer } from './evaluate-policy.ts';
import { seeded } from './testing/seeded.ts';

const model = (version: number) => ({ kind: 'model', model: 'm', version }) as const;
const bought: Kpi = { name: 'bought', kind: 'rate', value: { outcome: 'bought' }, direction: 'increase', role: 'goal' };
const strategy = bindPolicy(
  {
    kind: 'bandit',
    reward: bought,
    algorithm: { kind: 'epsilon-greedy', epsilon: 0.1 },
    minSamples: 1,
    maxSeconds: 60,
    whenInconclusive: 'pause',
  },
  model(1),
  [model(2)],
);
const release = { id: 'r', strategy };

/** x uniform on 0…1; the incumbent is bought with 0.2 + 0.2x, the challenger with 0.6 − 0.4x. */
const rate = (group: string, x: number): number => (group === 'incumbent' ? 0.2 + 0.2 * x : 0.6 - 0.4 * x);

function answers(n: number, seed: number, challenger: number): LoggedAnswer[] {
  const random = seeded(seed);
  return Array.from({ length: n }, (_, index) => {
    const x = random();
    const group = random() < challenger ? 'challenger' : 'incumbent';
    const decision: Decision = {
      endpoint: 'e',
      requestId: `q${index}`,
      eventTimeMs: index,
      unit: `u${index}`,
      releaseId: 'r',
      group,
      pinned: false,
      assignedVariant: 'm@1',
      servedVariant: 'm@1',
      propensity: group === 'challenger' ? challenger : 1 - challenger,
      source: 'variant',
      ageMs: 0,
      inputs: { x, country: 'KR' },
      features: {},
      violations: [],
      score: 0.5,
      errorCode: null,
      latencyMs: 1,
      stagesUs: {},
      definitionsVersion: 1,
      dialsEpoch: 1,
    };
    return { decision, outcome: { bought: random() < rate(group, x) } };
  });
}

describe('the value of a proposal from the log of another release', () => {
  const log = answers(20_000, 1, 0.3);

  test.each([
    ['all to the challenger', { shares: { challenger: 1 } }, 0.4],
    ['four fifths to the incumbent', { shares: { challenger: 1, incumbent: 4 } }, 0.32],
    // The challenger below x = 2/3, where it is the better one: ∫₀^⅔ (.6 − .4x) + ∫_⅔^1 (.2 + .2x) = 19/45 … by hand.
    [
      'each where it is better',
      {
        shares: { incumbent: 1 },
        groupOf: ({ inputs }: Decision) => (Number(inputs['x']) < 2 / 3 ? 'challenger' : null),
      },
      0.6 * (2 / 3) - 0.2 * (2 / 3) ** 2 + 0.2 * (1 / 3) + 0.1 * (1 - (2 / 3) ** 2),
    ],
  ])('%s', (_, proposal, truth) => {
    const { methods, logged } = evaluatePolicy(release, bought, proposal, log);
    expect(logged).toMatchObject({ n: 20_000 });
    for (const [method, result] of Object.entries(methods)) {
      if (!result.conclusive) throw new Error(`${method} was refused: ${result.reason}`);
      // Four standard errors.
      expect(Math.abs(result.estimate - truth), method).toBeLessThan(4 * Math.max(result.standardError, 0.004));
    }
  });

  test('one propensity that was not logged, and nothing is estimated', () => {
    const [first, ...rest] = log;
    if (first === undefined) throw new Error('The log is empty.');
    const holed = [{ ...first, decision: { ...first.decision, propensity: null } }, ...rest];
    const { methods } = evaluatePolicy(release, bought, { shares: { challenger: 1 } }, holed);
    expect(Object.values(methods)).toEqual(Array(5).fill({ conclusive: false, reason: 'no-propensity', n: 20_000 }));
  });

  test('what was pinned or overridden takes no part, whatever its propensity', () => {
    const left = log.slice(0, 1_000).map(({ decision, outcome }, index) => ({
      decision: { ...decision, ...(index % 2 === 0 ? { pinned: true } : { override: 'testers' }), propensity: null },
      outcome,
    }));
    const { logged } = evaluatePolicy(release, bought, { shares: { challenger: 1 } }, [...left, ...log.slice(1_000)]);
    expect(logged.n).toBe(19_000);
  });

  test('a group that the log never met has no support', () => {
    const { methods } = evaluatePolicy(release, bought, { shares: { challenger: 1 } }, answers(500, 2, 0));
    for (const method of ['ips', 'snips', 'dr', 'switch-dr'] as const)
      expect(methods[method]).toMatchObject({ conclusive: false, reason: 'no-support' });
  });

  test('decisions whose outcome has not come wait, or count as 0 where the KPI says so', () => {
    const late = log.slice(0, 100).map(({ decision }) => ({ decision, outcome: null }));
    const proposal = { shares: { incumbent: 1 } };
    expect(evaluatePolicy(release, bought, proposal, late)).toMatchObject({
      waiting: 100,
      logged: { n: 0, mean: null },
    });
    const zero = evaluatePolicy(release, { ...bought, absent: 'zero' }, proposal, late);
    expect(zero).toMatchObject({ waiting: 0, logged: { n: 100, mean: 0 } });
  });

  test('a group that is not there, and a ratio, are refused with a sentence', () => {
    expect(() => evaluatePolicy(release, bought, { shares: { winner: 1 } }, log)).toThrow(
      /no group 'winner'.*incumbent/,
    );
    expect(() => evaluatePolicy(release, { ...bought, kind: 'ratio' }, { shares: { incumbent: 1 } }, log)).toThrow(
      /ratio/,
    );
  });
});
