import type { Decision } from '@mulle/contract';
import { expect, test } from 'vitest';
import { RuleHitCounts } from './rule-hits.ts';

const decision = (...rules: string[]): Decision => ({
  endpoint: 'spam',
  requestId: 'r',
  eventTimeMs: 0,
  unit: null,
  releaseId: null,
  group: null,
  pinned: false,
  assignedVariant: null,
  servedVariant: null,
  propensity: null,
  source: 'rule',
  ageMs: 0,
  inputs: {},
  features: {},
  violations: [],
  score: 1,
  rules: rules.map((rule) => ({ stage: 'before', ruleSet: 'rules:words@1', rule, effect: 'decide' })),
  errorCode: null,
  latencyMs: 1,
  stagesUs: {},
  definitionsVersion: 1,
  dialsEpoch: 0,
});

test('counts are whole: told again after a crash they say the same', () => {
  const counts = new RuleHitCounts();
  counts.foldDecision(decision('free', 'loud'), 10);
  counts.foldDecision(decision('free'), 20);
  const hits = [
    { rule: 'free', stage: 'before', hits: 2, lastAtMs: 20 },
    { rule: 'loud', stage: 'before', hits: 1, lastAtMs: 10 },
  ];
  const told = counts.takeUntold();
  expect(told).toEqual([{ ruleSet: 'rules:words@1', hits }]);
  expect(counts.takeUntold()).toEqual([]);
  counts.putBack(told);
  expect(counts.takeUntold()).toEqual(told);
  const restored = new RuleHitCounts(counts.snapshot());
  restored.foldDecision(decision('free'), 30);
  expect(restored.takeUntold()[0]?.hits).toEqual([{ rule: 'free', stage: 'before', hits: 3, lastAtMs: 30 }]);
});
