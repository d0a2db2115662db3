import type { RuleSetDefinition } from '@mulle/contract';
import { expect, test } from 'vitest';
import { blankRule, blankTest, draftOf, readDraft } from './rule-draft.ts';

const definition: RuleSetDefinition = {
  name: 'spam',
  description: 'Clear cases',
  rules: [
    {
      name: 'known',
      when: 'input.known',
      priority: 10,
      effect: { kind: 'decide', score: 0, label: 'ham' },
      explanation: { en: 'Known.', ko: '아는 사람' },
    },
    {
      name: 'rate',
      when: 'true',
      effect: { kind: 'enrich', set: { per_link: 'input.words / input.links', many: 'input.links >= 3' } },
      explanation: { en: 'Words a link.', ko: '링크당 단어' },
    },
    {
      name: 'cap',
      when: 'score > 0.9',
      effect: { kind: 'override', score: 'score * 0.5' },
      explanation: { en: 'Capped.', ko: '상한' },
    },
  ],
  tests: [
    {
      name: 'a model is capped',
      given: { input: { known: false, links: 3 }, score: 0.95 },
      expect: { rule: 'cap', score: 0.475, enriched: { many: true } },
    },
    { name: 'the rest', given: { input: { known: false } }, expect: { rule: null } },
  ],
};

test('a definition comes back whole from its form', () => {
  expect(readDraft(draftOf(definition))).toEqual({ definition, faults: [] });
});

test('what is not filled in yet is named, and nothing of it throws', () => {
  const half = { ...draftOf(definition), name: '', rules: [{ ...blankRule(), when: 'true' }] };
  expect(readDraft({ ...half, tests: [{ ...blankTest(), name: 'broken', given: '{' }] }).faults).toEqual([
    'name',
    '#1',
    'broken',
  ]);
});

test('a reason in one language stands for both', () => {
  const rule = { ...blankRule(), name: 'a', when: 'true', answer: '1', ko: '그래서' };
  const { definition: read, faults } = readDraft({ name: 's', description: '', rules: [rule], tests: [] });
  expect(faults).toEqual([]);
  expect(read.rules[0]?.explanation).toEqual({ en: '그래서', ko: '그래서' });
});
