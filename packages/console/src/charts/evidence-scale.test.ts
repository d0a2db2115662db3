import { expect, test } from 'vitest';
import { evidenceDomain, linear } from './evidence-scale.ts';

test('the axis holds limit, zero and the settled band', () => {
  const points = [2, 0.5, 0.3, 0.1].map((half, step) => ({ atMs: step, step, estimate: 0, low: -half, high: half }));
  const { range, limitAbove } = evidenceDomain(points, 0.02, 0);
  expect(range[0]).toBeCloseTo(-0.64);
  expect(range[1]).toBeCloseTo(0.64);
  expect(limitAbove).toBe(false);
});

test('a limit far above the readings is left out', () => {
  const points = [{ atMs: 0, step: 0, estimate: 6, low: 5, high: 8 }];
  const { range, limitAbove } = evidenceDomain(points, 300, 6);
  expect(limitAbove).toBe(true);
  expect(range[1]).toBeCloseTo(9.12);
  expect(evidenceDomain(points, 20, 6).limitAbove).toBe(false);
});

test('a linear scale', () => {
  const scale = linear([0, 10], [100, 0]);
  expect(scale(0)).toBe(100);
  expect(scale(5)).toBe(50);
});
