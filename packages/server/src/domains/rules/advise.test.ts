import { describe, expect, it } from 'vitest';
import { adviseRulesOrModel, type AdviceFacts } from './advise.ts';

const facts = (known: Partial<AdviceFacts>): AdviceFacts => ({ endpoint: null, fromData: new Set(), ...known });

describe('rules or a model', () => {
  it.each([
    ['a spam filter on its first day', { clearRules: true, labelledRows: 0, mustAdapt: true }, 'rules-then-model'],
    ['a fixed tariff', { clearRules: true, labelledRows: 20, mustExplain: true }, 'rules'],
    ['fraud with plenty of history', { clearRules: true, labelledRows: 50_000, mustAdapt: true }, 'model-with-rules'],
    ['pictures', { clearRules: false, labelledRows: 50_000, needsAccuracy: true }, 'model'],
    ['a tariff with history', { clearRules: true, labelledRows: 50_000 }, 'model-with-rules'],
  ] as const)('%s', (_, known, advice) => {
    expect(adviseRulesOrModel(facts(known)).advice).toBe(advice);
  });

  it('says where each answer comes from', () => {
    const { answers } = adviseRulesOrModel(
      facts({ labelledRows: 9_000, mustExplain: true, fromData: new Set(['enough-data']) }),
    );
    expect(answers.map(({ question, from }) => `${question} ${from}`)).toEqual([
      'clear-rules unknown',
      'enough-data data',
      'must-explain given',
      'must-adapt unknown',
      'accuracy unknown',
    ]);
  });
});
