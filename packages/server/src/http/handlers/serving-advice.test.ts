import type { BatchJob, EndpointDefinition, EndpointStatus } from '@mulle/contract';
import { expect, test } from 'vitest';
import { batchAdvice, hostsAdvice, latencyAdvice } from './serving-advice.ts';

const endpoint: EndpointDefinition = {
  name: 'e',
  inputs: [],
  policy: { kind: 'single' },
  fallback: [],
  timeout: '1s',
  slo: { p95Ms: 10, p99Ms: 20 },
  hosts: 2,
};
const status = (part: Partial<EndpointStatus>): EndpointStatus => ({
  endpoint: 'e',
  requests: 600,
  failures: 0,
  bySource: {},
  byVariant: {},
  latencyMs: { p50: 1, p95: 9, p99: 15, p999: 30 },
  stagesMs: { decode: 0.5, invoke: 8 },
  meanBatchRows: 1,
  hosts: [],
  guarded: {},
  ...part,
});

test('a model too slow for its target is told with what was measured; few requests tell nothing', () => {
  expect(latencyAdvice(endpoint, [status({})])).toMatchObject({ ok: true });
  const slow = status({ latencyMs: { p50: 1, p95: 12, p99: 15, p999: 30 } });
  expect(latencyAdvice(endpoint, [status({}), slow])).toMatchObject({
    ok: false,
    message: { en: 'p95 12 ms of 10, p99 15 ms of 20; 8 ms of a request in invoke.' },
    fix: { en: expect.stringMatching(/model is too slow.*now 2/) },
  });
  expect(latencyAdvice(endpoint, [{ ...slow, stagesMs: { features: 11, invoke: 1 } }])?.fix?.en).toMatch(/features/);
  expect(latencyAdvice(endpoint, [{ ...slow, requests: 49 }])).toBeUndefined();
});

test('hosts that one could replace', () => {
  // 600 requests of 8 ms are 4.8 s of 60.
  expect(hostsAdvice(endpoint, [status({})])).toMatchObject({
    ok: false,
    message: { en: expect.stringMatching(/8 %/) },
  });
  expect(hostsAdvice(endpoint, [status({ requests: 6_000 })])).toMatchObject({ ok: true });
  expect(hostsAdvice({ ...endpoint, hosts: 1 }, [status({})])).toBeUndefined();
});

test('a batch that cannot finish in its window', () => {
  const job: BatchJob = {
    id: 'run_1',
    model: 'm',
    version: 1,
    input: { kind: 'dataset', dataset: 'd', version: 1 },
    window: '1h',
    state: 'running',
    progress: 0.1,
    attempt: 1,
    report: null,
    error: null,
    startedBy: 'person:minji',
    createdAtMs: 0,
    startedAtMs: 0,
    endedAtMs: null,
  };
  // A tenth in five minutes are fifty for all, in ten a hundred.
  expect(batchAdvice(job, 300_000)).toMatchObject({ ok: true, message: { en: expect.stringMatching(/50 min/) } });
  expect(batchAdvice(job, 600_000)).toMatchObject({ ok: false });
  expect(batchAdvice({ ...job, progress: 0.001 }, 600_000)).toBeUndefined();
  expect(batchAdvice({ ...job, state: 'succeeded' }, 600_000)).toBeUndefined();
});
