import type { Kpi, ReleasePolicy } from '@mulle/contract';
import { expect, test } from 'vitest';
import { bindPolicy } from '../bind-policy.ts';
import { interleaveRows } from '../interleave-rows.ts';
import { strategyModule } from '../registry.ts';
import { seeded } from '../testing/seeded.ts';
import { idOf, Play, version } from '../testing/traffic.ts';

type Policy = Extract<ReleasePolicy, { kind: 'interleaving' }>;

const clicked: Kpi = {
  name: 'clicked',
  kind: 'rate',
  value: { outcome: 'clicked' },
  direction: 'increase',
  role: 'goal',
  absent: 'zero',
};
const policy: Policy = {
  kind: 'interleaving',
  method: 'team-draft',
  length: 5,
  credit: clicked,
  alpha: 0.05,
  minSamples: 50,
  maxSeconds: 600,
  whenInconclusive: 'pause',
};
const begin = (changes: Partial<Policy> = {}): Play =>
  new Play(bindPolicy({ ...policy, ...changes }, version(1), [version(2)]), 'r');

/** Ten documents; a user clicks a shown one in its first five places with its relevance, less often further down. */
const relevance = Array.from({ length: 10 }, (_, document) => (document < 3 ? 0.5 : 0.05));
const noisy = (random: () => number, noise: number): number[] => relevance.map((value) => value + noise * random());

interface Ended {
  readonly conclusion: string;
  readonly lists: number;
}

function play(run: Play, seed: number, noise: { incumbent: number; challenger: number }, most: number): Ended {
  const random = seeded(seed);
  for (let list = 0; list < most; list += 1) {
    const { scores, teams } = interleaveRows(
      noisy(random, noise.incumbent),
      noisy(random, noise.challenger),
      policy,
      random,
    );
    const order = scores.map((score, row) => ({ score, row })).toSorted((a, b) => b.score - a.score);
    for (const [place, { row }] of order.entries()) {
      const event = {
        unit: `u${list % 400}`,
        propensity: 1,
        fields: {},
        source: 'variant',
        score: 0,
        atMs: list,
      } as const;
      const group = teams[row] ?? 'outside';
      run.fold({ ...event, group, kind: 'decision', failed: false, latencyMs: 1 });
      if (place < 5 && random() < (relevance[row] ?? 0) / (1 + place))
        run.fold({ ...event, group, kind: 'outcome', values: { clicked: 1 } });
    }
    if (list % 20 !== 19) continue;
    const { conclusion } = run.conclude();
    if (conclusion !== 'continue') return { conclusion, lists: list + 1 };
  }
  return { conclusion: 'continue', lists: most };
}

test('the answer is one list: its scores fall from place to place, and are the incumbent’s own', () => {
  const random = seeded(1);
  for (let round = 0; round < 200; round += 1) {
    const incumbent = Array.from({ length: 8 }, () => Math.round(4 * random()) / 4);
    const { scores, teams } = interleaveRows(
      incumbent,
      noisy(random, 1).slice(0, 8),
      { method: 'team-draft', length: 5 },
      random,
    );
    expect(new Set(scores.map(Math.fround)).size).toBe(8);
    const sorted = incumbent.toSorted((a, b) => b - a);
    for (const [place, score] of scores.toSorted((a, b) => b - a).entries())
      expect(score).toBeCloseTo(sorted[place] ?? NaN, 4);
    const placed = teams.filter((team) => team !== null);
    expect(placed).toHaveLength(5);
    // Each team picks once a round.
    expect(Math.abs(placed.filter((team) => team === 'incumbent').length - 2.5)).toBe(0.5);
  }
});

test.each(['team-draft', 'probabilistic'] as const)(
  '%s: the better ranker is promoted, the worse one taken back',
  (method) => {
    expect(play(begin({ method }), 1, { incumbent: 2, challenger: 0.1 }, 20_000).conclusion).toBe('promote');
    expect(play(begin({ method }), 2, { incumbent: 0.1, challenger: 2 }, 20_000).conclusion).toBe('rollback');
  },
);

test(
  'rankers that are alike are hardly ever told apart, looked at after every twenty lists',
  { timeout: 60_000 },
  () => {
    const runs = 60;
    let ended = 0;
    for (let run = 0; run < runs; run += 1)
      if (play(begin(), 50 + run, { incumbent: 0.5, challenger: 0.5 }, 1_000).conclusion !== 'continue') ended += 1;
    // Three standard errors above alpha.
    expect(ended / runs).toBeLessThan(0.05 + 3 * Math.sqrt((0.05 * 0.95) / runs));
  },
);

test('far fewer users are needed than by an A/B test of the same rankers', () => {
  const random = seeded(9);
  const clicksOf = (noise: number): number => {
    const scores = noisy(random, noise);
    const order = scores.map((score, row) => ({ score, row })).toSorted((a, b) => b.score - a.score);
    return order
      .slice(0, 5)
      .reduce((sum, { row }, place) => sum + (random() < (relevance[row] ?? 0) / (1 + place) ? 1 : 0), 0);
  };
  const noise = { incumbent: 0.8, challenger: 0.4 };
  const sample = (own: number) => {
    const clicks = Array.from({ length: 20_000 }, () => clicksOf(own));
    const mean = clicks.reduce((sum, each) => sum + each, 0) / clicks.length;
    return { mean, variance: clicks.reduce((sum, each) => sum + (each - mean) ** 2, 0) / clicks.length };
  };
  const [incumbent, challenger] = [sample(noise.incumbent), sample(noise.challenger)];
  // Users of both arms for 80 % power at two-sided 5 %: the textbook formula.
  const users =
    (4 * 1.96 ** 2 * 2.04 * (incumbent.variance + challenger.variance)) / 2 / (challenger.mean - incumbent.mean) ** 2;
  const lists = [1, 2, 3, 4, 5].map((seed) => play(begin(), seed, noise, 20_000).lists).toSorted((a, b) => a - b)[2];
  expect(lists).toBeLessThan(users / 2);
});

test('credit that all goes one way has no spread, and concludes all the same', () => {
  const run = begin();
  const event = { group: 'challenger', propensity: 1, fields: {}, source: 'variant', score: 0 } as const;
  for (let list = 0; list < 300; list += 1) {
    const row = { ...event, unit: `u${list}`, atMs: list };
    run.fold({ ...row, kind: 'decision', failed: false, latencyMs: 1 });
    run.fold({ ...row, kind: 'outcome', values: { clicked: 1 } });
  }
  const { conclusion, readings } = run.conclude();
  expect(conclusion).toBe('promote');
  expect(readings[0]).toMatchObject({ estimate: 1, interval: [expect.any(Number), 1] });
});

test('a challenger that does not rank is taken back; what nobody placed credits nobody; data has both variants', () => {
  const run = begin();
  const event = { unit: 'u', propensity: 1, fields: {}, source: 'variant', score: 0, atMs: 0 } as const;
  expect(run.choose('u')).toEqual({ group: 'interleaved', variantId: idOf(1), propensity: 1 });
  run.fold({ ...event, group: 'outside', kind: 'outcome', values: { clicked: 1 } });
  expect(run.conclude().readings).toMatchObject([
    { verdict: 'inconclusive' },
    { verdict: 'inconclusive', challengerSamples: 0 },
  ]);
  for (let row = 0; row < 50; row += 1)
    run.fold({ ...event, group: 'unranked', kind: 'decision', failed: false, latencyMs: 1 });
  expect(run.conclude().conclusion).toBe('rollback');
  expect(run.conclude(700_000, 'paused').conclusion).toBe('continue');
  const { groups } = strategyModule('interleaving').compile({ strategy: run.strategy });
  expect(groups.map(({ variantId }) => variantId)).toEqual([idOf(1), idOf(2)]);
});
