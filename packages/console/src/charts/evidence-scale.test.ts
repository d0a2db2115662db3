import { expect, test } from 'vitest';
import { evidenceDomain, linear } from './evidence-scale.ts';

test('the axis holds limit, zero and the settled band', () => {
  const points = [2, 0.5, 0.3, 0.1].map((half, step) => ({ atMs: step, step, estimate: 0, low: -half, high: half }));
  const [low, high] = evidenceDomain(points, 0.02);
  expect(low).toBeCloseTo(-0.62);
  expect(high).toBeCloseTo(0.62);
  const single = [{ atMs: 0, step: 0, estimate: 6, low: 5, high: 7 }];
  expect(evidenceDomain(single, 300)).toEqual([0, 336]);
});

test('a linear scale', () => {
  const scale = linear([0, 10], [100, 0]);
  expect(scale(0)).toBe(100);
  expect(scale(5)).toBe(50);
});
