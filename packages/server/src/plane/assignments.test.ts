import { GrowthBook } from '@growthbook/growthbook';
import { OFREPProvider } from '@openfeature/ofrep-provider';
import { OpenFeature } from '@openfeature/server-sdk';
import type { SnapshotEndpoint } from '@mulle/contract';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { logisticModel } from './testing/onnx-fixture.ts';
import { eventually, numberEndpoint, PlaneFixture } from './testing/plane-fixture.ts';

const units = Array.from({ length: 300 }, (_, unit) => String(unit));
let plane: PlaneFixture;

const release: NonNullable<SnapshotEndpoint['release']> = {
  id: 'release-7',
  strategy: {
    kind: 'canary',
    incumbent: { kind: 'model', model: 'm', version: 1 },
    challenger: { kind: 'model', model: 'm', version: 2 },
    steps: [{ weight: 0.3, minSeconds: 0, minSamples: 1 }],
    gates: [{ metric: 'error-rate', max: 0.01 }],
    maxSeconds: 60,
    whenInconclusive: 'pause',
  },
};

beforeAll(async () => {
  plane = await PlaneFixture.create();
  const digest = await plane.putBlob(logisticModel([0], 0));
  const variants = [1, 2].map((version) => ({ version, digest }));
  const value = { incumbent: 0.7, challenger: 0.3 };
  const safe = { incumbent: 1, challenger: 0 };
  plane.publisher.dial({
    epoch: 1,
    name: 'release-weights',
    subject: release.id,
    value,
    safe,
    staleAfterMs: 0,
    createdAtMs: 0,
  });
  const version = plane.publisher.define({ endpoints: [numberEndpoint(1, variants, { unit: 'f0' }, release)] });
  await plane.start();
  await plane.serves(version);
  await eventually(async () => (await plane.status()).dialsEpoch === 1);
});
afterAll(() => plane.remove());

test('the server, the OpenFeature SDK and the GrowthBook SDK agree on every unit, with control dead', async () => {
  await plane.publisher.close();
  await OpenFeature.setProviderAndWait(new OFREPProvider({ baseUrl: plane.url }));
  const openFeature = OpenFeature.getClient();
  const payload = (await plane.get('/api/features/any-key')).json;
  const growthbook = new GrowthBook();
  await growthbook.init({ payload: payload as Parameters<GrowthBook['setPayload']>[0] });
  const groups = new Map<string, number>();
  for (const unit of units) {
    const { json } = await plane.post('/v1/endpoints/e/predict', { input: { f0: Number(unit) } });
    const { metadata } = json as { metadata: { model_version: string; experiment_group: string } };
    const served = `m@${metadata.model_version}`;
    const details = await openFeature.getStringDetails('e', 'none', { targetingKey: unit });
    expect(details, unit).toMatchObject({ value: served, variant: metadata.experiment_group, reason: 'SPLIT' });
    await growthbook.setAttributes({ id: unit });
    expect(growthbook.getFeatureValue('e', 'none'), unit).toBe(served);
    groups.set(metadata.experiment_group, (groups.get(metadata.experiment_group) ?? 0) + 1);
  }
  // Five standard deviations of a binomial of 300 at 0.3.
  expect(Math.abs((groups.get('challenger') ?? 0) - 90)).toBeLessThan(40);
  growthbook.destroy();
  await OpenFeature.close();
});

test('all flags at once carry a tag, and nothing is sent again while nothing changes', async () => {
  const ask = (headers = {}) =>
    plane.post('/ofrep/v1/evaluate/flags', { context: { targetingKey: 'unit-1' } }, headers);
  const first = await ask();
  expect(first.json).toMatchObject({ flags: [{ key: 'e', reason: 'SPLIT', metadata: { releaseId: 'release-7' } }] });
  const etag = first.headers.get('etag') ?? '';
  expect((await ask({ 'if-none-match': etag })).status).toBe(304);
});

test('what cannot be evaluated is told in the words of the protocol', async () => {
  const post = (key: string, body: unknown) => plane.post(`/ofrep/v1/evaluate/flags/${key}`, body);
  const context = { targetingKey: 'u' };
  expect(await post('nothing', { context })).toMatchObject({ status: 404, json: { errorCode: 'FLAG_NOT_FOUND' } });
  expect(await post('e', { context: {} })).toMatchObject({ status: 400, json: { errorCode: 'TARGETING_KEY_MISSING' } });
  expect(await post('e', {})).toMatchObject({ status: 400, json: { errorCode: 'INVALID_CONTEXT' } });
});
