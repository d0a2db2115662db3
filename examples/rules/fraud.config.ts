import { defineEndpoint, defineProject, defineRuleSet } from '@mulle/client';

/** Model first, rules after: a payment confirmed with a one-time password is let through, whatever the model thinks. */
const policy = defineRuleSet({
  name: 'fraud-policy',
  rules: [
    {
      name: 'confirmed',
      when: 'input.otp_confirmed && score > 0.5',
      effect: { kind: 'override', score: 0.05, label: 'allowed' },
      explanation: {
        en: 'The owner confirmed it with a one-time password.',
        ko: '명의자가 일회용 비밀번호로 확인했어요.',
      },
    },
  ],
  tests: [
    {
      name: 'confirmed',
      given: { input: { amount: 9_000, otp_confirmed: true }, score: 0.9 },
      expect: { rule: 'confirmed', score: 0.05, label: 'allowed' },
    },
    {
      name: 'not confirmed',
      given: { input: { amount: 9_000, otp_confirmed: false }, score: 0.9 },
      expect: { rule: null },
    },
  ],
});

export const project = defineProject({
  name: 'rules-example',
  ruleSets: [policy],
  endpoints: [
    defineEndpoint({
      name: 'fraud',
      inputs: [
        { name: 'amount', type: 'number', minimum: 0 },
        { name: 'otp_confirmed', type: 'boolean' },
      ],
      rules: { after: { ruleSet: 'fraud-policy' } },
      policy: { kind: 'single' },
      fallback: [],
      timeout: '2s',
    }),
  ],
});
