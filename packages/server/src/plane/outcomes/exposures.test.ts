import { GrowthBook } from '@growthbook/growthbook';
import type { Decision, SnapshotEndpoint } from '@mulle/contract';
import { decisionEvent, outcomeEvent, strategyModule } from '@mulle/decision';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { logisticModel } from '../testing/onnx-fixture.ts';
import { numberEndpoint, PlaneFixture } from '../testing/plane-fixture.ts';

const release: NonNullable<SnapshotEndpoint['release']> = {
  id: 'release-3',
  overrides: [{ name: 'testers', units: ['tester'], group: 'challenger' }],
  strategy: {
    kind: 'ab-test',
    arms: [
      { name: 'incumbent', variant: { kind: 'model', model: 'm', version: 1 }, weight: 0.5 },
      { name: 'challenger', variant: { kind: 'model', model: 'm', version: 2 }, weight: 0.5 },
    ],
    kpis: [{ name: 'bought', kind: 'rate', value: { outcome: 'bought' }, direction: 'increase', role: 'goal' }],
    analysis: { method: 'always-valid', alpha: 0.05, sampleSize: 100, correction: 'holm' },
    minSamples: 10,
    maxSeconds: 60,
    whenInconclusive: 'pause',
  },
};
let plane: PlaneFixture;

beforeAll(async () => {
  plane = await PlaneFixture.create();
  const digest = await plane.putBlob(logisticModel([0], 0));
  const variants = [1, 2].map((version) => ({ version, digest }));
  const version = plane.publisher.define({ endpoints: [numberEndpoint(1, variants, { unit: 'f0' }, release)] });
  await plane.start();
  await plane.serves(version);
});
afterAll(() => plane.remove());

const path = '/v1/endpoints/e/exposures';
const recorded = async (): Promise<{ id: string; value: Decision }[]> =>
  (await plane.events('decisions')).map(({ id, value }) => ({ id, value: value as Decision }));

test('what the GrowthBook SDK assigned on device comes back as exposures that the test folds', async () => {
  const growthbook = new GrowthBook();
  const payload = (await plane.get('/api/features/any-key')).json;
  await growthbook.init({ payload: payload as Parameters<GrowthBook['setPayload']>[0] });
  const exposures: object[] = [];
  for (let unit = 0; unit < 40; unit += 1) {
    await growthbook.setAttributes({ id: `u${unit}` });
    const { experiment, experimentResult } = growthbook.evalFeature('e');
    exposures.push({
      id: `exposure-${unit}`,
      unit: `u${unit}`,
      releaseId: experiment?.key,
      group: experimentResult?.key,
    });
  }
  const { status, json } = await plane.post(path, { exposures });
  expect({ status, json }).toMatchObject({ status: 200, json: { recorded: 40 } });
  // A retry records nothing twice.
  await plane.post(path, { exposures });
  const made = await recorded();
  expect(made).toHaveLength(40);
  const { strategy } = release;
  const module = strategyModule(strategy.kind);
  let state = module.initial(strategy);
  for (const { value } of made) {
    const { unit, group, propensity, source, requestId } = value;
    expect({ propensity, source }).toEqual({ propensity: 0.5, source: 'client' });
    // The device and this engine agree.
    const compiled = module.compile({ strategy });
    const choice = module.choose(compiled, compiled.weights, { releaseId: 'release-3', unit: unit ?? '', requestId });
    expect(choice.group).toBe(group);
    for (const event of [decisionEvent(value, []), outcomeEvent({ ...value, fields: {} }, { bought: true })])
      if (event) state = module.fold(strategy, state, event);
  }
  const { readings } = module.conclude({ strategy, state: 'running', step: 0, stepStartedAtMs: 0 }, state, 0);
  const [ratio, bought] = readings;
  expect((ratio?.challengerSamples ?? 0) + (ratio?.incumbentSamples ?? 0)).toBe(40);
  expect(bought).toMatchObject({ challenger: 1, incumbent: 1 });
  growthbook.destroy();
});

test('an overridden unit is forced on device and by OFREP alike, with no propensity', async () => {
  const growthbook = new GrowthBook({ attributes: { id: 'tester' } });
  const payload = (await plane.get('/api/features/any-key')).json;
  await growthbook.init({ payload: payload as Parameters<GrowthBook['setPayload']>[0] });
  expect(growthbook.evalFeature('e')).toMatchObject({ value: 'm@2', source: 'force' });
  growthbook.destroy();
  const { json } = await plane.post('/ofrep/v1/evaluate/flags/e', { context: { targetingKey: 'tester' } });
  expect(json).toEqual({
    key: 'e',
    value: 'm@2',
    variant: 'challenger',
    reason: 'TARGETING_MATCH',
    metadata: { releaseId: 'release-3', override: 'testers' },
  });
});

test.each([
  [{ exposures: [{ unit: 'u', releaseId: 'release-3', group: 'winner' }] }, 'invalid_argument', /no group .*winner/],
  [{ exposures: [{ unit: 'u', releaseId: 'release-3' }] }, 'invalid_argument', /group/],
  [{ exposures: [{ unit: 'u', releaseId: 'r', group: 'a', arm: 'b' }] }, 'unknown_field', /arm/],
  [{ exposures: [] }, 'invalid_argument', /exposures/],
])('%j is refused: %s', async (body, code, reason) => {
  const { status, json } = await plane.post(path, body);
  expect({ status, json }).toMatchObject({ status: 400, json: { error: { code } } });
  expect(JSON.stringify(json)).toMatch(reason);
});
