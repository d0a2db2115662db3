import { defineEndpoint, defineProject, defineRuleSet } from '@mulle/client';

/** Rules now, a model later: the endpoint begins with a rule set, and a model takes over by a release like any other. */
const answers = defineRuleSet({
  name: 'faq-answers',
  rules: [
    {
      name: 'hours',
      when: 'input.question.lowerAscii().matches("open|hours|몇 시")',
      effect: { kind: 'decide', score: 1, label: 'We are open from nine to six.' },
      explanation: { en: 'The question is about opening hours.', ko: '영업시간에 대한 질문이에요.' },
    },
  ],
  tests: [
    {
      name: 'hours',
      given: { input: { question: 'When are you open?', words: 4 } },
      expect: { rule: 'hours', score: 1 },
    },
  ],
});

export const project = defineProject({
  name: 'rules-example',
  ruleSets: [answers],
  endpoints: [
    defineEndpoint({
      name: 'faq',
      inputs: [
        { name: 'question', type: 'string' },
        { name: 'words', type: 'integer', minimum: 0 },
      ],
      policy: {
        kind: 'blue-green',
        gates: [],
        minSamples: 1,
        switch: 'by-hand',
        keepSeconds: 3_600,
        maxSeconds: 86_400,
        whenInconclusive: 'pause',
      },
      fallback: [{ kind: 'default', score: 0 }],
      timeout: '2s',
    }),
  ],
});
