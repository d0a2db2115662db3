import type { Kpi, ReleasePolicy } from '@mulle/contract';
import { describe, expect, test } from 'vitest';
import { bindPolicy } from '../bind-policy.ts';
import { policyProblems } from '../policy-problems.ts';
import type { Choice } from '../strategy.ts';
import { seeded } from '../testing/seeded.ts';
import { idOf, Play, version } from '../testing/traffic.ts';
import type { BanditState } from './bandit-state.ts';

type BanditPolicy = Extract<ReleasePolicy, { kind: 'bandit' }>;

const clicks: Kpi = {
  name: 'clicks',
  kind: 'rate',
  value: { outcome: 'clicked' },
  direction: 'increase',
  role: 'goal',
};
const policy: BanditPolicy = {
  kind: 'bandit',
  reward: clicks,
  algorithm: { kind: 'thompson' },
  minSamples: 50,
  maxSeconds: 1_000,
  whenInconclusive: 'pause',
};
const begin = (changes: Partial<BanditPolicy> = {}, arms = 2, id = 'r'): Play =>
  new Play(
    bindPolicy(
      { ...policy, ...changes },
      version(1),
      Array.from({ length: arms - 1 }, (_, index) => version(index + 2)),
    ),
    id,
  );
const names = ['incumbent', 'challenger', 'challenger-2', 'challenger-3'];

/** Requests in batches of 50, a dial after each; rewards by arm. `logged` may falsify what is recorded of a choice. */
function play(
  release: Play,
  rates: readonly number[],
  requests: number,
  random: () => number,
  logged: (choice: Choice) => Choice = (choice) => choice,
): string {
  for (let index = 0; index < requests; index++) {
    const choice = release.choose(`q${random()}`);
    const clicked = random() < (rates[names.indexOf(choice.group)] ?? 0) ? 1 : 0;
    release.observe(`u${index}`, logged(choice), { values: { clicked }, atMs: index * 100 });
    if (index % 50 !== 49) continue;
    const { conclusion, winner } = release.conclude(1_000);
    if (conclusion !== 'continue') return winner ?? conclusion;
  }
  return 'continue';
}

const shares = (release: Play): Record<string, number> => release.allocation?.weights ?? {};

describe('shares', () => {
  test('are equal at first, follow what is earned, and are the propensities', () => {
    const release = begin();
    expect(release.choose('a').propensity).toBe(0.5);
    play(release, [0.1, 0.4], 1_000, seeded(1));
    const { challenger = 0, incumbent = 0 } = shares(release);
    expect(challenger).toBeGreaterThan(0.95);
    expect(challenger + incumbent).toBeCloseTo(1, 5);
    const choices = Array.from({ length: 2_000 }, (_, index) => release.choose(`r${index}`));
    for (const { group, variantId, propensity } of choices) {
      expect(propensity).toBeCloseTo(shares(release)[group] ?? 0, 5);
      expect(variantId).toBe(idOf(group === 'incumbent' ? 1 : 2));
    }
  });

  test('a cost is kept low', () => {
    const release = begin({ reward: { ...clicks, direction: 'decrease' } });
    play(release, [0.1, 0.4], 1_000, seeded(2));
    expect(shares(release)['incumbent']).toBeGreaterThan(0.95);
  });

  test('floor and cap hold', () => {
    const release = begin({ floor: 0.1, cap: 0.7 }, 3);
    play(release, [0.1, 0.9, 0.1], 1_000, seeded(3));
    expect(shares(release)['challenger']).toBeCloseTo(0.7, 5);
    expect(shares(release)['incumbent']).toBeGreaterThanOrEqual(0.1);
  });

  test('epsilon-greedy: ε to all alike, the rest to the best', () => {
    const release = begin({ algorithm: { kind: 'epsilon-greedy', epsilon: 0.2 } });
    play(release, [0.1, 0.6], 500, seeded(4));
    expect(shares(release)).toEqual({ incumbent: 0.1, challenger: 0.9 });
  });

  test('by unit a unit keeps its arm while the shares stay; by request it does not', () => {
    const release = (assignment: 'unit' | 'request') => {
      const groups = Array.from({ length: 200 }, (_, index) => {
        const { strategy } = begin({ assignment });
        return new Play(strategy, 'r').choose(assignment === 'unit' ? 'one' : `q${index}`).group;
      });
      return new Set(groups).size;
    };
    expect([release('unit'), release('request')]).toEqual([1, 2]);
  });

  test('a warm start moves them from the beginning, and concludes nothing', () => {
    const known = { n: 1_000, mean: 0.5 };
    const release = begin({ warmStart: [{ n: 1_000, mean: 0.1 }, known], stop: { alpha: 0.05, tolerance: 0 } });
    expect(release.conclude()).toMatchObject({ conclusion: 'continue' });
    expect(shares(release)['challenger']).toBeGreaterThan(0.99);
  });
});

describe('time', () => {
  const stateOf = (release: Play): BanditState => {
    if (release.state.kind !== 'bandit') throw new TypeError(release.state.kind);
    return release.state;
  };
  const at = (release: Play, seconds: number, values?: Record<string, number>): void =>
    release.observe(
      'u',
      { group: 'challenger', propensity: 0.5 },
      { atMs: seconds * 1_000, ...(values ? { values } : {}) },
    );

  test('a decision counts once it is old enough, with what came by then, and late rewards are added', () => {
    const release = begin({ reward: { ...clicks, absent: 'zero' }, attributionSeconds: 80 });
    at(release, 1_000);
    at(release, 1_050, { clicked: 1 });
    expect(stateOf(release).settled['challenger']).toMatchObject({ n: 0, sum: 0 });
    at(release, 1_095);
    expect(stateOf(release).settled['challenger']).toMatchObject({ n: 1, sum: 0 });
    at(release, 1_150);
    expect(stateOf(release).settled['challenger']).toMatchObject({ n: 2, sum: 1 });
    at(release, 1_300);
    const late = { group: 'challenger', unit: 'u', propensity: 0.5, fields: {}, source: 'variant', score: 1 } as const;
    release.fold({ ...late, kind: 'outcome', atMs: 1_000_000, values: { clicked: 1 } });
    expect(stateOf(release).settled['challenger']).toMatchObject({ n: 4, sum: 2 });
  });

  test('after a half-life what was earned counts half', () => {
    const release = begin({ halfLifeSeconds: 160 });
    at(release, 1_600, { clicked: 1 });
    at(release, 1_760, { clicked: 1 });
    at(release, 1_920, { clicked: 1 });
    // The newest is still open: 1 of 1,600 s decayed by one half-life, and 1 of 1,760 s.
    expect(stateOf(release).settled['challenger']?.n).toBeCloseTo(1.5, 9);
  });

  test('a change is followed by what forgets', () => {
    const follow = (changes: Partial<BanditPolicy>): number => {
      const release = begin({ floor: 0.05, ...changes });
      const random = seeded(5);
      play(release, [0.2, 0.6], 3_000, random);
      for (let index = 0; index < 3_000; index++) {
        const choice = release.choose(`q${random()}`);
        const clicked = random() < (choice.group === 'incumbent' ? 0.6 : 0.2) ? 1 : 0;
        release.observe('u', choice, { values: { clicked }, atMs: 300_000 + index * 100 });
        if (index % 50 === 49) release.conclude();
      }
      return shares(release)['incumbent'] ?? 0;
    };
    expect(follow({ halfLifeSeconds: 60 })).toBeGreaterThan(0.9);
    expect(follow({})).toBeLessThan(0.5);
  });

  test('the state is the same after a restart', () => {
    const release = begin({ halfLifeSeconds: 60, reward: { ...clicks, absent: 'zero' }, attributionSeconds: 10 });
    play(release, [0.2, 0.6], 300, seeded(6));
    const again = begin({ halfLifeSeconds: 60, reward: { ...clicks, absent: 'zero' }, attributionSeconds: 10 });
    again.state = JSON.parse(JSON.stringify(release.state)) as typeof again.state;
    expect(again.conclude()).toEqual(release.conclude());
  });
});

describe('conclusion', () => {
  const stop = { alpha: 0.05, tolerance: 0.02 };

  test('the best arm is promoted; without a stop rule none is', () => {
    expect(play(begin({ stop, floor: 0.1 }, 3), [0.2, 0.3, 0.6], 4_000, seeded(7))).toBe('challenger-2');
    expect(play(begin({ floor: 0.1 }, 3), [0.2, 0.3, 0.6], 1_000, seeded(7))).toBe('continue');
  });

  test('under peeking after every batch an arm that is worse by more than the tolerance is hardly ever promoted', () => {
    const random = seeded(8);
    const ends = Array.from({ length: 20 }, (_, run) =>
      play(begin({ stop, floor: 0.1 }, 2, `r${run}`), [0.5, 0.45], 1_000, random),
    );
    expect(ends.filter((end) => end === 'challenger').length).toBeLessThanOrEqual(1);
  });

  test('means of any unit', () => {
    const spent: Kpi = { ...clicks, kind: 'mean' };
    const release = begin({ reward: spent, stop: { alpha: 0.05, tolerance: 0.5 }, floor: 0.2 });
    const random = seeded(9);
    let end = 'continue';
    for (let index = 0; index < 4_000 && end === 'continue'; index++) {
      const choice = release.choose(`q${index}`);
      const clicked = (choice.group === 'challenger' ? 12 : 10) + 4 * (random() - 0.5);
      release.observe(`u${index}`, choice, { values: { clicked } });
      if (index % 50 === 49) end = release.conclude().winner ?? 'continue';
    }
    expect(end).toBe('challenger');
  });

  test('no data concludes nothing, and time alone nothing good', () => {
    expect(begin({ stop }).conclude(500_000)).toMatchObject({ conclusion: 'continue' });
    expect(begin({ stop }).conclude(2_000_000)).toMatchObject({ conclusion: 'inconclusive' });
  });

  test('propensities that were computed after the fact are found, true ones are not', () => {
    const run = (afterTheFact: boolean): string => {
      const release = begin({ floor: 0.02 });
      return play(release, [0.3, 0.5], 4_000, seeded(10), (choice) => {
        // What the shares are in the end, in place of what they were when the arm was drawn.
        const share = choice.group === 'challenger' ? 0.98 : 0.02;
        return afterTheFact ? { ...choice, propensity: share } : choice;
      });
    };
    expect([run(true), run(false)]).toEqual(['pause', 'continue']);
  });
});

test('what does not go together is refused', () => {
  const paths = (changes: Partial<BanditPolicy>) => policyProblems({ ...policy, ...changes }).map(({ path }) => path);
  expect(paths({})).toEqual([]);
  expect(paths({ stop: { alpha: 0.05, tolerance: 0 }, halfLifeSeconds: 9 })).toEqual(['stop']);
  expect(paths({ attributionSeconds: 9 })).toEqual(['attributionSeconds']);
  expect(paths({ reward: { ...clicks, kind: 'ratio' } })).toEqual(['reward/kind']);
  expect(() => begin({ floor: 0.4 }, 3)).toThrow(/floor of 0.4 is too much for 3/);
  expect(() =>
    begin(
      {
        warmStart: [
          { n: 1, mean: 1 },
          { n: 1, mean: 1 },
        ],
      },
      3,
    ),
  ).toThrow(/2 entries for 3 arms/);
});
