import type { ShadowAnswer, Strategy } from '@mulle/contract';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { unitHash } from '@mulle/decision';
import { ShadowQueue } from './serving/shadow-queue.ts';
import { logisticModel } from './testing/onnx-fixture.ts';
import { eventually, numberEndpoint, PlaneFixture } from './testing/plane-fixture.ts';

let plane: PlaneFixture;
let variants: { version: number; digest: string }[];

beforeAll(async () => {
  plane = await PlaneFixture.create();
  const digests = [
    await plane.putBlob(logisticModel([1], 0)),
    await plane.putBlob(logisticModel([1], 0.5)),
    await plane.putBlob(Buffer.from('no model')),
  ];
  variants = digests.map((digest, index) => ({ version: index + 1, digest }));
  await plane.start();
});
afterAll(() => plane.remove());

const shadowOf = (challenger: number, sample: number): Strategy => ({
  kind: 'shadow',
  incumbent: { kind: 'model', model: 'm', version: 1 },
  challenger: { kind: 'model', model: 'm', version: challenger },
  sample,
  agreement: { tolerance: 0.05, min: 0.9 },
  gates: [],
  slices: ['f0'],
  minSeconds: 0,
  minSamples: 1,
  maxSeconds: 60,
  whenInconclusive: 'pause',
});

async function serve(id: string, challenger: number, sample: number): Promise<void> {
  const endpoint = numberEndpoint(1, variants, {}, { id, strategy: shadowOf(challenger, sample) });
  await plane.serves(plane.publisher.define({ endpoints: [endpoint] }));
}

const logistic = (x: number): number => 1 / (1 + Math.exp(-x));

async function shadows(releaseId: string, count: number): Promise<{ id: string; value: ShadowAnswer }[]> {
  const find = async () =>
    (await plane.events('shadows'))
      .map(({ id, value }) => ({ id, value: value as unknown as ShadowAnswer }))
      .filter(({ value }) => value.releaseId === releaseId);
  await eventually(async () => (await find()).length >= count);
  return find();
}

test('a sample of the requests is copied; callers see the incumbent alone', async () => {
  await serve('shadow-1', 2, 0.5);
  const ids = Array.from({ length: 200 }, (_, index) => `copy-${index}`);
  const replies = await Promise.all(
    ids.map((id, index) => plane.post('/v1/endpoints/e/predict', { input: { f0: index % 4 } }, { 'x-request-id': id })),
  );
  for (const [index, { status, json, headers }] of replies.entries()) {
    expect(status).toBe(200);
    expect((json as { score: number }).score).toBeCloseTo(logistic(index % 4), 5);
    expect(headers.get('x-experiment-group')).toBe('incumbent');
    expect(headers.get('x-model-version')).toBe('1');
  }
  const expected = ids.filter((id) => unitHash(id, 'shadow:shadow-1') < 0.5);
  const copied = await shadows('shadow-1', expected.length);
  expect(copied.map(({ id }) => id).toSorted()).toEqual(expected.toSorted());
  for (const { id, value } of copied) {
    const f0 = Number(id.slice(5)) % 4;
    const difference = logistic(f0 + 0.5) - logistic(f0);
    expect(value.score).toBeCloseTo(logistic(f0 + 0.5), 5);
    expect(value.incumbentScore).toBeCloseTo(logistic(f0), 5);
    expect(value.difference).toBeCloseTo(difference, 5);
    expect(value).toMatchObject({ agrees: difference <= 0.05, slices: { f0 }, errorCode: null, dropped: 0 });
    expect(value.latencyMs).toBeGreaterThan(0);
    expect(value.incumbentLatencyMs).toBeGreaterThan(0);
  }
  const decisions = (await plane.events('decisions')).filter(({ value }) => value['releaseId'] === 'shadow-1');
  expect(decisions).toHaveLength(200);
  expect(decisions.every(({ value }) => value['propensity'] === 1 && value['servedVariant'] === 'm@1')).toBe(true);
});

test('each row of a request is compared; a pinned request is not copied', async () => {
  await serve('shadow-2', 2, 1);
  const body = { inputs: [{ f0: 0 }, { f0: 3 }] };
  await plane.post('/v1/endpoints/e/predict', body, { 'x-request-id': 'pinned', 'x-model-version': '2' });
  await plane.post('/v1/endpoints/e/predict', body, { 'x-request-id': 'rows' });
  const copied = await shadows('shadow-2', 2);
  expect(copied.map(({ id }) => id)).toEqual(['rows#0', 'rows#1']);
  expect(copied.map(({ value }) => value.agrees)).toEqual([false, true]);
});

test('a challenger that does not load is told as a failure, and no caller notices', async () => {
  await serve('shadow-3', 3, 1);
  const { status, json } = await plane.post('/v1/endpoints/e/predict', { input: { f0: 0 } });
  expect(status).toBe(200);
  expect((json as { score: number }).score).toBeCloseTo(0.5, 6);
  const [copy] = await shadows('shadow-3', 1);
  expect(copy?.value).toMatchObject({ errorCode: 'unavailable', incumbentErrorCode: null, agrees: null, score: null });
});

test('copies are dropped first: while callers wait, and past their own bound', () => {
  const queue = new ShadowQueue();
  expect(queue.admit(1, 256)).toBe(false);
  expect(queue.admit(1_000, 0)).toBe(true);
  expect(queue.admit(100, 0)).toBe(false);
  queue.done(1_000);
  expect(queue.admit(100, 255)).toBe(true);
  expect(queue.takeDropped()).toBe(2);
  expect(queue.takeDropped()).toBe(0);
});
