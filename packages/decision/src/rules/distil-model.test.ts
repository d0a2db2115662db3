import { expect, test } from 'vitest';
import { seeded } from '../testing/seeded.ts';
import { checkRuleSet } from './check-rule-set.ts';
import { distilModel, type ModelAnswer } from './distil-model.ts';
import { compileRuleSet } from './rule-set.ts';

const names = ['amount', 'age'];
const options = { name: 'learned', model: 'fraud', version: 3, depth: 2, threshold: 0.5 };

/** A model that a tree of two splits can be: 0.9 above 100; else 0.4 for the young and for those of no known age. */
const model = (amount: number, age: number): number =>
  amount > 100 ? 0.9 : age <= 30 || Number.isNaN(age) ? 0.4 : 0.1;

function answers(n: number, seed: number): ModelAnswer[] {
  const random = seeded(seed);
  return Array.from({ length: n }, () => {
    const amount = Math.round(200 * random());
    const age = random() < 0.1 ? Number.NaN : Math.round(18 + 60 * random());
    return { features: [amount, age], score: model(amount, age) };
  });
}

test('the rules answer as the model does, on requests that they were not learned from', () => {
  const { definition, distilledFrom } = distilModel(answers(4_000, 1), names, options);
  expect(distilledFrom).toMatchObject({ model: 'fraud', version: 3, rows: 1_000, depth: 2, threshold: 0.5 });
  expect(distilledFrom.rSquared).toBeGreaterThan(0.95);
  expect(distilledFrom.agreement).toBeGreaterThan(0.98);
  const report = checkRuleSet(definition);
  expect(report.problems).toEqual([]);
  const rules = compileRuleSet(definition);
  let wrong = 0;
  for (const { features, score } of answers(500, 2)) {
    const [amount = 0, age = 0] = Array.from(features);
    const feature = { amount, age: Number.isNaN(age) ? null : age };
    const { answer } = rules.evaluate({ input: {}, feature, score: Number.NaN });
    expect(answer).not.toBeNull();
    if (Math.abs((answer?.score ?? 0) - score) > 0.05) wrong += 1;
  }
  // A cut lies on a quantile, not on the very number.
  expect(wrong).toBeLessThan(15);
});

test('fidelity is told as it is: a tree cannot be a model of noise', () => {
  const random = seeded(5);
  const noise = Array.from({ length: 2_000 }, () => ({ features: [random(), random()], score: random() }));
  expect(distilModel(noise, names, options).distilledFrom.rSquared).toBeLessThan(0.1);
});

test('too few answers are refused', () => {
  expect(() => distilModel(answers(99, 1), names, options)).toThrow(/99 answers are too few/);
});
