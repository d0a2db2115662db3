import type { Kpi, ReleasePolicy } from '@mulle/contract';
import { expect, test } from 'vitest';
import { bindPolicy } from '../bind-policy.ts';
import { policyProblems } from '../policy-problems.ts';
import { seeded } from '../testing/seeded.ts';
import { idOf, Play, version } from '../testing/traffic.ts';

type Policy = Extract<ReleasePolicy, { kind: 'staged' }>;

const bought: Kpi = { name: 'bought', kind: 'rate', value: { outcome: 'bought' }, direction: 'increase', role: 'goal' };
const late: Kpi = {
  name: 'late',
  kind: 'rate',
  value: { outcome: 'late' },
  direction: 'decrease',
  role: 'guardrail',
};
const policy: Policy = {
  kind: 'staged',
  phases: [
    { coverage: 0.1, sampleSize: 200 },
    { coverage: 0.4, sampleSize: 500 },
    { coverage: 1, sampleSize: 1_000 },
  ],
  kpis: [bought, late],
  alpha: 0.05,
  spending: 'obrien-fleming',
  maxSeconds: 600,
  whenInconclusive: 'pause',
};
const begin = (changes: Partial<Policy> = {}): Play =>
  new Play(bindPolicy({ ...policy, ...changes }, version(1), [version(2)]), 'r');

interface World {
  readonly bought: readonly [incumbent: number, challenger: number];
  readonly late?: readonly [number, number];
}

/** New units until the release would end; looked at after every fifty of the cohort. */
function play(run: Play, world: World, seed: number): { conclusion: string; step: number } {
  const random = seeded(seed);
  let inside = 0;
  for (let unit = 0; unit < 60_000; unit += 1) {
    const id = `${seed}-${unit}`;
    const choice = run.choose(id);
    if (choice.group === 'outside') continue;
    const arm = choice.group === 'challenger' ? 1 : 0;
    const values = {
      bought: random() < world.bought[arm] ? 1 : 0,
      late: random() < (world.late ?? [0.2, 0.2])[arm] ? 1 : 0,
    };
    run.observe(id, choice, { values });
    if (++inside % 50 !== 0) continue;
    const { conclusion } = run.conclude();
    if (conclusion === 'advance') run.step += 1;
    else if (conclusion !== 'continue') return { conclusion, step: run.step };
  }
  return { conclusion: 'continue', step: run.step };
}

test('the cohort grows by phases; who is in stays in, in the same arm, and the rest meet the incumbent', () => {
  const run = begin();
  const units = Array.from({ length: 4_000 }, (_, index) => `u${index}`);
  const phases = [0, 1, 2].map((step) => {
    run.step = step;
    return units.map((unit) => run.choose(unit));
  });
  for (const [step, choices] of phases.entries()) {
    const { coverage } = policy.phases[step] ?? { coverage: 0 };
    for (const [group, share, variant] of [
      ['incumbent', coverage / 2, 1],
      ['challenger', coverage / 2, 2],
      ['outside', 1 - coverage, 1],
    ] as const) {
      const own = choices.filter((choice) => choice.group === group);
      expect(Math.abs(own.length / units.length - share)).toBeLessThan(4 * Math.sqrt(0.25 / units.length));
      expect(own.every(({ variantId }) => variantId === idOf(variant))).toBe(true);
      if (group !== 'outside') expect(own.every(({ propensity }) => Math.abs(propensity - share) < 1e-12)).toBe(true);
    }
    const before = phases[step - 1];
    for (const [unit, choice] of (before ?? []).entries())
      if (choice.group !== 'outside') expect(choices[unit]?.group).toBe(choice.group);
  }
});

test('a much better challenger wins early, a harmful one is taken back, an equal one ends without a conclusion', () => {
  expect(play(begin(), { bought: [0.2, 0.33] }, 1)).toEqual({ conclusion: 'promote', step: 1 });
  expect(play(begin(), { bought: [0.33, 0.2] }, 2)).toEqual({ conclusion: 'rollback', step: 1 });
  expect(play(begin(), { bought: [0.3, 0.3] }, 4)).toEqual({ conclusion: 'inconclusive', step: 2 });
  expect(play(begin(), { bought: [0.3, 0.3], late: [0.1, 0.4] }, 4)).toEqual({ conclusion: 'rollback', step: 0 });
});

test('a phase looks once: what would be significant is nothing before its units are in', () => {
  const run = begin({ spending: 'pocock' });
  for (let unit = 0; unit < 3_000; unit += 1) {
    const choice = run.choose(`u${unit}`);
    if (choice.group === 'outside') continue;
    run.observe(`u${unit}`, choice, { values: { bought: choice.group === 'challenger' ? 1 : unit % 2 } });
  }
  expect(run.conclude()).toMatchObject({ conclusion: 'continue' });
  expect(run.conclude(601_000).conclusion).toBe('inconclusive');
});

test(
  'over all its looks an equal challenger wins or loses as often as alpha says (seeds from 100 on)',
  { timeout: 60_000 },
  () => {
    const runs = 200;
    const phases = [
      { coverage: 0.5, sampleSize: 150 },
      { coverage: 1, sampleSize: 300 },
      { coverage: 1, sampleSize: 450 },
    ];
    let ended = 0;
    for (let run = 0; run < runs; run += 1) {
      const staged = begin({ phases, kpis: [bought], spending: 'pocock' });
      const { conclusion } = play(staged, { bought: [0.4, 0.4] }, 100 + run);
      if (conclusion === 'promote' || conclusion === 'rollback') ended += 1;
    }
    // Three standard errors above 0.05, and not far below: the bounds are exact but for the sizes of the looks.
    expect(ended / runs).toBeLessThan(0.05 + 3 * Math.sqrt((0.05 * 0.95) / runs));
    expect(ended / runs).toBeGreaterThan(0.005);
  },
);

test('a plan whose phases do not grow is refused', () => {
  const phases = [
    { coverage: 0.4, sampleSize: 200 },
    { coverage: 0.1, sampleSize: 100 },
  ];
  const problems = policyProblems({ ...policy, phases, kpis: [late] });
  expect(problems.map(({ path }) => path)).toEqual(['phases/1/coverage', 'phases/1/sampleSize', 'kpis']);
});
