import { defineEndpoint, defineKpi, defineProject, defineRuleSet } from '@mulle/client';
import type { Manifest, ReleasePolicy } from '@mulle/contract';

/** What is tried on an endpoint: against a twin, a twin under a canary, what fails, or before nobody at all. */
export type Trial = 'a-a' | 'harmless' | 'harmful' | 'silent';

const rule = (name: string, when: string) =>
  defineRuleSet({
    name,
    rules: [
      {
        name: 'answer',
        when,
        effect: { kind: 'decide', score: '0.2 + 0.1 * input.habit' },
        explanation: { en: 'Whoever asks is answered.', ko: '누구에게나 답해요.' },
      },
    ],
    tests: [],
  });

const bought = defineKpi({
  name: 'bought',
  kind: 'rate',
  value: { outcome: 'bought' },
  direction: 'increase',
  role: 'goal',
  endpoints: ['trial-0'],
});
const spent = defineKpi({
  name: 'spent',
  kind: 'mean',
  value: { outcome: 'spent' },
  direction: 'increase',
  role: 'guardrail',
  margin: 1,
  covariate: 'habit',
  endpoints: ['trial-0'],
});

/** The policy of a trial. Canaries go on as soon as their evidence lets them; a silent one gives up after two seconds. */
export function policyOf(trial: Trial): ReleasePolicy {
  const { endpoints: _bought, ...goal } = bought;
  const { endpoints: _spent, ...guardrail } = spent;
  if (trial === 'a-a') {
    return {
      kind: 'ab-test',
      kpis: [goal, guardrail],
      analysis: { method: 'always-valid', alpha: 0.05, sampleSize: 150, correction: 'holm' },
      segments: ['country'],
      minSamples: 50,
      maxSeconds: 3_600,
      whenInconclusive: 'pause',
    };
  }
  return {
    kind: 'canary',
    steps: [
      { weight: 0.25, minSeconds: 0, minSamples: 20 },
      { weight: 0.5, minSeconds: 0, minSamples: 20 },
      { weight: 1, minSeconds: 0, minSamples: 20 },
    ],
    gates: [
      { metric: 'error-rate', max: 0.15 },
      { metric: 'latency-p95', maxMs: 60_000 },
      { metric: 'kpi', kpi: { ...guardrail, margin: 2 } },
    ],
    maxSeconds: trial === 'silent' ? 2 : 3_600,
    whenInconclusive: 'pause',
  };
}

/** A canary of three steps that goes on as fast as the engine can judge it. */
export const swiftCanary: ReleasePolicy = {
  kind: 'canary',
  steps: [0.25, 0.5, 1].map((weight) => ({ weight, minSeconds: 0, minSamples: 20 })),
  gates: [{ metric: 'error-rate', max: 0.3 }],
  maxSeconds: 3_600,
  whenInconclusive: 'pause',
};

export const endpointName = (index: number): string => `trial-${index}`;

/** Endpoints that rule sets answer, so that hundreds of releases run side by side without a model host. */
export function engineProject(endpoints: number): Manifest {
  return defineProject({
    name: 'engine-proof',
    // `twin` answers like `steady`; `broken` has no answer for two requests in five.
    ruleSets: [rule('steady', 'true'), rule('twin', 'true'), rule('broken', 'input.luck > 0.4')],
    kpis: [bought, spent],
    endpoints: Array.from({ length: endpoints }, (_, index) =>
      defineEndpoint({
        name: endpointName(index),
        inputs: [
          { name: 'user', type: 'string' },
          { name: 'luck', type: 'number' },
          { name: 'habit', type: 'number' },
          { name: 'country', type: 'string' },
        ],
        unit: 'user',
        policy: { kind: 'single' },
        fallback: [{ kind: 'default', score: 0.5 }],
        timeout: '10s',
      }),
    ),
  });
}
