import { Value } from 'typebox/value';
import { expect, test } from 'vitest';
import { fits, kpisNamed, ReleasePolicy, resolvePolicy, WrittenPolicy, type Kpi, type KpiDefinition } from './index.ts';

const clicks: Kpi = {
  name: 'clicks',
  kind: 'rate',
  value: { outcome: 'click' },
  direction: 'increase',
  role: 'goal',
};
const declared: KpiDefinition[] = [{ ...clicks, description: 'of 100 shown', endpoints: ['shop'] }];
const canary = (kpi: unknown) => ({
  kind: 'canary',
  steps: [{ weight: 0.1, minSeconds: 0, minSamples: 1 }],
  gates: [
    { metric: 'error-rate', max: 0.01 },
    { metric: 'kpi', kpi },
  ],
  maxSeconds: 60,
  whenInconclusive: 'pause',
});

test('a KPI may be named where it may be given, and nowhere else', () => {
  for (const schema of [fits, Value.Check] as ((schema: typeof WrittenPolicy, value: unknown) => boolean)[]) {
    expect(schema(WrittenPolicy, canary({ use: 'clicks', role: 'guardrail' }))).toBe(true);
    expect(schema(WrittenPolicy, canary(clicks))).toBe(true);
    expect(schema(WrittenPolicy, canary({ use: 'clicks', weight: 3 }))).toBe(false);
    expect(schema(WrittenPolicy, { ...canary(clicks), gates: [{ use: 'clicks' }] })).toBe(false);
  }
  expect(fits(ReleasePolicy, canary({ use: 'clicks' }))).toBe(false);
});

test('the declaration is put in, what stands beside the name goes before it', () => {
  const written = canary({ use: 'clicks', role: 'guardrail', margin: 0.02 });
  if (!fits(WrittenPolicy, written)) throw new Error('no policy');
  expect(kpisNamed(written)).toEqual(['clicks']);
  expect(resolvePolicy(written, declared)).toEqual(canary({ ...clicks, role: 'guardrail', margin: 0.02 }));
  expect(() => resolvePolicy(written, [])).toThrow("There is no KPI 'clicks'. Declared: none.");
});
