import type { Override, SnapshotEndpoint } from '@mulle/contract';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { logisticModel } from './testing/onnx-fixture.ts';
import { numberEndpoint, PlaneFixture } from './testing/plane-fixture.ts';

const overrides: Override[] = [
  { name: 'nobody-knows', units: ['7'], group: 'no-such-group' },
  { name: 'testers', units: ['7', '8'], group: 'challenger' },
  { name: 'staff', header: { name: 'x-staff', value: 'yes' }, group: 'challenger' },
  { name: 'debug', header: { name: 'x-debug' }, units: ['9'], group: 'challenger' },
  { name: 'large', cohort: 'input.f0 > 1000.0', group: 'challenger' },
  { name: 'faulty', cohort: 'input.nothing > 1.0', group: 'challenger' },
  { name: 'by-key', keys: ['key-1'], group: 'challenger' },
];
const release: NonNullable<SnapshotEndpoint['release']> = {
  id: 'release-9',
  strategy: {
    kind: 'canary',
    incumbent: { kind: 'model', model: 'm', version: 1 },
    challenger: { kind: 'model', model: 'm', version: 2 },
    steps: [{ weight: 0.01, minSeconds: 0, minSamples: 1 }],
    gates: [{ metric: 'error-rate', max: 0.01 }],
    maxSeconds: 60,
    whenInconclusive: 'pause',
  },
  overrides: overrides.slice(0, 3),
};

let plane: PlaneFixture;
beforeAll(async () => {
  plane = await PlaneFixture.create();
  const digest = await plane.putBlob(logisticModel([0], 0));
  const variants = [1, 2].map((version) => ({ version, digest }));
  const definition = { unit: 'f0', overrides: overrides.slice(3) };
  const version = plane.publisher.define({ endpoints: [numberEndpoint(1, variants, definition, release)] });
  await plane.start();
  await plane.serves(version);
});
afterAll(() => plane.remove());

interface Answer {
  explanation: { override?: string; propensity: number | null };
  metadata: { model_version: string; experiment_group: string; experiment_id: string };
}

async function ask(unit: number, headers: Record<string, string> = {}): Promise<Answer> {
  const { json } = await plane.post('/v1/endpoints/e/predict', { input: { f0: unit }, explain: true }, headers);
  return json as Answer;
}

// Without a dial the canary's safe weights hold: whoever meets the challenger was sent there.
test.each([
  ['a unit', 7, {}, 'testers'],
  ['a header with its value', 1, { 'x-staff': 'yes' }, 'staff'],
  ['every condition together', 9, { 'x-debug': '1' }, 'debug'],
  ['a cohort', 5_000, {}, 'large'],
])('%s is sent to the group, and the decision says by what', async (_, unit, headers, name) => {
  const { metadata, explanation } = await ask(unit, headers);
  expect(metadata).toMatchObject({ model_version: '2', experiment_group: 'challenger', experiment_id: 'release-9' });
  expect(explanation).toMatchObject({ override: name, propensity: null });
});

test.each([
  ['another value of the header', 1, { 'x-staff': 'no' }],
  ['one condition of two', 9, {}],
  ['a cohort whose expression fails, and no key', 2, {}],
])('%s is left to the release', async (_, unit, headers) => {
  const { metadata, explanation } = await ask(unit, headers);
  expect(metadata).toMatchObject({ model_version: '1', experiment_group: 'incumbent' });
  expect(explanation).toMatchObject({ propensity: 1 });
  expect(explanation).not.toHaveProperty('override');
});

test('a pinned version is not overridden', async () => {
  const { explanation } = await ask(7, { 'x-model-version': '1' });
  expect(explanation).not.toHaveProperty('override');
});
