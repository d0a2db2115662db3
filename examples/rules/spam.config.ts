import { defineEndpoint, defineProject, defineRuleSet } from '@mulle/client';

/** Rules first, model after: listed words and known senders are clear cases, the model takes what is left. */
const words = defineRuleSet({
  name: 'spam-words',
  rules: [
    {
      name: 'known-sender',
      when: 'input.sender_known',
      priority: 10,
      effect: { kind: 'decide', score: 0, label: 'ham' },
      explanation: { en: 'You have written to this sender before.', ko: '전에 메일을 주고받은 사람이에요.' },
    },
    {
      name: 'listed-words',
      when: 'input.text.lowerAscii().matches("free money|lottery|당첨")',
      effect: { kind: 'decide', score: 1, label: 'spam' },
      explanation: { en: 'The text has words that only spam has.', ko: '스팸에만 쓰이는 말이 있어요.' },
    },
  ],
  tests: [
    {
      name: 'a friend may write of the lottery',
      given: { input: { text: 'I won the lottery', sender_known: true, links: 0 } },
      expect: { rule: 'known-sender', score: 0, label: 'ham' },
    },
    {
      name: 'a stranger may not',
      given: { input: { text: 'FREE MONEY', sender_known: false, links: 3 } },
      expect: { rule: 'listed-words', score: 1, label: 'spam' },
    },
    {
      name: 'the model has the rest',
      given: { input: { text: 'see you at nine', sender_known: false, links: 1 } },
      expect: { rule: null },
    },
  ],
});

export const project = defineProject({
  name: 'rules-example',
  ruleSets: [words],
  endpoints: [
    defineEndpoint({
      name: 'spam',
      inputs: [
        { name: 'text', type: 'string' },
        { name: 'sender_known', type: 'boolean' },
        { name: 'links', type: 'integer', minimum: 0 },
      ],
      rules: { before: { ruleSet: 'spam-words' } },
      policy: { kind: 'single' },
      fallback: [{ kind: 'default', score: 0 }],
      timeout: '2s',
    }),
  ],
});
