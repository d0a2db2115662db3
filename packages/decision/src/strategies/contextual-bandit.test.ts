import type { Kpi, ReleasePolicy } from '@mulle/contract';
import { expect, test } from 'vitest';
import { bindPolicy } from '../bind-policy.ts';
import { strategyModule } from '../registry.ts';
import type { Choice } from '../strategy.ts';
import { seeded } from '../testing/seeded.ts';
import { Play, version } from '../testing/traffic.ts';

type ContextualPolicy = Extract<ReleasePolicy, { kind: 'contextual-bandit' }>;

const earned: Kpi = { name: 'earned', kind: 'mean', value: { outcome: 'earned' }, direction: 'increase', role: 'goal' };
const policy: ContextualPolicy = {
  kind: 'contextual-bandit',
  reward: earned,
  algorithm: { kind: 'lin-ucb', alpha: 1 },
  context: [{ field: 'age', centre: 40, scale: 10 }],
  floor: 0.05,
  minSamples: 1,
  maxSeconds: 1_000,
  whenInconclusive: 'pause',
};
const begin = (changes: Partial<ContextualPolicy> = {}, arms = 2): Play =>
  new Play(
    bindPolicy(
      { ...policy, ...changes },
      version(1),
      Array.from({ length: arms - 1 }, (_, index) => version(index + 2)),
    ),
    'r',
  );

/** The young earn with the challenger, the old with the incumbent: no fixed arm is good for both. */
function play(release: Play, requests: number, logged: (choice: Choice) => Choice = (choice) => choice): number {
  const random = seeded(1);
  let total = 0;
  for (let index = 0; index < requests; index++) {
    const age = 20 + 40 * random();
    const choice = release.choose(`q${index}`, null, { age });
    const values = { earned: (choice.group === 'challenger') === age < 40 ? 1 : 0 };
    total += values.earned;
    release.observe(`u${index}`, logged(choice), { values, fields: { age } });
    if (index % 50 === 49 && release.conclude().conclusion !== 'continue') return Number.NaN;
  }
  return total / requests;
}

const algorithms: ContextualPolicy['algorithm'][] = [
  { kind: 'lin-ucb', alpha: 1 },
  { kind: 'linear-thompson', scale: 0.5 },
];

for (const algorithm of algorithms) {
  test(`${algorithm.kind} learns which arm is for whom, and its propensities are what it chooses by`, () => {
    const release = begin({ algorithm });
    expect(release.choose('a', null, { age: 20 }).propensity).toBe(0.5);
    expect(play(release, 2_000)).toBeGreaterThan(0.8);
    for (const age of [21, 39, 41, 59]) {
      const choices = Array.from({ length: 3_000 }, (_, index) => release.choose(`x${index}`, null, { age }));
      const own = new Map(choices.map(({ group, propensity }) => [group, propensity]));
      expect([...own.values()].reduce((sum, share) => sum + share, 0)).toBeCloseTo(1, 9);
      for (const [group, propensity] of own) {
        const frequency = choices.filter((choice) => choice.group === group).length / 3_000;
        // Four standard errors of a share of 3,000.
        expect(Math.abs(frequency - propensity)).toBeLessThan(4 * Math.sqrt(0.25 / 3_000));
      }
    }
    expect(release.choose('b', null, { age: 22 })).toMatchObject({ propensity: expect.any(Number) });
    const readings = release.conclude().readings.filter(({ gate }) => gate.metric === 'kpi');
    // Either arm alone earns one half; SNIPS says so from the bandit's own log.
    for (const { challenger } of readings) expect(Math.abs((challenger ?? 0) - 0.5)).toBeLessThan(0.1);
    expect(readings[0]?.incumbent).toBeGreaterThan(0.8);
  });
}

test('an arm that cannot answer has no share, and the others the whole', () => {
  const release = begin({}, 3);
  play(release, 300);
  const module = strategyModule('contextual-bandit');
  const compiled = module.compile({ strategy: release.strategy, allocation: release.allocation });
  for (let index = 0; index < 100; index++) {
    const request = { releaseId: 'r', unit: 'u', requestId: `q${index}`, model: release.allocation?.model };
    const weights = { ...compiled.weights, 'challenger-2': 0 };
    const { group, propensity } = module.choose(compiled, weights, { ...request, numberAt: () => 45 });
    expect(group).not.toBe('challenger-2');
    expect([0.05, 0.95]).toContainEqual(expect.closeTo(propensity, 9));
  }
});

test('what is missing counts as the centre', () => {
  const release = begin();
  play(release, 500);
  expect(release.choose('q', null, {})).toEqual(release.choose('q', null, { age: 40 }));
});

test('a reward that comes later than its decision counts as if it had come with it', () => {
  const [atOnce, later] = [begin(), begin({ reward: { ...earned, absent: 'zero' } })];
  play(atOnce, 500);
  const random = seeded(1);
  for (let index = 0; index < 500; index++) {
    const age = 20 + 40 * random();
    const choice = later.choose(`q${index}`, null, { age });
    const values = { earned: (choice.group === 'challenger') === age < 40 ? 1 : 0 };
    later.observe(`u${index}`, choice, { values, fields: { age } });
    if (index % 50 === 49) later.conclude();
  }
  expect(later.allocation?.model?.['challenger']?.theta[1]).toBeCloseTo(
    atOnce.allocation?.model?.['challenger']?.theta[1] ?? 0,
    4,
  );
});

test('propensities that were computed after the fact are found', () => {
  expect(play(begin({ floor: 0.02 }), 3_000, (choice) => ({ ...choice, propensity: 0.98 }))).not.toBeNaN();
  expect(
    play(begin({ floor: 0.02 }), 3_000, (choice) => ({
      ...choice,
      propensity: choice.group === 'challenger' ? 0.02 : 0.98,
    })),
  ).toBeNaN();
});
