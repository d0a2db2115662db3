import type { SnapshotEndpoint } from '@mulle/contract';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { logisticModel } from './testing/onnx-fixture.ts';
import { eventually, numberEndpoint, PlaneFixture } from './testing/plane-fixture.ts';

const predict = '/v1/endpoints/e/predict';
let plane: PlaneFixture;
let digests: string[];

const canary: NonNullable<SnapshotEndpoint['release']> = {
  id: 'release-2',
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

function dial(epoch: number, challenger: number, staleAfterMs = 0) {
  return {
    epoch,
    name: 'release-weights' as const,
    subject: 'release-2',
    value: { incumbent: 1 - challenger, challenger },
    safe: { incumbent: 1, challenger: 0 },
    staleAfterMs,
    createdAtMs: 0,
  };
}

beforeAll(async () => {
  plane = await PlaneFixture.create();
  // The intercept tells which version answered: 0.5 for the first, 0.88 for the second.
  digests = [await plane.putBlob(logisticModel([0], 0)), await plane.putBlob(logisticModel([0], 2))];
  const variants = digests.map((digest, index) => ({ version: index + 1, digest }));
  const definition = { unit: 'f0', fallback: [{ kind: 'variant' as const }] };
  plane.publisher.dial(dial(1, 0.3));
  const version = plane.publisher.define({ endpoints: [numberEndpoint(1, variants, definition, canary)] });
  await plane.start();
  await plane.serves(version);
  await eventually(async () => (await plane.status()).dialsEpoch === 1);
});
afterAll(() => plane.remove());

interface Answer {
  score: number;
  metadata: { model_version: string; experiment_group: string | null; experiment_id: string | null; source: string };
}

async function ask(unit: number, path = predict, headers: Record<string, string> = {}): Promise<Answer> {
  const body = path === predict ? { input: { f0: unit } } : {};
  return (await plane.post(path, body, headers)).json as Answer;
}

const groupOf = ({ metadata }: Answer): string | null => metadata.experiment_group;
const units = Array.from({ length: 1_000 }, (_, unit) => unit);

test('traffic splits by the dial, sticks to units, and grows without moving anyone back', async () => {
  const first = await Promise.all(units.map((unit) => ask(unit)));
  const share = first.filter((answer) => groupOf(answer) === 'challenger').length / units.length;
  // Five standard deviations of a binomial of 1,000 at 0.3.
  expect(Math.abs(share - 0.3)).toBeLessThan(0.0725);
  for (const answer of first) {
    const isChallenger = groupOf(answer) === 'challenger';
    expect(answer.metadata.model_version).toBe(isChallenger ? '2' : '1');
    expect(answer.score).toBeCloseTo(isChallenger ? 0.8808 : 0.5, 4);
  }
  expect((await Promise.all(units.map((unit) => ask(unit)))).map(groupOf)).toEqual(first.map(groupOf));

  plane.publisher.dial(dial(2, 0.6));
  await eventually(async () => (await plane.status()).dialsEpoch === 2);
  const second = await Promise.all(units.map((unit) => ask(unit)));
  const lost = first.filter((answer, unit) => {
    const later = second[unit];
    return groupOf(answer) === 'challenger' && later !== undefined && groupOf(later) !== 'challenger';
  });
  expect(second.filter((answer) => groupOf(answer) === 'challenger').length).toBeGreaterThan(500);
  // Shares lie side by side with the incumbent's first, so the challenger only takes units over.
  expect(lost).toEqual([]);
});

test('decisions tell assignment, propensity and versions', async () => {
  const { metadata } = await ask(5, predict, { 'x-request-id': 'told' });
  const find = async () => (await plane.events('decisions')).find(({ id }) => id === 'told');
  await eventually(async () => (await find()) !== undefined);
  const isChallenger = metadata.experiment_group === 'challenger';
  expect(await find()).toMatchObject({
    type: 'decision-made',
    key: 'e',
    value: {
      endpoint: 'e',
      requestId: 'told',
      unit: '5',
      releaseId: 'release-2',
      group: metadata.experiment_group,
      pinned: false,
      assignedVariant: `m@${metadata.model_version}`,
      servedVariant: `m@${metadata.model_version}`,
      propensity: isChallenger ? 0.6 : 0.4,
      source: 'variant',
      errorCode: null,
      inputs: { f0: 5 },
      features: { f0: 5 },
      dialsEpoch: 2,
      stagesUs: { authenticate: expect.any(Number), invoke: expect.any(Number) },
    },
  });
});

test('a version may be pinned by path or header, outside the release', async () => {
  const byPath = await plane.post('/v2/models/e/versions/2/infer', {
    inputs: [{ name: 'input', shape: [1, 1], datatype: 'FP32', data: [1] }],
  });
  expect(byPath.headers.get('x-model-version')).toBe('2');
  expect(byPath.headers.get('x-experiment-id')).toBeNull();
  for (const version of ['1', '2', 'm@2']) {
    const { metadata } = await ask(3, predict, { 'x-model-version': version, 'x-request-id': `pin-${version}` });
    expect(metadata).toMatchObject({
      model_version: version.replace('m@', ''),
      experiment_group: null,
      experiment_id: null,
    });
  }
  await eventually(async () => (await plane.events('decisions')).some(({ id }) => id === 'pin-m@2'));
  expect((await plane.events('decisions')).find(({ id }) => id === 'pin-2')?.value).toMatchObject({
    pinned: true,
    propensity: null,
    releaseId: null,
  });
});

test('a header that is no deployed version is an echo, not a pin', async () => {
  expect((await ask(3, predict, { 'x-model-version': '77' })).metadata.experiment_id).toBe('release-2');
});

test('weights that nobody confirms give way to the safe ones', async () => {
  plane.publisher.dial(dial(3, 1, 50));
  await eventually(async () => (await plane.status()).dialsEpoch === 3);
  await eventually(async () => groupOf(await ask(1)) === 'incumbent');
  const all = await Promise.all(units.slice(0, 200).map((unit) => ask(unit)));
  expect(new Set(all.map(groupOf))).toEqual(new Set(['incumbent']));
});

test.each([
  ['listed as a fallback', [{ kind: 'variant' as const }]],
  ['not listed', []],
])('a challenger that does not load is answered for by the incumbent, %s', async (_, fallback) => {
  plane.publisher.dial(dial(4, 1));
  const broken = await plane.putBlob(new TextEncoder().encode('no model at all'));
  const variants = [
    { version: 1, digest: digests[0] ?? '' },
    { version: 2, digest: broken },
  ];
  const endpoint = numberEndpoint(1, variants, { unit: 'f0', fallback }, canary);
  const version = plane.publisher.define({ endpoints: [endpoint] });
  await plane.serves(version);
  const { score, metadata } = await ask(1);
  expect(score).toBeCloseTo(0.5, 6);
  expect(metadata).toMatchObject({ source: 'fallback:variant', model_version: '1', experiment_group: 'challenger' });
  expect((await plane.status()).endpoints[0]?.guarded).toHaveProperty('m@2');
  expect(plane.logged.join('\n')).toMatch(/m@2.*does not load/);
});
