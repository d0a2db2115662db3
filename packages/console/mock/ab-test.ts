import type { GateReading, Kpi, Release } from '@mulle/contract';
import { minute } from './history.ts';

const conversion: Kpi = {
  name: 'conversion',
  kind: 'rate',
  value: { outcome: 'bought' },
  direction: 'increase',
  role: 'goal',
  minimumEffect: 0.01,
};
const latency: Kpi = {
  name: 'latency',
  kind: 'mean',
  value: { decision: 'latency-ms' },
  direction: 'decrease',
  role: 'guardrail',
  margin: 5,
};
const basket: Kpi = {
  name: 'basket',
  kind: 'mean',
  value: { outcome: 'basket' },
  direction: 'increase',
  role: 'non-inferiority',
  margin: 2,
};

interface Read {
  kpi: Kpi;
  verdict: GateReading['verdict'];
  incumbent: number;
  estimate: number;
  half: number;
}

function reading({ kpi, verdict, incumbent, estimate, half }: Read, group: string, segment?: string): GateReading {
  return {
    gate: { metric: 'kpi', kpi },
    verdict,
    challenger: incumbent + estimate,
    incumbent,
    interval: [estimate - half, estimate + half],
    estimate,
    challengerSamples: segment === undefined ? 2_990 : 1_020,
    incumbentSamples: segment === undefined ? 3_012 : 1_014,
    group,
    ...(kpi.role === 'goal' && segment === undefined ? { adjustedPValue: 0.154 } : {}),
    ...(segment === undefined ? {} : { segment }),
  };
}

/** An A/B test of three arms under way: nothing concluded yet, one arm harms a guardrail. */
export function abTestRelease(nowMs: number): Release {
  const variant = (version: number) => ({ kind: 'model' as const, model: 'flight-delay', version });
  const goal = (estimate: number): Read => ({
    kpi: conversion,
    verdict: 'inconclusive',
    incumbent: 0.1137,
    estimate,
    half: 0.025,
  });
  const safe: Read = { kpi: latency, verdict: 'pass', incumbent: 4.18, estimate: 0.13, half: 0.68 };
  const slow: Read = { kpi: latency, verdict: 'fail', incumbent: 4.18, estimate: 7.9, half: 1.1 };
  const value: Read = { kpi: basket, verdict: 'inconclusive', incumbent: 50.1, estimate: -0.38, half: 1.7 };
  return {
    id: 'rel_ab',
    endpoint: 'flight-delay',
    strategy: {
      kind: 'ab-test',
      arms: [
        { name: 'incumbent', variant: variant(1), weight: 0.5 },
        { name: 'challenger', variant: variant(2), weight: 0.25 },
        { name: 'short-form', variant: variant(3), weight: 0.25 },
      ],
      kpis: [conversion, latency, basket],
      analysis: { method: 'always-valid', alpha: 0.05, sampleSize: 5_000, correction: 'holm' },
      minSamples: 1_000,
      maxSeconds: 1_209_600,
      whenInconclusive: 'pause',
    },
    state: 'running',
    step: 0,
    stepStartedAtMs: nowMs - 600 * minute,
    readings: [
      {
        gate: { metric: 'sample-ratio', alpha: 0.001 },
        verdict: 'pass',
        challenger: 0.5024,
        incumbent: 0.4976,
        interval: null,
        challengerSamples: 3_012,
        incumbentSamples: 2_990,
        pValue: 0.788,
      },
      ...[goal(0.021), safe, value].map((each) => reading(each, 'challenger')),
      ...[goal(-0.004), slow, value].map((each) => reading(each, 'short-form')),
      ...['country=DE', 'country=KR'].map((segment) => reading(goal(0.02), 'challenger', segment)),
    ],
    reason: { en: 'More data is needed.', ko: '데이터가 더 필요합니다.' },
    actor: 'jisu',
    causeId: null,
    createdAtMs: nowMs - 600 * minute,
    updatedAtMs: nowMs - 2_000,
    endedAtMs: null,
  };
}
