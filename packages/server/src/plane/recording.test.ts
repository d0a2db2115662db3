import type { FeatureView } from '@mulle/contract';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { MulleError } from '#kernel/errors.ts';
import { RecentIds } from './outcomes/recent-ids.ts';
import { logistic, logisticModel } from './testing/onnx-fixture.ts';
import { eventually, numberEndpoint, PlaneFixture } from './testing/plane-fixture.ts';

const predict = '/v1/endpoints/e/predict';
const outcomes = '/v1/endpoints/e/outcomes';
let plane: PlaneFixture;
let digest: string;

beforeEach(async () => {
  plane = await PlaneFixture.create();
  digest = await plane.putBlob(logisticModel([1, 1], 0));
});
afterEach(() => plane.remove());

test('strict: each answered decision is in the journal, whatever comes next', async () => {
  const endpoint = numberEndpoint(2, [{ version: 1, digest }], { recording: 'strict' });
  await plane.start();
  await plane.serves(plane.publisher.define({ endpoints: [endpoint] }));
  for (let request = 0; request < 5; request++) {
    const body = {
      inputs: [
        { f0: request, f1: 1 },
        { f0: request, f1: 2 },
      ],
    };
    const { status } = await plane.post(predict, body, { 'x-request-id': `strict-${request}` });
    const ids = (await plane.events('decisions')).map(({ id }) => id);
    expect(status).toBe(200);
    expect(ids).toContain(`strict-${request}#0`);
    expect(ids).toContain(`strict-${request}#1`);
  }
});

test('fast: everything that was answered is recorded by the end of a drain', async () => {
  await plane.start();
  await plane.serves(plane.publisher.define({ endpoints: [numberEndpoint(2, [{ version: 1, digest }])] }));
  const replies = await Promise.all(
    Array.from({ length: 200 }, (_, request) => plane.post(predict, { input: { f0: request / 100, f1: 0 } })),
  );
  await plane.stop();
  const decisions = await plane.events('decisions');
  expect(decisions).toHaveLength(200);
  expect(new Set(decisions.map(({ id }) => id))).toEqual(
    new Set(replies.map(({ headers }) => headers.get('x-request-id'))),
  );
  for (const { value } of decisions) {
    const { inputs, score } = value as { inputs: { f0: number; f1: number }; score: number };
    expect(score).toBeCloseTo(logistic([1, 1], 0, [inputs.f0, inputs.f1]), 5);
  }
});

test('where nothing can be recorded: strict falls back or refuses, fast goes on and counts', async () => {
  const strict = { recording: 'strict' as const };
  const variants = [{ version: 1, digest }];
  await plane.start({ journalBufferBytes: 64 });
  await plane.serves(
    plane.publisher.define({
      endpoints: [
        numberEndpoint(2, variants, { name: 'fast' }),
        numberEndpoint(2, variants, { ...strict, name: 'strict' }),
        numberEndpoint(2, variants, { ...strict, name: 'safe', fallback: [{ kind: 'default', score: 0.25 }] }),
      ],
    }),
  );
  const ask = (name: string) => plane.post(`/v1/endpoints/${name}/predict`, { input: { f0: 1, f1: 1 } });
  expect((await ask('fast')).json).toMatchObject({ metadata: { source: 'variant' } });
  const refused = await ask('strict');
  expect(refused.status).toBe(503);
  expect(refused.json).toMatchObject({
    error: { code: 'unavailable', message: expect.stringMatching(/records before/) },
  });
  expect((await ask('safe')).json).toMatchObject({
    score: 0.25,
    metadata: { source: 'fallback:default', model_version: null },
  });
  expect((await plane.status()).decisionsDropped).toBe(3);
  expect((await plane.post('/v1/endpoints/fast/outcomes', { outcomes: [{ values: { y: 1 } }] })).status).toBe(503);
});

const views: FeatureView[] = [
  {
    name: 'origin_delays',
    entity: ['origin'],
    dataset: 'flights',
    stream: 'e',
    knownAt: 'arrival',
    aggregates: [
      { name: 'flights_1h', function: 'count', field: 'late', window: '1h' },
      { name: 'late_1h', function: 'mean', field: 'late', window: '1h' },
    ],
  },
];

function withViews() {
  const endpoint = numberEndpoint(2, [{ version: 1, digest }]);
  return {
    featureViews: views,
    endpoints: [
      {
        ...endpoint,
        definition: {
          ...endpoint.definition,
          inputs: [
            { name: 'origin', type: 'string' as const },
            { name: 'departure', type: 'timestamp' as const },
          ],
        },
        features: {
          eventTime: 'departure',
          references: [
            { name: 'f0', view: 'origin_delays', aggregate: 'flights_1h' },
            { name: 'f1', view: 'origin_delays', aggregate: 'late_1h' },
          ],
        },
      },
    ],
  };
}

const noon = Date.parse('2001-02-01T12:00:00Z');
const minute = 60_000;
const outcome = (id: string, origin: string, minutes: number, late: number) => ({
  id,
  eventTimeMs: noon + minutes * minute,
  values: { origin, arrival: noon + minutes * minute, late },
});

async function scoreAt(origin: string, minutes: number): Promise<number> {
  const { json } = await plane.post(predict, { input: { origin, departure: noon + minutes * minute } });
  return (json as { score: number }).score;
}

describe('outcomes', () => {
  beforeEach(async () => {
    await plane.start();
    await plane.serves(plane.publisher.define(withViews()));
  });

  test('feed the features of the next request, from when they were known on, once', async () => {
    const first = [outcome('a', 'ICN', 0, 1), outcome('b', 'ICN', 10, 0), outcome('c', 'GMP', 0, 1)];
    expect((await plane.post(outcomes, { outcomes: first })).json).toEqual({ recorded: 3 });
    expect(await scoreAt('ICN', 20)).toBeCloseTo(logistic([1, 1], 0, [2, 0.5]), 5);
    expect(await scoreAt('ICN', 5)).toBeCloseTo(logistic([1, 1], 0, [1, 1]), 5);
    expect(await scoreAt('ICN', 65)).toBeCloseTo(logistic([1, 1], 0, [1, 0]), 5);
    // The same call again, and a call that repeats one id within itself.
    expect((await plane.post(outcomes, { outcomes: first })).json).toEqual({ recorded: 3 });
    const twice = [outcome('d', 'GMP', 1, 0), outcome('d', 'GMP', 1, 0)];
    await Promise.all([plane.post(outcomes, { outcomes: twice }), plane.post(outcomes, { outcomes: twice })]);
    expect(await scoreAt('ICN', 20)).toBeCloseTo(logistic([1, 1], 0, [2, 0.5]), 5);
    expect(await scoreAt('GMP', 20)).toBeCloseTo(logistic([1, 1], 0, [2, 0.5]), 5);
    expect((await plane.events('outcomes')).map(({ id }) => id)).toEqual(['a', 'b', 'c', 'd']);
    expect((await plane.status()).endpoints[0]?.watermarkMs).toBe(noon + 10 * minute);
  });

  test.each([
    ['from its snapshot', async () => undefined],
    ['from the journal alone', () => plane.damageFeatureSnapshot()],
  ])('are there after a restart, %s', async (_, between) => {
    await plane.post(outcomes, { outcomes: [outcome('a', 'ICN', 0, 1), outcome('b', 'ICN', 10, 0)] });
    const before = await scoreAt('ICN', 20);
    await plane.stop();
    await between();
    await plane.start();
    await eventually(async () => (await scoreAt('ICN', 20)) === before);
    await plane.post(outcomes, { outcomes: [outcome('a', 'ICN', 0, 1)] });
    expect(await scoreAt('ICN', 20)).toBe(before);
  });
});

describe('recent ids', () => {
  test('a retry shares the fate of the call that is on its way', async () => {
    const ids = new RecentIds();
    const commit = Promise.withResolvers<void>();
    ids.begin(['x'], commit.promise);
    expect(ids.get('x')).toBe(commit.promise);
    commit.reject(new MulleError('storage_full', 'full'));
    await expect(ids.get('x')).rejects.toThrow('full');
    await new Promise((resolve) => setImmediate(resolve));
    expect(ids.get('x')).toBeUndefined();
    ids.begin(['x'], Promise.resolve());
    await new Promise((resolve) => setImmediate(resolve));
    expect(ids.get('x')).toBeNull();
  });

  test('the oldest leave', () => {
    const ids = new RecentIds();
    ids.add(Array.from({ length: 50_001 }, (_, index) => String(index)));
    expect(ids.get('0')).toBeUndefined();
    expect(ids.get('50000')).toBeNull();
  });
});
