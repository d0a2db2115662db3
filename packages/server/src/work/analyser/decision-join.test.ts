import { expect, test } from 'vitest';
import type { Decision } from '@mulle/contract';
import { Traffic } from '../testing/traffic.ts';
import { DecisionJoin } from './decision-join.ts';

const decisions = new Traffic(1, 0).next(40).map((event) => event.value as Decision);
const wanting = (...outcomes: string[]) => ({ outcomes, fields: [] });
const decision = (index: number): Decision => decisions[index] ?? decisions[0] ?? expect.fail('no decision');
const found = (joined: ReturnType<DecisionJoin['addOutcome']>): unknown[] =>
  joined.map((one) => [one.decision.eventTimeMs, one.label, one.value]);

test('each label joins once, whichever of the two comes first and in however many outcomes', () => {
  const join = new DecisionJoin();
  expect(join.addDecision('a', decision(0), wanting('late', 'cancelled'), 0)).toEqual([]);
  expect(found(join.addOutcome('a', { late: true }))).toEqual([[decision(0).eventTimeMs, 'late', 1]]);
  expect(found(join.addOutcome('a', { late: false, cancelled: 0 }))).toEqual([
    [decision(0).eventTimeMs, 'cancelled', 0],
  ]);
  expect(join.addOutcome('a', { late: 1, cancelled: 1 })).toEqual([]);
  expect(join.addOutcome('b', { late: 0 })).toEqual([]);
  expect(found(join.addDecision('b', decision(1), wanting('late'), 0))).toEqual([[decision(1).eventTimeMs, 'late', 0]]);
});

test('what is no label leaves the decision waiting; pinned, unanswered and unwanted decisions do not wait', () => {
  const join = new DecisionJoin();
  join.addDecision('a', decision(0), wanting('late'), 0);
  expect(join.addOutcome('a', { late: 'yes' })).toEqual([]);
  expect(join.addOutcome('a', { late: 1 })).toHaveLength(1);
  join.addDecision('p', { ...decision(0), pinned: true }, wanting('late'), 0);
  join.addDecision('n', { ...decision(0), score: null }, wanting('late'), 0);
  join.addDecision('u', decision(0), wanting(), 0);
  expect(join.snapshot().decisions).toEqual([]);
});

test('both waiting rooms are bounded, and what had to leave is counted', () => {
  const join = new DecisionJoin(undefined, { decisions: 3, decisionAgeMs: 100, outcomes: 2 });
  for (let index = 0; index < 5; index += 1) join.addDecision(`d${index}`, decision(index), wanting('late'), index);
  expect(join.evicted).toBe(2);
  expect(join.addOutcome('d0', { late: 1 })).toEqual([]);
  join.addDecision('young', decision(6), wanting('late'), 104);
  expect(join.snapshot().decisions.map(([id]) => id)).toEqual(['d4', 'young']);
  expect(join.evicted).toBe(4);
  for (const id of ['x', 'y', 'z']) join.addOutcome(id, { late: 1 });
  expect(join.snapshot().outcomes.map(([id]) => id)).toEqual(['y', 'z']);
});

test('goes on from its snapshot', () => {
  const before = new DecisionJoin();
  before.addDecision('a', decision(0), wanting('late'), 0);
  before.addOutcome('b', { late: 1 });
  const join = new DecisionJoin(JSON.parse(JSON.stringify(before.snapshot())));
  expect(join.addOutcome('a', { late: 1 })).toHaveLength(1);
  expect(join.addDecision('b', decision(1), wanting('late'), 0)).toHaveLength(1);
});

test('what a challenger in the shadow answered comes with the labels that join after it', () => {
  const join = new DecisionJoin();
  join.addDecision('a', decision(0), wanting('late', 'cancelled'), 0);
  join.addShadow('a', 0.25);
  join.addShadow('unknown', 0.5);
  expect(join.addOutcome('a', { late: true })[0]?.decision).toMatchObject({ shadowScore: 0.25 });
  const restored = new DecisionJoin(structuredClone(join.snapshot()));
  expect(restored.addOutcome('a', { cancelled: false })[0]?.decision).toMatchObject({ shadowScore: 0.25 });
});
