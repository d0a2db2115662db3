import { readingKey } from '@mulle/contract';
import { expect, test } from 'vitest';
import { createInstallation } from '../../../mock/installation.ts';
import { releaseEvidence } from '../../../mock/release-evidence.ts';
import { chartPoints } from './gate-view.ts';

test('a chart draws what a gate judges: the difference where it compares, the value itself where it does not', () => {
  const nowMs = 1_780_000_000_000;
  const release = createInstallation('typical', nowMs).releases[0];
  const [errors, , loss] = release?.readings ?? [];
  if (release === undefined || errors === undefined || loss === undefined)
    throw new Error('The release has no readings.');
  const { series } = releaseEvidence(release, nowMs);
  const points = chartPoints(series, readingKey(loss));
  expect(points.length).toBeGreaterThan(5);
  expect(points.map(({ atMs }) => atMs)).toEqual(points.map(({ atMs }) => atMs).sort((a, b) => a - b));
  expect(points.at(-1)?.estimate).toBeCloseTo(-0.004);
  expect(chartPoints(series, readingKey(errors)).at(-1)?.estimate).toBe(0);
  expect(chartPoints(series, 'no such reading')).toEqual([]);
});
