import type { Kpi, ReleasePolicy } from '@mulle/contract';
import { describe, expect, test } from 'vitest';
import { growthbookHash } from '../assignment.ts';
import { bindPolicy } from '../bind-policy.ts';
import { strategyModule } from '../registry.ts';
import { seeded } from '../testing/seeded.ts';
import { idOf, Play, version } from '../testing/traffic.ts';

type AbPolicy = Extract<ReleasePolicy, { kind: 'ab-test' }>;

const conversion: Kpi = {
  name: 'conversion',
  kind: 'rate',
  value: { outcome: 'bought' },
  direction: 'increase',
  role: 'goal',
};
const errors: Kpi = {
  name: 'errors',
  kind: 'rate',
  value: { decision: 'error' },
  direction: 'decrease',
  role: 'guardrail',
};
const policy: AbPolicy = {
  kind: 'ab-test',
  kpis: [conversion],
  analysis: { method: 'always-valid', alpha: 0.05, sampleSize: 1_000, correction: 'holm' },
  minSamples: 100,
  maxSeconds: 1_000,
  whenInconclusive: 'pause',
};
const begin = (changes: Partial<AbPolicy> = {}, id = 'r', challengers = 1): Play =>
  new Play(
    bindPolicy(
      { ...policy, ...changes },
      version(1),
      Array.from({ length: challengers }, (_, index) => version(index + 2)),
    ),
    id,
  );

/** Units that come once each, and buy at a rate by group. */
function play(test: Play, rates: Record<string, number>, units: number, seed = 1): void {
  const random = seeded(seed);
  for (let index = 0; index < units; index++) {
    const unit = `u${index}`;
    const choice = test.choose(unit);
    test.observe(unit, choice, { values: { bought: random() < (rates[choice.group] ?? 0) ? 1 : 0 } });
  }
}

describe('assignment', () => {
  test('cuts where GrowthBook cuts, with its propensity', () => {
    const three = begin({ split: [0.5, 0.3, 0.2] }, 'exp', 2);
    for (let index = 0; index < 3_000; index++) {
      const place = growthbookHash('exp', `u${index}`);
      const expected =
        place < 0.5
          ? { group: 'incumbent', variantId: idOf(1), propensity: 0.5 }
          : place < 0.8
            ? { group: 'challenger', variantId: idOf(2), propensity: 0.3 }
            : { group: 'challenger-2', variantId: idOf(3), propensity: 0.2 };
      const { propensity, ...choice } = three.choose(`u${index}`);
      expect(choice).toEqual({ group: expected.group, variantId: expected.variantId });
      expect(propensity).toBeCloseTo(expected.propensity, 12);
    }
  });

  test('a unit keeps its arm, and at a larger coverage too; the rest is answered by the incumbent', () => {
    const [small, large] = [0.2, 0.6].map((coverage) => begin({ population: { coverage } }));
    let inside = 0;
    for (let index = 0; index < 2_000; index++) {
      const before = small?.choose(`u${index}`);
      const after = large?.choose(`u${index}`);
      if (before?.group === 'outside') {
        expect(before).toEqual({ group: 'outside', variantId: idOf(1), propensity: 1 });
        continue;
      }
      inside += 1;
      expect(after).toEqual(before);
    }
    expect(inside / 2_000).toBeGreaterThan(0.17);
    expect(inside / 2_000).toBeLessThan(0.23);
  });

  test('exclusion groups share no unit, a holdout takes part in none', () => {
    const holdout = { name: 'global', share: 0.1 };
    const [first, second] = [
      [0, 0.5],
      [0.5, 1],
    ].map(([from = 0, to = 1], index) =>
      begin({ population: { namespace: { name: 'checkout', from, to }, holdout } }, `r${index}`),
    );
    const seen = { first: 0, second: 0, neither: 0 };
    for (let index = 0; index < 4_000; index++) {
      const inFirst = first?.choose(`u${index}`).group !== 'outside';
      const inSecond = second?.choose(`u${index}`).group !== 'outside';
      expect(inFirst && inSecond).toBe(false);
      seen[inFirst ? 'first' : inSecond ? 'second' : 'neither'] += 1;
    }
    expect(Math.abs(seen.neither / 4_000 - 0.1)).toBeLessThan(0.03);
    expect(Math.abs(seen.first / 4_000 - 0.45)).toBeLessThan(0.05);
  });

  test('while an arm cannot answer, nobody takes part', () => {
    const { strategy } = begin();
    const module = strategyModule('ab-test');
    const compiled = module.compile({ strategy });
    for (let index = 0; index < 50; index++) {
      const request = { releaseId: 'r', unit: `u${index}`, requestId: 'q' };
      const choice = module.choose(compiled, { incumbent: 0.5, challenger: 0 }, request);
      expect(choice).toEqual({ group: 'outside', variantId: idOf(1), propensity: 1 });
    }
  });

  test('arms and split have to fit', () => {
    expect(() => begin({ split: [0.5, 0.5] }, 'r', 2)).toThrow(/2 weights for 3 arms/);
    expect(() => bindPolicy(policy, version(1), [version(1)])).toThrow(/same variant/);
  });
});

describe('conclusions', () => {
  test('no data is no conclusion, and never a success', () => {
    for (const method of ['always-valid', 'fixed-horizon', 'bayesian'] as const) {
      const empty = begin({ analysis: { ...policy.analysis, method }, kpis: [conversion, errors] });
      const now = empty.conclude();
      expect(now.conclusion).toBe('continue');
      expect(now.readings.every(({ verdict }) => verdict === 'inconclusive')).toBe(true);
      expect(empty.conclude(1_001_000).conclusion).toBe('inconclusive');
    }
  });

  test('the better of several challengers wins, and is named', () => {
    const three = begin({}, 'r', 2);
    play(three, { incumbent: 0.1, challenger: 0.15, 'challenger-2': 0.25 }, 6_000);
    const { conclusion, winner, readings, reason } = three.conclude();
    expect({ conclusion, winner }).toEqual({ conclusion: 'promote', winner: 'challenger-2' });
    const reading = readings.find(({ group }) => group === 'challenger-2');
    expect(reading?.interval?.[0]).toBeGreaterThan(0);
    expect(reading?.adjustedPValue).toBeGreaterThanOrEqual(reading?.pValue ?? 1);
    expect(reason.en).toMatch(/conversion \(challenger-2\)/);
  });

  test('a worse challenger is rolled back, an equal one stays open until time is up', () => {
    const worse = begin();
    play(worse, { incumbent: 0.2, challenger: 0.1 }, 4_000);
    expect(worse.conclude().conclusion).toBe('rollback');
    const equal = begin();
    play(equal, { incumbent: 0.2, challenger: 0.2 }, 4_000);
    expect(equal.conclude().conclusion).toBe('continue');
    expect(equal.conclude(1_001_000).conclusion).toBe('inconclusive');
  });

  test('a fixed-horizon or Bayesian result concludes nothing before its sample size, however clear it looks', () => {
    for (const method of ['fixed-horizon', 'bayesian'] as const) {
      const analysis = { ...policy.analysis, method };
      const early = begin({ analysis });
      play(early, { incumbent: 0.1, challenger: 0.4 }, 1_500);
      const { conclusion, readings } = early.conclude();
      expect(conclusion).toBe('continue');
      expect(readings[1]?.pValue).toBeLessThan(1e-6);
      expect(readings[1]?.verdict).toBe('inconclusive');
      const done = begin({ analysis });
      play(done, { incumbent: 0.1, challenger: 0.4 }, 2_200);
      expect(done.conclude().conclusion).toBe('promote');
      const equal = begin({ analysis });
      play(equal, { incumbent: 0.1, challenger: 0.1 }, 2_200, 3);
      expect(equal.conclude().conclusion).toBe('inconclusive');
    }
  });

  test('a guardrail that is harmed forbids the win, whatever the goal', () => {
    const test = begin({ kpis: [conversion, errors] });
    const random = seeded(3);
    for (let index = 0; index < 4_000; index++) {
      const choice = test.choose(`u${index}`);
      const isNew = choice.group === 'challenger';
      const values = { bought: random() < (isNew ? 0.4 : 0.2) ? 1 : 0 };
      test.observe(`u${index}`, choice, { values, failed: random() < (isNew ? 0.1 : 0.02) });
    }
    const { conclusion, readings } = test.conclude();
    expect(conclusion).toBe('rollback');
    expect(readings.map(({ verdict }) => verdict)).toEqual(['pass', 'pass', 'fail']);
  });

  test('non-inferiority has to be shown', () => {
    const kpi: Kpi = { ...conversion, name: 'kept', role: 'non-inferiority', margin: 0.05 };
    const few = begin({ kpis: [kpi] });
    play(few, { incumbent: 0.2, challenger: 0.2 }, 600);
    expect(few.conclude().readings[1]?.verdict).toBe('inconclusive');
    const many = begin({ kpis: [kpi] });
    play(many, { incumbent: 0.2, challenger: 0.2 }, 12_000);
    expect(many.conclude().readings[1]?.verdict).toBe('pass');
  });

  test('units in other shares than planned stop it, and so does a unit that meets two arms', () => {
    const skewed = begin();
    const random = seeded(5);
    for (let index = 0; index < 3_000; index++) {
      const choice = skewed.choose(`u${index}`);
      // A log that loses every fifth answer of the challenger.
      if (choice.group === 'challenger' && index % 5 === 0) continue;
      skewed.observe(`u${index}`, choice, { values: { bought: random() < 0.3 ? 1 : 0 } });
    }
    expect(skewed.conclude()).toMatchObject({ conclusion: 'pause', readings: [{ verdict: 'fail' }, {}] });
    expect(skewed.conclude().readings[0]?.pValue).toBeLessThan(1e-4);
    const unsticky = begin();
    for (let index = 0; index < 400; index++) {
      // Assigned anew at each request instead of by unit.
      const choice = unsticky.choose(`request-${index}`);
      unsticky.observe(`u${index % 100}`, choice, { values: { bought: choice.group === 'challenger' ? 1 : 0 } });
    }
    expect(unsticky.conclude()).toMatchObject({ conclusion: 'pause', readings: [{ verdict: 'fail', pValue: 0 }, {}] });
  });

  test('what was not drawn by the split is no part of the test', () => {
    const test = begin();
    for (let index = 0; index < 500; index++) {
      test.observe(`u${index}`, { group: 'incumbent', propensity: 1 }, { values: { bought: 1 } });
      test.observe(`u${index}`, { group: 'outside', propensity: 1 }, { values: { bought: 1 } });
    }
    expect(test.conclude().readings.map(({ incumbentSamples }) => incumbentSamples)).toEqual([0, 0]);
  });

  test('segments are shown and never concluded on', () => {
    const test = begin({ segments: ['country'] });
    const random = seeded(7);
    for (let index = 0; index < 4_000; index++) {
      const choice = test.choose(`u${index}`);
      const country = index % 2 ? 'kr' : 'de';
      const rate = choice.group === 'challenger' && country === 'kr' ? 0.35 : 0.2;
      test.observe(`u${index}`, choice, { values: { bought: random() < rate ? 1 : 0 }, fields: { country } });
    }
    const segments = test.conclude().readings.filter(({ segment }) => segment !== undefined);
    expect(segments.map(({ segment, verdict }) => [segment, verdict])).toEqual([
      ['country=de', 'inconclusive'],
      ['country=kr', 'inconclusive'],
    ]);
    expect(segments[1]?.interval?.[0]).toBeGreaterThan(0);
  });

  test('the state is plain JSON and goes on from it; outcomes may come long after, and in parts', () => {
    const ratio: Kpi = {
      ...conversion,
      name: 'price',
      kind: 'ratio',
      value: { outcome: 'paid' },
      per: { outcome: 'items' },
    };
    const test = begin({ kpis: [ratio, { ...conversion, absent: 'zero' }] });
    for (let index = 0; index < 400; index++) {
      const choice = test.choose(`u${index}`);
      test.observe(`u${index}`, choice, { values: { paid: 10 } });
    }
    test.state = JSON.parse(JSON.stringify(test.state));
    for (let index = 0; index < 400; index++) {
      const { group, propensity } = test.choose(`u${index}`);
      test.observe(`u${index}`, { group: 'nobody', propensity }, {});
      if (group === 'challenger') test.observe(`u${index}`, { group, propensity }, { values: { items: 4, bought: 1 } });
    }
    const [, price, bought] = test.conclude().readings;
    expect(price).toMatchObject({ challenger: 2.5, incumbent: null });
    expect(bought).toMatchObject({ challenger: 0.5, incumbent: 0 });
  });
});

test('what it wants to know: outcomes, covariates and segments', () => {
  const kpis: Kpi[] = [
    conversion,
    {
      ...conversion,
      name: 'spend',
      kind: 'ratio',
      value: { outcome: 'paid' },
      per: { outcome: 'bought' },
      covariate: 'before',
    },
  ];
  const { strategy } = begin({ kpis, segments: ['country'] });
  expect(Play.wanted(strategy)).toEqual({ outcomes: ['bought', 'paid'], fields: ['before', 'country'] });
});
