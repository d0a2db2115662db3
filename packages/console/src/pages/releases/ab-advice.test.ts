import type { GateReading, Kpi, Release } from '@mulle/contract';
import { expect, test } from 'vitest';
import { createInstallation } from '../../../mock/installation.ts';
import { adviceOf, type AbTest } from './ab-advice.ts';

const kpi = (name: string, role: Kpi['role']): Kpi => ({
  name,
  role,
  kind: 'rate',
  value: { outcome: name },
  direction: 'increase',
});
const strategy: AbTest = {
  kind: 'ab-test',
  arms: ['a', 'b', 'c'].map((name, index) => ({
    name,
    variant: { kind: 'model', model: 'm', version: index + 1 },
    weight: 1 / 3,
  })),
  kpis: [kpi('sales', 'goal'), kpi('trust', 'guardrail')],
  analysis: { method: 'always-valid', alpha: 0.05, sampleSize: 4_000, correction: 'holm' },
  minSamples: 100,
  maxSeconds: 60,
  whenInconclusive: 'pause',
};
type Verdict = GateReading['verdict'];
const reading = (of: Kpi, group: string, verdict: Verdict, samples = 1_000): GateReading => ({
  gate: { metric: 'kpi', kpi: of },
  verdict,
  group,
  challenger: 0.1,
  incumbent: 0.1,
  interval: [-0.1, 0.1],
  challengerSamples: samples,
  incumbentSamples: samples,
});
const [sales, trust] = [kpi('sales', 'goal'), kpi('trust', 'guardrail')];
function release(readings: GateReading[], how: Partial<Release> = {}): Release {
  const [base] = createInstallation('typical', 0).releases;
  if (base === undefined) throw new Error('The installation has no release.');
  return { ...base, state: 'running', stepStartedAtMs: 0, strategy, readings, ...how };
}
const ratio = (verdict: Verdict): GateReading => ({
  ...reading(sales, 'x', verdict),
  gate: { metric: 'sample-ratio', alpha: 0.001 },
});

test('a test says what to do by what was read', () => {
  const pair = (group: string, goal: Verdict, guard: Verdict): GateReading[] => [
    reading(sales, group, goal),
    reading(trust, group, guard),
  ];
  const advice = (readings: GateReading[], how: Partial<Release> = {}) =>
    adviceOf(release(readings, how), strategy, 60_000);
  const none = pair('b', 'inconclusive', 'pass');
  expect(advice([...none, ...pair('c', 'pass', 'pass')])).toEqual({ kind: 'win', arm: 'c', kpis: ['sales'] });
  // A better goal wins nothing while the guardrail is unsure, or broken.
  expect(advice([...none, ...pair('c', 'pass', 'inconclusive')]).kind).toBe('collect');
  expect(advice([...none, ...pair('c', 'pass', 'fail')])).toEqual({ kind: 'harm', arm: 'c', kpis: ['trust'] });
  // Whatever the figures, a wrong split comes first.
  expect(advice([ratio('fail'), ...pair('c', 'pass', 'pass')]).kind).toBe('mismatch');
  expect(advice(none, { state: 'paused' }).kind).toBe('paused');
  expect(advice(none, { state: 'promoted', winner: 'c' })).toEqual({ kind: 'promoted', arm: 'c' });
});

test('what is left is told by the pace so far', () => {
  const advice = adviceOf(release([reading(sales, 'b', 'inconclusive', 1_000)]), strategy, 60_000);
  expect(advice).toEqual({ kind: 'collect', have: 1_000, needed: 4_000, leftMs: 180_000 });
  expect(adviceOf(release([]), strategy, 60_000)).toEqual({ kind: 'collect', have: 0, needed: 4_000, leftMs: null });
  expect(adviceOf(release([reading(sales, 'b', 'inconclusive', 4_000)]), strategy, 1).kind).toBe('late');
});
