import { expect, test } from 'vitest';
import { evidenceOf, toldStates } from './gate-view.ts';
import { createInstallation } from '../../../mock/installation.ts';
import { releaseActivity } from '../../../mock/history.ts';

test('the evidence of a canary comes in order of time, the present last', () => {
  const nowMs = 1_780_000_000_000;
  const release = createInstallation('typical', nowMs).releases[0];
  if (release === undefined) throw new Error('The installation has no release.');
  const states = toldStates(release, releaseActivity(release, nowMs - 60_000).reverse(), []);
  const points = evidenceOf(states, 2);
  expect(points.map(({ atMs }) => atMs)).toEqual(points.map(({ atMs }) => atMs).sort((a, b) => a - b));
  expect(points.at(-1)?.atMs).toBe(release.updatedAtMs);
  expect(points.at(-1)?.estimate).toBeCloseTo(-0.004);
});
