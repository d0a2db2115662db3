import { momentsVariance } from '@mulle/stats';
import { expect, test } from 'vitest';
import { looks, typeOneError, type Look } from './peeking.ts';

const fixedHorizon: Look = (control, treatment) => {
  if (control.n < 20) return false;
  const squaredError = momentsVariance(control) / control.n + momentsVariance(treatment) / treatment.n;
  return Math.abs(treatment.mean - control.mean) > 1.96 * Math.sqrt(squaredError);
};

test('a fixed-horizon p read under peeking turns the simulation red', () => {
  expect(typeOneError(fixedHorizon, 200, 1, 300).ok).toBe(false);
  const sequence = looks['confidence-sequence'];
  expect(sequence && typeOneError(sequence, 200, 1, 300).ok).toBe(true);
});
