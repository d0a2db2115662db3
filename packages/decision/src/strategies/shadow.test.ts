import type { ReleasePolicy } from '@mulle/contract';
import { expect, test } from 'vitest';
import { bindPolicy } from '../bind-policy.ts';
import { policyProblems } from '../policy-problems.ts';
import { strategyModule } from '../registry.ts';
import type { ShadowEvent } from '../release-events.ts';
import { seeded } from '../testing/seeded.ts';
import { idOf, Play, version } from '../testing/traffic.ts';

type Policy = Extract<ReleasePolicy, { kind: 'shadow' }>;

const policy: Policy = {
  kind: 'shadow',
  sample: 0.5,
  agreement: { tolerance: 0.01, min: 0.9 },
  gates: [{ metric: 'error-rate', max: 0.02 }],
  slices: ['carrier'],
  minSeconds: 60,
  minSamples: 100,
  maxSeconds: 600,
  whenInconclusive: 'rollback',
};
const begin = (changes: Partial<Policy> = {}): Play =>
  new Play(bindPolicy({ ...policy, ...changes }, version(1), [version(2)]), 'r');

const good: ShadowEvent = {
  agrees: true,
  difference: 0,
  dropped: 0,
  challenger: { failed: false, latencyMs: 4 },
  incumbent: { failed: false, latencyMs: 3 },
  fields: { carrier: 'KE' },
};

function copy(play: Play, count: number, event: Partial<ShadowEvent> = {}): void {
  const module = strategyModule('shadow');
  for (let index = 0; index < count; index += 1)
    play.state = module.foldShadow(play.strategy, play.state, { ...good, ...event });
}

test('callers are answered by the incumbent alone, and only its group is copied', () => {
  const play = begin();
  for (let unit = 0; unit < 100; unit += 1)
    expect(play.choose(`u${unit}`, 'challenger')).toEqual({ group: 'incumbent', variantId: idOf(1), propensity: 1 });
  const { groups, shadow } = strategyModule('shadow').compile({ strategy: play.strategy });
  expect(groups.map(({ variantId }) => variantId)).toEqual([idOf(1)]);
  expect(shadow).toMatchObject({ group: 'incumbent', variantId: idOf(2), sample: 0.5, fields: ['carrier'] });
});

test('no copies, no conclusion; what passes waits for a person, or is promoted where the plan says so', () => {
  const play = begin();
  expect(play.conclude(100_000).conclusion).toBe('continue');
  copy(play, 400);
  expect(play.conclude(1_000).conclusion).toBe('continue');
  expect(play.conclude(100_000).conclusion).toBe('pause');
  const automatic = begin({ whenPassed: 'promote' });
  copy(automatic, 400);
  expect(automatic.conclude(100_000).conclusion).toBe('promote');
  expect(begin().conclude(700_000).conclusion).toBe('inconclusive');
});

test('answers that differ too often, or fail, take the challenger back; decisions of callers count for nothing', () => {
  const differing = begin();
  for (let round = 0; round < 200; round += 1) {
    copy(differing, 1, round % 2 === 0 ? { agrees: false, difference: 0.4, fields: { carrier: 'OZ' } } : {});
    differing.observe(`u${round}`, differing.choose(`u${round}`), { failed: false });
  }
  const { conclusion, readings } = differing.conclude();
  expect(conclusion).toBe('rollback');
  const [agreement] = readings;
  expect(agreement).toMatchObject({ gate: { metric: 'agreement' }, verdict: 'fail', challenger: 0.5 });
  expect(agreement?.difference).toBeCloseTo(0.2, 12);
  expect(agreement?.challengerSamples).toBe(200);
  expect(readings.filter(({ segment }) => segment !== undefined)).toMatchObject([
    { segment: 'carrier=OZ', challenger: 0, verdict: 'inconclusive' },
    { segment: 'carrier=KE', challenger: 1, verdict: 'inconclusive' },
  ]);
  const failing = begin();
  copy(failing, 40, { agrees: null, difference: null, challenger: { failed: true, latencyMs: 0 } });
  expect(failing.conclude().conclusion).toBe('rollback');
});

test('what was dropped is told', () => {
  const play = begin();
  copy(play, 3, { dropped: 2 });
  expect(play.conclude().reason.en).toMatch(/6 copies dropped/);
});

test('equal models pass the log loss on the same labels, worse ones fail', () => {
  const gates: Policy['gates'] = [{ metric: 'log-loss', label: 'late', margin: 0.05 }];
  const ends = { equal: { pause: 0, rollback: 0 }, worse: { pause: 0, rollback: 0 } };
  const runs = 60;
  for (const [kind, noise] of [
    ['equal', 0.02],
    ['worse', 0.45],
  ] as const) {
    for (let run = 0; run < runs; run += 1) {
      const random = seeded(run + 1);
      const play = begin({ gates, agreement: { tolerance: 1, min: 0 }, minSeconds: 0 });
      for (let index = 0; index < 3_000; index += 1) {
        const truth = 0.1 + 0.3 * random();
        const label = random() < truth ? 1 : 0;
        const shadowScore = Math.min(0.98, Math.max(0.02, truth + (random() - 0.5) * 2 * noise));
        copy(play, 1);
        const decision = { ...play.choose('u'), unit: 'u', fields: {}, source: 'variant', atMs: 0 } as const;
        play.fold({ ...decision, kind: 'outcome', score: truth, shadowScore, values: { late: label } });
        if (index % 50 !== 0) continue;
        const { conclusion } = play.conclude(1);
        if (conclusion !== 'pause' && conclusion !== 'rollback') continue;
        ends[kind][conclusion] += 1;
        break;
      }
    }
  }
  expect(ends.equal.pause).toBe(runs);
  expect(ends.worse.pause).toBe(0);
  expect(ends.worse.rollback).toBeGreaterThan(0.9 * runs);
});

test('a label without the answer of both counts for nothing', () => {
  const play = begin({ gates: [{ metric: 'log-loss', label: 'late', margin: 0.05 }] });
  const outcome = {
    ...play.choose('u'),
    unit: 'u',
    fields: {},
    atMs: 0,
    kind: 'outcome',
    values: { late: 1 },
  } as const;
  play.fold({ ...outcome, score: 0.5, source: 'variant' });
  play.fold({ ...outcome, score: 0.5, source: 'fallback:default', shadowScore: 0.5 });
  expect(play.conclude().readings[1]).toMatchObject({ challengerSamples: 0, verdict: 'inconclusive' });
});

test('a plan that cannot pass is refused', () => {
  const gates: Policy['gates'] = ['a', 'b'].map((label) => ({ metric: 'log-loss', label, margin: 0.1 }));
  const problems = policyProblems({ ...policy, gates, minSeconds: 700 });
  expect(problems.map(({ path }) => path)).toEqual(['gates', 'minSeconds']);
});
