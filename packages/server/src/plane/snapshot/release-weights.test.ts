import { expect, test } from 'vitest';
import { ReleaseWeights } from './release-weights.ts';

const release = { groups: [], weights: {}, safe: { a: 1 } };
const dial = (epoch: number, staleAfterMs = 0) => ({
  epoch,
  name: 'release-weights' as const,
  subject: 'r',
  value: { a: 1 - epoch / 10, b: epoch / 10 },
  safe: { a: 1, b: 0 },
  staleAfterMs,
  createdAtMs: 0,
});

test('without a dial the release is safe; an older epoch replaces nothing within a connection', () => {
  const weights = new ReleaseWeights();
  expect(weights.weights('r', release, 0)).toEqual({ a: 1 });
  expect(weights.accept(dial(5), 0)).toBe(true);
  expect(weights.accept(dial(4), 0)).toBe(false);
  expect(weights.weights('r', release, 1e12)).toEqual({ a: 0.5, b: 0.5 });
  weights.beginConnection();
  expect(weights.accept(dial(2), 0)).toBe(true);
  expect(weights.weights('r', release, 0)).toEqual({ a: 0.8, b: 0.2 });
});

test('staleness: safe until a heartbeat confirms', () => {
  const weights = new ReleaseWeights();
  weights.accept(dial(5, 1_000), 0);
  expect(weights.weights('r', release, 1_000)).toEqual({ a: 0.5, b: 0.5 });
  expect(weights.weights('r', release, 1_001)).toEqual({ a: 1, b: 0 });
  expect(weights.confirm(5, 1_500)).toBe(true);
  expect(weights.weights('r', release, 2_000)).toEqual({ a: 0.5, b: 0.5 });
});

test('a heartbeat that tells of an unseen dial asks for a new connection, once', () => {
  const weights = new ReleaseWeights();
  weights.accept(dial(5), 0);
  expect(weights.confirm(5, 0)).toBe(true);
  expect(weights.confirm(6, 0)).toBe(false);
  weights.beginConnection();
  weights.accept(dial(5), 0);
  // Epoch 6 was that of a release that has ended: its dial is not sent any more.
  expect(weights.confirm(6, 0)).toBe(true);
  expect(weights.confirm(6, 0)).toBe(true);
});
