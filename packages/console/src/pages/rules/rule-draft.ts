import type { Rule, RuleEffect, RuleSetDefinition, RuleTest } from '@mulle/contract';

/** A rule as its form holds it: texts that may be half written. */
export interface RuleDraft {
  readonly key: string;
  readonly name: string;
  readonly when: string;
  readonly priority: string;
  readonly kind: RuleEffect['kind'];
  /** The answer, a number or an expression; of `enrich`, `name = expression` by line. */
  readonly answer: string;
  readonly label: string;
  readonly en: string;
  readonly ko: string;
}

/** A test as its form holds it; `given` is JSON. */
export interface TestDraft {
  readonly key: string;
  readonly name: string;
  readonly given: string;
  /** Of the rule that answers; empty where none does. */
  readonly rule: string;
  readonly score: string;
  readonly label: string;
  /** What the form has no field for, kept as it was. */
  readonly others: Partial<RuleTest['given']> & { enriched?: RuleTest['expect']['enriched'] };
}

export interface RuleSetDraft {
  readonly name: string;
  readonly description: string;
  readonly rules: readonly RuleDraft[];
  readonly tests: readonly TestDraft[];
}

let keys = 0;
/** Tells entries apart while their names are being written. */
function newKey(): string {
  keys += 1;
  return String(keys);
}

export function blankRule(): RuleDraft {
  return { key: newKey(), name: '', when: '', priority: '0', kind: 'decide', answer: '', label: '', en: '', ko: '' };
}

export function blankTest(): TestDraft {
  return { key: newKey(), name: '', given: '{}', rule: '', score: '', label: '', others: {} };
}

function ruleDraft({ name, when, priority = 0, effect, explanation }: Rule): RuleDraft {
  const enriches = effect.kind === 'enrich';
  return {
    ...blankRule(),
    ...explanation,
    name,
    when,
    priority: String(priority),
    kind: effect.kind,
    answer: enriches
      ? Object.entries(effect.set)
          .map(([field, expression]) => `${field} = ${expression}`)
          .join('\n')
      : String(effect.score),
    label: enriches ? '' : (effect.label ?? ''),
  };
}

function testDraft({
  name,
  given: { input, ...given },
  expect: { rule, score, label, enriched },
}: RuleTest): TestDraft {
  return {
    key: newKey(),
    name,
    given: JSON.stringify(input),
    rule: rule ?? '',
    score: score === undefined ? '' : String(score),
    label: label ?? '',
    others: { ...given, ...(enriched === undefined ? {} : { enriched }) },
  };
}

export function draftOf({ name, description = '', rules, tests }: RuleSetDefinition): RuleSetDraft {
  return { name, description, rules: rules.map(ruleDraft), tests: tests.map(testDraft) };
}

function readEffect({ kind, answer, label }: RuleDraft): RuleEffect {
  if (kind === 'enrich') {
    const lines = answer.split('\n').filter((line) => line.trim() !== '');
    const pairs = lines.map((line): [string, string] => {
      const [name = '', ...expression] = line.split('=');
      return [name.trim(), expression.join('=').trim()];
    });
    return { kind, set: Object.fromEntries(pairs) };
  }
  const number = Number(answer);
  const score = answer.trim() !== '' && !Number.isNaN(number) ? number : answer.trim();
  return { kind, score, ...(label === '' ? {} : { label }) };
}

function readRule(draft: RuleDraft): Rule {
  const { name, when, priority, en, ko } = draft;
  return {
    name,
    when: when.trim(),
    ...(Number(priority) === 0 ? {} : { priority: Number(priority) }),
    effect: readEffect(draft),
    explanation: { en: en || ko, ko: ko || en },
  };
}

type Given = RuleTest['given'];

function isRow(value: unknown): value is Given['input'] {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function readGiven(text: string): Given['input'] | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return isRow(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

function readTest({ name, given, rule, score, label, others }: TestDraft): RuleTest {
  const { enriched, ...rest } = others;
  return {
    name,
    given: { input: readGiven(given) ?? {}, ...rest },
    expect: {
      rule: rule === '' ? null : rule,
      ...(score === '' ? {} : { score: Number(score) }),
      ...(label === '' ? {} : { label }),
      ...(enriched === undefined ? {} : { enriched }),
    },
  };
}

const complete = ({ name, when, priority, answer, en, ko }: RuleDraft): boolean =>
  name !== '' && when.trim() !== '' && answer.trim() !== '' && Number.isInteger(Number(priority)) && en + ko !== '';

/** The definition that a draft says, and the names of what is not filled in yet: only a whole one can be checked. */
export function readDraft(draft: RuleSetDraft): { definition: RuleSetDefinition; faults: string[] } {
  const { name, description, rules, tests } = draft;
  const definition: RuleSetDefinition = {
    name,
    ...(description === '' ? {} : { description }),
    rules: rules.map(readRule),
    tests: tests.map(readTest),
  };
  const faults = [
    ...(name === '' ? ['name'] : []),
    ...rules.flatMap((rule, index) => (complete(rule) ? [] : [rule.name || `#${index + 1}`])),
    ...tests.flatMap((test, index) =>
      test.name !== '' && readGiven(test.given) !== undefined && !Number.isNaN(Number(test.score))
        ? []
        : [test.name || `#${index + 1}`],
    ),
  ];
  return { definition, faults };
}
