import { defineEndpoint, defineProject, defineRuleSet } from '@mulle/client';

/** A setpoint by rules alone: continuous answers, computed by the rule that the load falls under. */
const setpoint = defineRuleSet({
  name: 'setpoint',
  rules: [
    {
      name: 'too-hot',
      when: 'input.temperature > 90.0',
      priority: 10,
      effect: { kind: 'decide', score: 20, label: 'safe' },
      explanation: {
        en: 'Above 90 °C the furnace goes to its safe setpoint.',
        ko: '90 °C를 넘으면 안전 설정값으로 내려요.',
      },
    },
    {
      name: 'low-load',
      when: 'input.load <= 0.5',
      effect: { kind: 'decide', score: '60.0 + 20.0 * input.load' },
      explanation: { en: 'At low load the setpoint follows the load.', ko: '부하가 낮으면 설정값이 부하를 따라가요.' },
    },
    {
      name: 'high-load',
      when: 'input.load > 0.5',
      effect: { kind: 'decide', score: '65.0 + 10.0 * input.load' },
      explanation: { en: 'At high load the setpoint rises half as fast.', ko: '부하가 높으면 설정값이 절반만 올라요.' },
    },
  ],
  tests: [
    { name: 'low', given: { input: { temperature: 70, load: 0.25 } }, expect: { rule: 'low-load', score: 65 } },
    { name: 'high', given: { input: { temperature: 70, load: 1 } }, expect: { rule: 'high-load', score: 75 } },
    { name: 'hot', given: { input: { temperature: 95, load: 1 } }, expect: { rule: 'too-hot', score: 20 } },
  ],
});

export const project = defineProject({
  name: 'rules-example',
  ruleSets: [setpoint],
  endpoints: [
    defineEndpoint({
      name: 'furnace',
      inputs: [
        { name: 'temperature', type: 'number' },
        { name: 'load', type: 'number', minimum: 0, maximum: 1 },
      ],
      policy: { kind: 'single' },
      fallback: [{ kind: 'default', score: 20 }],
      timeout: '1s',
    }),
  ],
});
