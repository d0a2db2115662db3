import type { Rule, RuleSetDefinition } from '@mulle/contract';
import { describe, expect, it } from 'vitest';
import { checkRuleSet } from './check-rule-set.ts';
import { compileExpression, type ExpressionScope } from './expression.ts';
import { compileRuleSet } from './rule-set.ts';

const explanation = { en: 'Because.', ko: '그렇기 때문이에요.' };
const scope = (input: ExpressionScope['input'], score = Number.NaN): ExpressionScope => ({
  input,
  feature: {},
  enriched: {},
  score,
});

function rule(name: string, when: string, effect: Rule['effect'], priority = 0): Rule {
  return { name, when, effect, priority, explanation };
}

const decide = (score: number | string, label?: string): Rule['effect'] => ({
  kind: 'decide',
  score,
  ...(label === undefined ? {} : { label }),
});

const setOf = (rules: Rule[], tests: RuleSetDefinition['tests'] = []): RuleSetDefinition => ({
  name: 'spam',
  rules,
  tests,
});

describe('expressions', () => {
  // Expected values by the CEL specification (cel-spec, langdef.md).
  it.each([
    ['input.age >= 18 && input.age < 65', true],
    ['input.age + 1', 31],
    ['2 * input.age / 4', 15],
    ['7 / 2', 3],
    ['input.text.contains("free") || input.text.startsWith("FREE")', true],
    ['input.text.lowerAscii().contains("free")', true],
    ['has(input.missing)', false],
    ['input.none == null', true],
    ['input.age in [10, 20, 30]', true],
    ['["a", "b"].exists(x, x == "b")', true],
    ['input.age > 18 ? "adult" : "child"', 'adult'],
    ['-3.5 < input.age', true],
    ['input.text.matches("F[A-Z]+ .*y$")', true],
    ['input.text.matches("^money") || "ab".matches("a.")', true],
  ])('%s gives %s', (source, wanted) => {
    const facts = scope({ age: 30, text: 'FREE money', none: null });
    expect(compileExpression(source).evaluate(facts)).toBe(wanted);
  });

  it.each([
    ['input.age >', /no expression/],
    ['nobody > 3', /Unknown variable/],
    ['input.text.matches(input.pattern)', /must be written as text/],
    ['input.text.matches("(")', /missing closing/],
    ['[1, 2].all(x, [1].all(y, x > y))', /inside another/],
    [`[${Array.from({ length: 101 }, (_, index) => index).join()}].size() > 3`, /exceed/i],
    [Array.from({ length: 400 }, () => 'input.a').join(' + '), /exceed/i],
  ])('an expression is refused: $1', (source, message) => {
    expect(() => compileExpression(source)).toThrow(message);
  });

  it('a pattern that makes a backtracking engine run for years answers at once', () => {
    const expression = compileExpression('input.text.matches("^(a+)+$")');
    expect(expression.evaluate(scope({ text: `${'a'.repeat(5_000)}!` }))).toBe(false);
  });
});

describe('a rule set', () => {
  const spam = compileRuleSet(
    setOf([
      rule('short', 'input.text.size() < 3', decide(0, 'ham')),
      rule('shout', 'input.text.matches("^[A-Z !]+$")', { kind: 'enrich', set: { shouting: '1.0' } }, 10),
      rule('words', 'input.text.contains("free money")', decide(1, 'spam'), 5),
      rule('loud', 'enriched.shouting == 1.0', decide('0.5 + 0.01 * size(input.text)')),
    ]),
  );
  const facts = (text: unknown) => ({ input: { text }, feature: {}, score: Number.NaN });

  it('asks by priority, and the first answer ends the round', () => {
    expect(spam.evaluate(facts('free money'))).toMatchObject({ answer: { score: 1, label: 'spam' } });
    expect(spam.evaluate(facts('a quiet letter')).answer).toBeNull();
  });

  it('enriches for the rules after it', () => {
    const { answer, enriched, fired } = spam.evaluate(facts('HELLO WORLD'));
    expect(answer).toMatchObject({ score: 0.61, label: null });
    expect(enriched).toEqual({ shouting: 1 });
    expect(fired.map(({ name }) => name)).toEqual(['shout', 'loud']);
  });

  it('a rule that fails does not fire, and is named', () => {
    const { answer, faulted } = spam.evaluate(facts(null));
    expect(answer).toBeNull();
    expect(faulted).toEqual(['shout', 'words', 'short', 'loud']);
  });
});

describe('checking', () => {
  const kinds = (definition: RuleSetDefinition): string[] =>
    checkRuleSet(definition).problems.map(({ kind, name }) => `${kind} ${name}`);

  it('runs the tests beside the rules', () => {
    const rules = [rule('adult', 'input.age >= 18', decide(1, 'yes'))];
    const given = { input: { age: 20 } };
    const passing = { name: 'twenty', given, expect: { rule: 'adult', score: 1, label: 'yes' } };
    expect(checkRuleSet(setOf(rules, [passing]))).toMatchObject({ problems: [], tests: [{ passed: true }] });
    expect(kinds(setOf(rules, [{ name: 'none', given, expect: { rule: null } }]))).toEqual(['test none']);
  });

  it.each([
    ['within an earlier one', 'input.age > 18', 'input.age >= 20 && input.vip == true', 'dead b'],
    ['against itself', 'input.age > 18', 'input.age < 3 && input.age > 5', 'dead b'],
    ['the same text', 'input.name.contains("x")', 'input.age > 3 && input.name.contains("x")', 'dead b'],
    ['one of several', 'input.country in ["kr", "jp"]', 'input.country == "kr"', 'dead b'],
    ['both may fire', 'input.age > 18', 'input.age < 20', 'conflict b'],
  ])('%s', (_, first, second, problem) => {
    expect(kinds(setOf([rule('a', first, decide(1)), rule('b', second, decide(0))]))).toEqual([problem]);
  });

  it.each([
    ['apart', 'input.age > 18', 'input.age <= 18'],
    ['other texts', 'input.country == "kr"', 'input.country == "jp"'],
    ['flipped', '18 < input.age', 'input.age <= 18'],
    ['unknown', 'input.name.contains("x")', 'input.name.contains("y")'],
  ])('nothing wrong with two that are %s', (_, first, second) => {
    expect(kinds(setOf([rule('a', first, decide(1)), rule('b', second, decide(0))]))).toEqual([]);
  });

  it('a higher priority settles a conflict; twice the same name is refused', () => {
    expect(kinds(setOf([rule('a', 'input.x > 1', decide(1), 5), rule('b', 'input.x > 0', decide(0))]))).toEqual([]);
    expect(kinds(setOf([rule('a', 'input.x > 1', decide(1)), rule('a', 'input.x < 0', decide(0))]))).toEqual([
      'invalid a',
    ]);
  });
});
