import type { KpiDefinition, Manifest, NewEvent, StoredEvent } from '@mulle/contract';
import { expect, test } from 'vitest';
import { endpointName, manifestOf, startMs, Traffic } from '../testing/traffic.ts';
import { Analysis } from './analysis.ts';
import { decodeEvent, type DecodedEvent } from './decoded-events.ts';

const dayMs = 86_400_000;
const lateRate: KpiDefinition = {
  name: 'late-rate',
  kind: 'rate',
  value: { outcome: 'late' },
  direction: 'decrease',
  role: 'goal',
  endpoints: [endpointName],
};
const score: KpiDefinition = { ...lateRate, name: 'score', kind: 'mean', value: { decision: 'score' } };

const declaring = (...kpis: KpiDefinition[]): Manifest => ({ ...manifestOf([]), kpis });

function decoded(events: readonly NewEvent[]): DecodedEvent[] {
  return events.flatMap((event, index) => {
    const stored: StoredEvent = { ...event, writer: 'data-0', offset: index + 1 };
    return decodeEvent(stored) ?? [];
  });
}

function fold(analysis: Analysis, events: readonly DecodedEvent[]): void {
  analysis.releases.forget('release-first');
  analysis.fold(events, {});
}

function started(manifest: Manifest): Analysis {
  const analysis = new Analysis();
  analysis.kpis.define(manifest);
  return analysis;
}

/** 4,000 minutes: two days and a part of a third. */
function stream(): DecodedEvent[] {
  const traffic = new Traffic(7, Date.UTC(2026, 0, 1));
  return decoded([...traffic.next(4_000), ...traffic.rest()]);
}

test('each day and all of them come to what the log says, with the error of a mean of independent units', () => {
  const events = stream();
  const analysis = started(declaring(lateRate, score));
  fold(analysis, events);
  const [late, mean] = analysis.kpis.takeUntold().toSorted((a, b) => a.kpi.localeCompare(b.kpi));
  const labels = events.flatMap((event) => (event.kind === 'outcome' ? [Number(event.outcome.values['late'])] : []));
  const rate = labels.reduce((sum, label) => sum + label, 0) / labels.length;
  expect(late).toMatchObject({ kpi: 'late-rate', endpoint: endpointName, variant: 'm@1', total: { n: 4_000 } });
  expect(late?.total.value).toBeCloseTo(rate, 12);
  // 32 buckets of units estimate the variance with a relative error of about √(1/(2·31)): within four of them.
  const binomial = Math.sqrt((rate * (1 - rate)) / labels.length);
  expect((late?.total.error ?? 0) / binomial).toBeGreaterThan(0.5);
  expect((late?.total.error ?? 0) / binomial).toBeLessThan(1.5);
  expect(late?.days.map((day) => [(day.dayMs - startMs) / dayMs, day.n])).toEqual([
    [0, 1_439],
    [1, 1_440],
    [2, 1_121],
  ]);
  const scores = events.flatMap((event) => (event.kind === 'decision' ? [event.decision.score ?? 0] : []));
  expect(mean?.total.value).toBeCloseTo(scores.reduce((sum, one) => sum + one, 0) / 4_000, 9);
  expect(analysis.kpis.takeUntold()).toEqual([]);
});

test('a restart in the middle changes nothing; a KPI declared in other words begins anew', () => {
  const events = stream();
  const whole = started(declaring(lateRate));
  fold(whole, events);
  const first = started(declaring(lateRate));
  fold(first, events.slice(0, 3_001));
  const second = new Analysis(JSON.parse(JSON.stringify(first.snapshot())));
  second.kpis.define(declaring({ ...lateRate, description: 'how many flights are late' }));
  fold(second, events.slice(3_001));
  expect(second.kpis.takeUntold()).toEqual(whole.kpis.takeUntold());
  second.kpis.define(declaring({ ...lateRate, absent: 'zero' }));
  expect(second.kpis.snapshot()).toEqual([]);
});

test('pinned answers count nowhere, an answer without a variant by its source, and old days give way', () => {
  const analysis = started(declaring(lateRate));
  const [sample] = stream();
  if (sample?.kind !== 'decision') throw new Error('no decision');
  const { decision } = sample;
  const at = (day: number, rest: Partial<typeof decision>): DecodedEvent[] => [
    { ...sample, id: `d${day}`, decision: { ...decision, eventTimeMs: startMs + day * dayMs, ...rest } },
    {
      kind: 'outcome',
      id: `o${day}`,
      timeMs: 0,
      outcome: { endpoint: endpointName, decisionId: `d${day}`, eventTimeMs: 0, values: { late: true } },
    },
  ];
  fold(analysis, [
    ...at(0, { pinned: true }),
    ...at(1, { servedVariant: null, source: 'fallback:default' }),
    ...Array.from({ length: 40 }, (_, index) => at(index + 2, {})).flat(),
    ...at(3, {}),
  ]);
  const told = Object.fromEntries(analysis.kpis.takeUntold().map(({ variant, days }) => [variant, days.length]));
  expect(told).toEqual({ 'fallback:default': 1, 'm@1': 31 });
});
