import type { Kpi, ReleasePolicy } from '@mulle/contract';
import { expect, test } from 'vitest';
import { bindPolicy } from '../bind-policy.ts';
import { policyProblems } from '../policy-problems.ts';
import { strategyModule } from '../registry.ts';
import { seeded } from '../testing/seeded.ts';
import { idOf, Play, version } from '../testing/traffic.ts';

type Policy = Extract<ReleasePolicy, { kind: 'sequence' }>;

const ending = { maxSeconds: 600, whenInconclusive: 'rollback' } as const;
const bought: Kpi = { name: 'bought', kind: 'rate', value: { outcome: 'bought' }, direction: 'increase', role: 'goal' };
const policy: Policy = {
  kind: 'sequence',
  stages: [
    {
      kind: 'shadow',
      sample: 1,
      agreement: { tolerance: 0.5, min: 0.5 },
      gates: [],
      minSeconds: 0,
      minSamples: 50,
      ...ending,
    },
    {
      kind: 'canary',
      steps: [
        { weight: 0.1, minSeconds: 0, minSamples: 50 },
        { weight: 0.3, minSeconds: 0, minSamples: 50 },
      ],
      gates: [{ metric: 'error-rate', max: 0.1 }],
      ...ending,
    },
    {
      kind: 'ab-test',
      kpis: [bought],
      analysis: { method: 'always-valid', alpha: 0.05, sampleSize: 500, correction: 'holm' },
      minSamples: 100,
      ...ending,
      whenInconclusive: 'pause',
    },
  ],
};

const begin = (): Play => new Play(bindPolicy(policy, version(1), [version(2)]), 'r');
const module = strategyModule('sequence');

/** Plays until the release would end or has gone through `rounds` of 100 units. */
function play(
  run: Play,
  rounds: number,
  chance: (group: string) => number,
  failed = (_group: string) => false,
): string {
  const random = seeded(3);
  let unit = 0;
  for (let round = 0; round < rounds; round += 1) {
    for (let index = 0; index < 100; index += 1) {
      const id = `u${unit++}`;
      const choice = run.choose(id);
      run.observe(id, choice, {
        failed: failed(choice.group),
        values: { bought: random() < chance(choice.group) ? 1 : 0 },
      });
      if (choice.group === 'shadow/incumbent') {
        const side = { failed: false, latencyMs: 1 };
        const copy = { agrees: true, difference: 0, dropped: 0, challenger: side, incumbent: side, fields: {} };
        run.state = module.foldShadow(run.strategy, run.state, copy);
      }
    }
    const { conclusion } = run.conclude();
    if (conclusion === 'advance') run.step += 1;
    else if (conclusion !== 'continue') return conclusion;
  }
  return 'continue';
}

test('a better challenger goes through shadow, canary and A/B, and has everything', () => {
  const run = begin();
  const steps = new Set<number>();
  const seen = play(run, 200, (group) => {
    steps.add(run.step);
    return group === 'ab-test/challenger' ? 0.6 : 0.3;
  });
  expect(seen).toBe('promote');
  expect([...steps]).toEqual([0, 1, 2, 3]);
  expect(run.conclude().reason.en).toMatch(/^Stage 3 of 3, ab-test\. Better/);
  expect(new Set(run.conclude().readings.map(({ group }) => group))).toEqual(new Set(['ab-test/challenger']));
});

test('a challenger that fails is taken back in the canary; one that is no better ends as its stage says', () => {
  const harmful = begin();
  expect(
    play(
      harmful,
      50,
      () => 0.3,
      (group) => group === 'canary/challenger',
    ),
  ).toBe('rollback');
  expect(harmful.step).toBe(1);
  const equal = begin();
  expect(play(equal, 20, () => 0.3)).toBe('continue');
  expect(equal.step).toBe(3);
  // The time of the A/B test is up: its own plan pauses, where the stages before would have rolled back.
  expect(equal.conclude(700_000).conclusion).toBe('pause');
});

test('data needs nothing but the dial: what it compiled once follows the weights from stage to stage', () => {
  const run = begin();
  const compiled = module.compile({ strategy: run.strategy });
  expect(compiled.shadow).toMatchObject({ group: 'shadow/incumbent', variantId: idOf(2) });
  const units = Array.from({ length: 2_000 }, (_, index) => `u${index}`);
  const groupsAt = (step: number): string[] => {
    const { weights } = module.compile({ strategy: run.strategy, state: 'running', step });
    return units.map((unit) => module.choose(compiled, weights, { releaseId: 'r', unit, requestId: unit }).group);
  };
  const byStep = [0, 1, 2, 3].map(groupsAt);
  expect(byStep.map((groups) => [...new Set(groups)].toSorted())).toEqual([
    ['shadow/incumbent'],
    ['canary/challenger', 'canary/incumbent'],
    ['canary/challenger', 'canary/incumbent'],
    ['ab-test/challenger', 'ab-test/incumbent'],
  ]);
  // One salt: who met the challenger keeps it.
  const met = (step: number): string[] => units.filter((_, index) => byStep[step]?.[index]?.endsWith('/challenger'));
  for (const [before, after] of [
    [1, 2],
    [2, 3],
  ] as const)
    expect(met(before).every((unit) => met(after).includes(unit))).toBe(true);
  expect(met(1).length / units.length).toBeCloseTo(0.1, 1);
  // Without a dial, and where an arm is away, nobody meets the challenger.
  const choose = (weights: Record<string, number>) =>
    module.choose(compiled, weights, { releaseId: 'r', unit: met(1)[0] ?? '', requestId: '' });
  expect(choose(compiled.safe)).toEqual({ group: 'shadow/incumbent', variantId: idOf(1), propensity: 1 });
  expect(choose({ 'canary/incumbent': 0.9, 'canary/challenger': 0 }).variantId).toBe(idOf(1));
  expect(choose({ 'ab-test/incumbent': 0.5, 'ab-test/challenger': 0 })).toMatchObject({ variantId: idOf(1) });
});

test('an outcome that comes late counts for the stage of its decision; state is plain JSON', () => {
  const run = begin();
  const { strategy } = run;
  const event = { unit: 'u', fields: {}, source: 'variant', score: 0.5, atMs: 0 } as const;
  run.fold({ ...event, kind: 'decision', group: 'canary/challenger', propensity: 0.1, failed: true, latencyMs: 1 });
  run.step = 3;
  run.state = JSON.parse(JSON.stringify(run.state)) as typeof run.state;
  run.fold({ ...event, kind: 'outcome', group: 'nothing', propensity: 1, values: { bought: 1 } });
  const canary = module.conclude({ strategy, state: 'running', step: 1, stepStartedAtMs: 0 }, run.state, 0);
  expect(canary.readings).toMatchObject([{ group: 'canary/challenger', challenger: 1, challengerSamples: 1 }]);
});

test('a plan of stages that cannot follow each other is refused', () => {
  const [shadow] = policy.stages;
  if (shadow?.kind !== 'shadow') throw new Error('The first stage is the shadow.');
  const problems = policyProblems({ ...policy, stages: [shadow, { ...shadow, whenPassed: 'pause', minSeconds: 700 }] });
  expect(problems.map(({ path }) => path)).toEqual(['stages/1/minSeconds', 'stages/1/whenPassed', 'stages/1']);
});
