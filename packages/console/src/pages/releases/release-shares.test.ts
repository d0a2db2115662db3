import type { Release, Strategy, Variant } from '@mulle/contract';
import { expect, test } from 'vitest';
import { createInstallation } from '../../../mock/installation.ts';
import { sharesOf } from './release-shares.ts';

const base = createInstallation('typical', 0).releases[0];
const version = (number: number): Variant => ({ kind: 'model', model: 'm', version: number });
function release(strategy: Strategy, how: Partial<Release> = {}): Release {
  if (base === undefined) throw new Error('The installation has no release.');
  return { ...base, state: 'running', step: 0, strategy, ...how };
}
const shares = (of: Release): (readonly [string, number | null])[] =>
  sharesOf(of).map(({ group, share }) => [group, share]);
const ending = { maxSeconds: 60, whenInconclusive: 'pause' as const, minSamples: 1 };

test('a canary gives its step, all of it once promoted, nothing once taken back', () => {
  if (base === undefined) throw new Error('The installation has no release.');
  expect(shares({ ...base, state: 'running', step: 1 })).toEqual([
    ['incumbent', 0.75],
    ['challenger', 0.25],
  ]);
  expect(shares({ ...base, state: 'promoted' })).toEqual([['challenger', 1]]);
  expect(shares({ ...base, state: 'rolled-back' })).toEqual([['incumbent', 1]]);
});

test('arms are shared by weight, sides are all or nothing', () => {
  const arms = [1, 2, 3].map((number) => ({
    name: `arm-${number}`,
    variant: version(number),
    weight: number === 1 ? 0.5 : 0.25,
  }));
  const analysis = { method: 'always-valid' as const, alpha: 0.05, sampleSize: 10, correction: 'holm' as const };
  const test = release({ kind: 'ab-test', arms, kpis: [], analysis, ...ending });
  expect(shares(test)).toEqual([
    ['arm-1', 0.5],
    ['arm-2', 0.25],
    ['arm-3', 0.25],
  ]);
  expect(sharesOf({ ...test, state: 'promoted', winner: 'arm-3' })).toMatchObject([{ group: 'arm-3', variant: 'm@3' }]);
  const sides: Strategy = {
    kind: 'blue-green',
    incumbent: version(1),
    challenger: version(2),
    gates: [],
    switch: 'by-hand',
    keepSeconds: 1,
    ...ending,
  };
  expect(shares(release(sides))).toEqual([
    ['incumbent', 1],
    ['challenger', 0],
  ]);
  expect(shares(release(sides, { step: 1 }))).toEqual([
    ['incumbent', 0],
    ['challenger', 1],
  ]);
});
