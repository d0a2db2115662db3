import type { EvidenceSeries } from '@mulle/contract';
import { expect, test } from 'vitest';
import { alignArms } from './align-arms.ts';

test('arms read at different times share one axis; what was not read is a gap', () => {
  const point = { step: 0, verdict: 'inconclusive', challenger: 0.1, incumbent: null, interval: null } as const;
  const arm = (group: string, points: [number, number | undefined][]): EvidenceSeries => ({
    key: `kpi/clicks/${group}`,
    gate: { metric: 'error-rate', max: 1 } as EvidenceSeries['gate'],
    group,
    points: points.map(([atMs, share]) => ({
      ...point,
      atMs,
      challengerSamples: 1,
      incumbentSamples: 0,
      ...(share === undefined ? {} : { share }),
    })),
  });
  const series = [
    arm('b', [
      [2, 0.7],
      [3, 0.8],
    ]),
    arm('a', [
      [1, 0.5],
      [2, 0.3],
      [4, undefined],
    ]),
  ];
  expect(alignArms(series, ['a', 'b', 'c'], 'share')).toEqual({
    times: [1, 2, 3],
    values: [
      [0.5, 0.3, null],
      [null, 0.7, 0.8],
      [null, null, null],
    ],
  });
});
