import { expect, test } from 'vitest';
import { planTest, readPlan } from './plan-test.ts';

test('a plan reads its texts, and computes as statsmodels does', () => {
  const texts = { kind: 'rate', baseline: '10', effect: '2', looks: 'once', units: '1000' };
  // By the formula of two proportions: 3839 units for each arm (see the tests of sampleSizeForRates).
  const plan = planTest(readPlan(texts, 0));
  expect(plan).toMatchObject({ perArm: 3_839, total: 7_678, days: 8 });
  // On the day on which the size is reached, the change planned for just shows.
  const last = plan?.curve.find(({ day }) => day === 8);
  expect(last?.effect).toBeLessThan(0.02);
  expect(plan?.curve.find(({ day }) => day === 7)?.effect).toBeGreaterThan(0.02);
  expect(planTest(readPlan({ ...texts, looks: 'always' }, 0))?.perArm).toBeGreaterThan(3_839);
});

test('the traffic is that of the endpoint until somebody writes another', () => {
  expect(planTest(readPlan({ looks: 'once', baseline: '10', effect: '2' }, 1_000))?.days).toBe(8);
  expect(planTest(readPlan({}, 0))).toMatchObject({ days: null, curve: [] });
});

test.each([
  { baseline: '0' },
  { effect: '95' },
  { effect: '0' },
  { alpha: '0' },
  { kind: 'mean', deviation: '-1' },
  { effect: 'x' },
])('there is no plan for %j', (texts) => expect(planTest(readPlan(texts, 100))).toBeUndefined());
