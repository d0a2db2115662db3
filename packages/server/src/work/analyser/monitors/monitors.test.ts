import { existsSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Decision, MonitorDefinition, NewFinding } from '@mulle/contract';
import { expect, test } from 'vitest';
import { seededRandom } from '#kernel/random.ts';
import { openDuckdb } from '#platform/duckdb/index.ts';
import { DecisionJoin } from '../decision-join.ts';
import { endpointName, manifestOf, startMs, Traffic, type TrafficOptions } from '../../testing/traffic.ts';
import type { TrainingProfile } from '../../training-profile.ts';
import type { ClosedWindow } from './monitor-window.ts';
import { MonitorSet } from './monitor-set.ts';

const seed = 7;
const drift = (options: Partial<Extract<MonitorDefinition, { kind: 'drift' }>> = {}): MonitorDefinition => ({
  name: 'inputs',
  kind: 'drift',
  endpoint: endpointName,
  windowRows: 500,
  ...options,
});

function monitorsOf(definitions: MonitorDefinition[]): MonitorSet {
  const monitors = new MonitorSet();
  monitors.define(manifestOf(definitions));
  return monitors;
}

const decisionsOf = (traffic: Traffic, count: number, options?: TrafficOptions): Decision[] =>
  traffic.next(count, options).flatMap(({ topic, value }) => (topic === 'decisions' ? [value as Decision] : []));

const fold = (monitors: MonitorSet, decisions: readonly Decision[]): ClosedWindow[] =>
  decisions.flatMap((decision) => monitors.foldDecision(decision, decision.eventTimeMs));

const findingsOf = (closed: readonly ClosedWindow[]): NewFinding[] => closed.flatMap(({ findings }) => findings);

test('without a change two hundred windows of two columns hold no finding', () => {
  const closed = fold(
    monitorsOf([drift({ columns: ['distance', 'carrier'] })]),
    decisionsOf(new Traffic(seed, 0), 100_000),
  );
  expect(closed).toHaveLength(200);
  expect(findingsOf(closed)).toEqual([]);
});

const profileOf = (decisions: readonly Decision[]): TrainingProfile => {
  const numbers = decisions.map(({ inputs }) => Number(inputs['distance']));
  const carriers = Map.groupBy(decisions, ({ inputs }) => String(inputs['carrier']));
  return {
    rows: decisions.length,
    inputs: {
      distance: { kind: 'number', values: numbers.toSorted((a, b) => a - b), missing: 0 },
      carrier: { kind: 'category', counts: [...carriers].map(([carrier, { length }]) => [carrier, length]) },
    },
    features: {},
  };
};

test('what the champion was trained on is the reference, from its first window on', () => {
  const traffic = new Traffic(seed, 0);
  const monitors = monitorsOf([drift({ columns: ['distance', 'carrier'] })]);
  const [usual, far] = [decisionsOf(traffic, 3_000), decisionsOf(traffic, 3_000, { distanceFactor: 3 })];
  const profiles: Record<string, TrainingProfile> = { 'm@1': profileOf(usual), 'm@2': profileOf(far) };
  const serve = (decisions: Decision[], variant: string, changes: Partial<Decision> = {}): ClosedWindow[] =>
    decisions.flatMap((decision) => {
      const answered = { ...decision, servedVariant: variant, ...changes };
      return monitors.foldDecision(answered, answered.eventTimeMs, profiles[variant]);
    });
  const psi = (closed: readonly ClosedWindow[]) => closed.map(({ window }) => window.values['distance.psi'] ?? -1);
  expect(Math.max(...psi(serve(decisionsOf(traffic, 1_000), 'm@1')))).toBeLessThan(0.1);
  const shifted = serve(decisionsOf(traffic, 500, { distanceFactor: 3 }), 'm@1');
  expect(findingsOf(shifted)).toMatchObject([
    { subject: 'distance', statistics: { referenceVersion: 'm@1', referenceWindow: null } },
  ]);
  // A challenger on trial is no reference; promoted, it is one, and what it has learned is no drift.
  const trial = serve(decisionsOf(traffic, 500, { distanceFactor: 3 }), 'm@2', {
    group: 'challenger',
    propensity: 0.25,
  });
  expect(Math.min(...psi(trial))).toBeGreaterThan(0.25);
  const promoted = serve(decisionsOf(traffic, 1_000, { distanceFactor: 3 }), 'm@2', {
    group: 'challenger',
    propensity: 1,
  });
  expect(Math.max(...psi(promoted))).toBeLessThan(0.1);
  // A version of which nothing is known leaves the reference as it is.
  expect(Math.max(...psi(serve(decisionsOf(traffic, 500, { distanceFactor: 3 }), 'm@3')))).toBeLessThan(0.1);
});

test('an episode is told once, however long, and again when it comes back', () => {
  const traffic = new Traffic(seed, 0);
  const kilometres = { distanceFactor: 1.609 };
  const decisions = [
    ...decisionsOf(traffic, 1_000),
    ...decisionsOf(traffic, 2_000, { distanceFactor: 3 }),
    ...decisionsOf(traffic, 1_000),
    ...decisionsOf(traffic, 1_000, kilometres),
  ];
  const closed = fold(monitorsOf([drift()]), decisions);
  expect(closed.map(({ window }) => window.values['distance.episodeWindows'])).toEqual([
    undefined,
    0,
    1,
    2,
    3,
    4,
    0,
    0,
    1,
    2,
  ]);
  const told = closed.flatMap(({ findings }, index) =>
    findings.map((finding) => [index, finding.subject, finding.kind]),
  );
  expect(told).toEqual([
    [2, 'distance', 'covariate-drift'],
    [8, 'distance', 'covariate-drift'],
  ]);
  const [first] = findingsOf(closed);
  expect(first?.severity).toBe('critical');
  expect(first?.statistics).toMatchObject({
    psi: { test: 'population-stability-index', threshold: 0.25 },
    meanShift: expect.any(Number),
  });
  expect(first?.message.en).toContain('"distance"');
  expect(first?.message.ko).toMatch(/요\./);
});

test('a constant that changes, a column that goes missing and a category that turns up are drift', () => {
  const decisions = decisionsOf(new Traffic(seed, 0), 1_000).map((decision, index) => {
    const late = index >= 500;
    return {
      ...decision,
      inputs: { ...decision.inputs, carrier: late ? 'ZZ' : decision.inputs['carrier'] },
      features: { constant: late ? 7 : 5, going: late ? null : index },
    };
  });
  const closed = fold(monitorsOf([drift({ columns: ['carrier', 'constant', 'going', 'distance'] })]), decisions);
  expect(findingsOf(closed).map(({ subject }) => subject)).toEqual(['carrier', 'constant', 'going']);
  expect(closed[1]?.window.values['going.missingRate']).toBe(1);
});

test('what the same hour of the day before showed is seasonal, and for information only', () => {
  const traffic = new Traffic(seed, 0);
  // A decision a minute, windows of four hours; each evening distances are longer.
  const evening = (index: number): boolean => Math.floor(index / 240) % 6 === 5;
  const decisions = decisionsOf(traffic, 4 * 1_440).map((decision, index) => ({
    ...decision,
    inputs: { ...decision.inputs, distance: Number(decision.inputs['distance']) * (evening(index) ? 2.5 : 1) },
  }));
  const found = findingsOf(fold(monitorsOf([drift({ windowRows: 240 })]), decisions));
  expect(found.map(({ severity, statistics }) => [severity, statistics['kind']])).toEqual([
    ['critical', 'gradual'],
    ['info', 'seasonal'],
    ['info', 'seasonal'],
    ['info', 'seasonal'],
  ]);
});

test('windows within one instant of event time have bounds of their own', () => {
  const decisions = decisionsOf(new Traffic(seed, 0), 1_500).map((decision) => ({ ...decision, eventTimeMs: startMs }));
  const closed = fold(monitorsOf([drift()]), decisions);
  expect(closed.map(({ window }) => window.toMs - startMs)).toEqual([0, 1, 2]);
});

test('requests: the columns are named, the worst first', () => {
  const monitor: MonitorDefinition = { name: 'requests', kind: 'requests', endpoint: endpointName, windowRows: 100 };
  const traffic = new Traffic(seed, 0);
  const decisions = [
    ...decisionsOf(traffic, 199),
    ...decisionsOf(traffic, 1, { violations: ['carrier'] }),
    ...decisionsOf(traffic, 2, { violations: ['carrier', 'distance'] }),
    ...decisionsOf(traffic, 3, { violations: ['distance'] }),
    ...decisionsOf(traffic, 95),
    ...decisionsOf(traffic, 100, { violations: ['distance'] }),
  ];
  const found = findingsOf(fold(monitorsOf([monitor]), decisions));
  expect(
    found.map(({ severity, subject, statistics }) => [severity, subject, statistics['value'], statistics['columns']]),
  ).toEqual([
    ['warning', 'distance', 0.05, { distance: 5, carrier: 2 }],
    ['critical', 'distance', 1, { distance: 100 }],
  ]);
});

test('quality: the champion is held to its own first window; a challenger is not counted, a new champion begins anew', () => {
  const monitors = monitorsOf([
    { name: 'quality', kind: 'quality', endpoint: endpointName, label: 'late', windowRows: 500 },
  ]);
  const join = new DecisionJoin();
  const random = seededRandom(seed);
  const closed: ClosedWindow[] = [];
  let made = 0;
  /** Decisions whose label follows the score, or, with `drifted`, has nothing to do with it. */
  const run = (count: number, change: Partial<Decision>, drifted = false): void => {
    for (const decision of decisionsOf(new Traffic(made, 0), count)) {
      made += 1;
      const changed = { ...decision, ...change, eventTimeMs: startMs + made };
      monitors.foldDecision(changed, made);
      join.addDecision(String(made), changed, { outcomes: ['late'], fields: [] }, made);
      const late = random() < (drifted ? 0.5 : (changed.score ?? 0)) ? 1 : 0;
      for (const labelled of join.addOutcome(String(made), { late }))
        closed.push(...monitors.foldLabel(labelled, made));
    }
  };
  run(1_000, {});
  run(300, { group: 'challenger', propensity: 0.3, servedVariant: 'm@2', score: 0.5 });
  run(500, {}, true);
  const subjects = () => closed.map(({ findings }) => findings.map(({ subject }) => subject));
  expect(subjects()).toEqual([[], [], ['logLoss', 'calibrationError']]);
  expect(closed[2]?.findings[0]).toMatchObject({ kind: 'quality', subject: 'logLoss', severity: 'critical' });
  expect(closed[0]?.window.values['auc']).toBeGreaterThan(0.8);
  expect(closed[2]?.window.values['auc']).toBeCloseTo(0.5, 0);
  run(500, { group: 'challenger', propensity: 1, servedVariant: 'm@2' }, true);
  expect(subjects()[3]).toEqual(['calibrationError']);
  expect(closed[3]?.window.values['logLossIncrease']).toBe(0);
});

test('scores that shift are prediction drift, and a new champion has a reference of its own', () => {
  const traffic = new Traffic(seed, 0);
  const shifted = (decision: Decision): Decision => ({ ...decision, score: Math.sqrt(decision.score ?? 0) });
  const monitors = monitorsOf([{ name: 'scores', kind: 'prediction-drift', endpoint: endpointName, windowRows: 500 }]);
  const quiet = fold(monitors, decisionsOf(traffic, 20_000));
  expect([quiet.length, findingsOf(quiet)]).toEqual([40, []]);
  const challengers = { group: 'challenger', propensity: 0.3, servedVariant: 'm@2', score: 0.99 };
  expect(
    fold(
      monitors,
      decisionsOf(traffic, 600).map((decision) => ({ ...decision, ...challengers })),
    ),
  ).toEqual([]);
  const [found, ...more] = findingsOf(fold(monitors, decisionsOf(traffic, 500).map(shifted)));
  expect(more).toEqual([]);
  expect(found).toMatchObject({ kind: 'prediction-drift', subject: 'score', statistics: { kind: 'gradual' } });
  expect(found?.recommendation.en).toContain('Schedule retraining');
  expect(found?.recommendation.ko).toContain('재학습');
  const promoted = decisionsOf(traffic, 1_000).map((decision) => ({ ...shifted(decision), servedVariant: 'm@2' }));
  expect(findingsOf(fold(monitors, promoted))).toEqual([]);
});

test('labels that come true more often are label drift, whatever version answers', () => {
  const monitors = monitorsOf([
    { name: 'labels', kind: 'label-drift', endpoint: endpointName, label: 'late', windowRows: 500 },
  ]);
  expect(monitors.labelsOf(endpointName)).toEqual(['late']);
  const join = new DecisionJoin();
  const random = seededRandom(seed);
  const traffic = new Traffic(seed, 0);
  const run = (count: number, rate: number, servedVariant: string): ClosedWindow[] =>
    decisionsOf(traffic, count).flatMap((decision) => {
      const id = decision.requestId;
      join.addDecision(id, { ...decision, servedVariant }, { outcomes: ['late'], fields: [] }, decision.eventTimeMs);
      const labelled = join.addOutcome(id, { late: random() < rate ? 1 : 0 });
      return labelled.flatMap((one) => monitors.foldLabel(one, decision.eventTimeMs));
    });
  expect(findingsOf(run(10_000, 0.2, 'm@1'))).toEqual([]);
  const [found, ...more] = findingsOf(run(500, 0.5, 'm@2'));
  expect(more).toEqual([]);
  expect(found).toMatchObject({ kind: 'label-drift', subject: 'late', statistics: { kind: 'gradual' } });
  const meanOf = (side: unknown): number => Number(Object(side).mean);
  const [before, now] = [meanOf(found?.statistics['reference']), meanOf(found?.statistics['current'])];
  const psi = (now - before) * Math.log((now * (1 - before)) / (before * (1 - now)));
  expect(found?.statistics['psi']).toMatchObject({ statistic: expect.closeTo(psi, 9) });
});

test('calibration: scores that keep their order but not their level are found; right ones are not', () => {
  const monitors = monitorsOf([
    { name: 'quality', kind: 'quality', endpoint: endpointName, label: 'late', windowRows: 500, maxLogLossIncrease: 9 },
  ]);
  const join = new DecisionJoin();
  const random = seededRandom(seed);
  const traffic = new Traffic(seed, 0);
  const run = (count: number, levelOf: (score: number) => number): ClosedWindow[] =>
    decisionsOf(traffic, count).flatMap((decision) => {
      const truth = decision.score ?? 0;
      const changed = { ...decision, score: levelOf(truth) };
      monitors.foldDecision(changed, decision.eventTimeMs);
      join.addDecision(decision.requestId, changed, { outcomes: ['late'], fields: [] }, decision.eventTimeMs);
      const labelled = join.addOutcome(decision.requestId, { late: random() < truth ? 1 : 0 });
      return labelled.flatMap((one) => monitors.foldLabel(one, decision.eventTimeMs));
    });
  const right = run(25_000, (score) => score);
  expect([right.length, findingsOf(right)]).toEqual([50, []]);
  const [found, ...more] = findingsOf(run(1_500, Math.sqrt));
  expect(more).toEqual([]);
  expect(found).toMatchObject({ kind: 'quality', subject: 'calibrationError', severity: 'warning' });
  expect(found?.message.ko).toMatch(/보정 오차가 0\.1\d*예요/);
});

test('a monitor goes on through a manifest that leaves it as it was, and begins anew when it is changed', () => {
  const traffic = new Traffic(seed, 0);
  const monitors = monitorsOf([drift()]);
  fold(monitors, decisionsOf(traffic, 300));
  monitors.define(manifestOf([drift(), { name: 'requests', kind: 'requests', endpoint: endpointName }]));
  expect(fold(monitors, decisionsOf(traffic, 200))).toHaveLength(1);
  fold(monitors, decisionsOf(traffic, 300));
  monitors.define(manifestOf([drift({ psi: 0.3 })]));
  expect(fold(monitors, decisionsOf(traffic, 499))).toEqual([]);
});

const flights = join(import.meta.dirname, '../../../../../../node_modules/vega-datasets/data/flights-3m.parquet');

test.skipIf(!existsSync(flights))(
  'on a week of real flights: no finding in miles, at most one window late in kilometres',
  async () => {
    const session = await openDuckdb({ threads: 1, memoryLimitMb: 256, tempDirectory: tmpdir() });
    const rows = await session.rows(
      `SELECT distance FROM read_parquet('${flights}') WHERE date >= '2001-02-01' AND date < '2001-02-08' ORDER BY date`,
    );
    session.close();
    const [template] = decisionsOf(new Traffic(seed, 0), 1);
    if (!template) return;
    const decision = (distance: number, index: number): Decision => ({
      ...template,
      eventTimeMs: startMs + index * 1_000,
      inputs: { distance },
    });
    const monitors = monitorsOf([drift({ windowRows: 1_000 })]);
    const miles = rows.map((row, index) => decision(Number(row['distance']), index));
    const quiet = fold(monitors, miles);
    expect(quiet.length).toBeGreaterThan(90);
    expect(findingsOf(quiet)).toEqual([]);
    const kilometres = rows.slice(0, 2_000).map((row, index) => decision(Number(row['distance']) * 1.609, index));
    expect(findingsOf(fold(monitors, kilometres)).map(({ subject }) => subject)).toContain('distance');
  },
);
