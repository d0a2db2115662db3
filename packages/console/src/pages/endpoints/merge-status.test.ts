import type { DataStatus } from '@mulle/contract';
import { expect, test } from 'vitest';
import { mergeStatus } from './merge-status.ts';

const status = (requests: number, p99: number, bySource: Record<string, number>): DataStatus => ({
  process: `data-${requests}`,
  pid: 1,
  definitionsVersion: 1,
  dialsEpoch: 1,
  controlConnected: true,
  decisionsDropped: 0,
  residentBytes: 1,
  endpoints: [
    {
      endpoint: 'a',
      requests,
      failures: 1,
      bySource,
      byVariant: {},
      latencyMs: { p50: 1, p95: 2, p99, p999: 9 },
      stagesMs: {},
      meanBatchRows: 1,
      hosts: [],
      guarded: {},
    },
  ],
});

test('counts add up over processes and the worst quantile is shown', () => {
  const merged = mergeStatus([status(10, 5, { variant: 9, cache: 1 }), status(20, 8, { variant: 20 })], 'a');
  expect(merged).toMatchObject({
    requests: 30,
    failures: 2,
    bySource: { variant: 29, cache: 1 },
    latencyMs: { p99: 8 },
  });
  expect(mergeStatus([], 'a')).toBeUndefined();
});
