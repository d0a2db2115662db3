import { expect, test } from 'vitest';
import { VariantGuard } from './variant-guard.ts';

test('holds back after five failures in a row, probes after the cool-down, doubles it, opens on success', () => {
  const guard = new VariantGuard();
  for (let failure = 0; failure < 4; failure++) guard.failed('boom', 0);
  guard.succeeded();
  for (let failure = 0; failure < 4; failure++) guard.failed('boom', 0);
  expect(guard.admits(0)).toBe(true);
  guard.failed('boom', 0);
  expect(guard.reason).toBe('boom');
  expect(guard.admits(999)).toBe(false);
  expect(guard.admits(1_000)).toBe(true);
  expect(guard.admits(1_001)).toBe(false);
  guard.failed('boom', 1_100);
  expect(guard.admits(3_099)).toBe(false);
  expect(guard.admits(3_100)).toBe(true);
  guard.succeeded();
  expect(guard.admits(3_101)).toBe(true);
});

test('failures of requests that were under way when it closed do not lengthen its cool-down; a failed probe does', () => {
  const guard = new VariantGuard();
  for (let request = 0; request < 25; request++) guard.failed('dead', 0);
  expect(guard.admits(999)).toBe(false);
  expect(guard.admits(1_000)).toBe(true);
  guard.failed('dead', 1_100);
  expect(guard.admits(3_099)).toBe(false);
  expect(guard.admits(3_100)).toBe(true);
});

test('a host that is back is probed at once', () => {
  const guard = new VariantGuard();
  for (let request = 0; request < 5; request++) guard.failed('dead', 0);
  expect(guard.admits(10)).toBe(false);
  guard.hostIsBack();
  expect(guard.admits(11)).toBe(true);
  expect(guard.admits(12)).toBe(false);
  guard.succeeded();
  expect(guard.admits(13)).toBe(true);
});
