import type { Dial, Strategy } from '@mulle/contract';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { logisticModel } from './testing/onnx-fixture.ts';
import { eventually, numberEndpoint, PlaneFixture } from './testing/plane-fixture.ts';

let plane: PlaneFixture;
let variants: { version: number; digest: string }[];

beforeAll(async () => {
  plane = await PlaneFixture.create();
  const digests = [await plane.putBlob(logisticModel([0], 0)), await plane.putBlob(logisticModel([0], 2))];
  variants = digests.map((digest, index) => ({ version: index + 1, digest }));
  await plane.start();
});
afterAll(() => plane.remove());

const arms = ['incumbent', 'challenger'].map((name, index) => ({
  name,
  variant: { kind: 'model' as const, model: 'm', version: index + 1 },
  weight: 0.5,
}));
const reward = { name: 'r', kind: 'rate', value: { outcome: 'r' }, direction: 'increase', role: 'goal' } as const;
const plan = { arms, reward, minSamples: 1, maxSeconds: 60, whenInconclusive: 'pause' } as const;

async function serve(id: string, strategy: Strategy): Promise<void> {
  const endpoint = numberEndpoint(1, variants, { unit: 'f0' }, { id, strategy });
  await plane.serves(plane.publisher.define({ endpoints: [endpoint] }));
}

async function turn(subject: string, epoch: number, challenger: number, model?: Dial['model']): Promise<void> {
  const value = { incumbent: 1 - challenger, challenger };
  const dial = {
    epoch,
    name: 'release-weights',
    subject,
    value,
    safe: value,
    staleAfterMs: 0,
    createdAtMs: 0,
  } as const;
  plane.publisher.dial({ ...dial, ...(model ? { model } : {}) });
  await eventually(async () => (await plane.status()).dialsEpoch === epoch);
}

/** Asks for one unit again and again; what was recorded of it. */
async function drawn(name: string, count: number, unit: number) {
  const ask = (index: number) =>
    plane.post('/v1/endpoints/e/predict', { input: { f0: unit } }, { 'x-request-id': `${name}-${index}` });
  await Promise.all(Array.from({ length: count }, (_, index) => ask(index)));
  const find = async () =>
    (await plane.events('decisions')).filter((event) => event.id.startsWith(`${name}-`)).map(({ value }) => value);
  await eventually(async () => (await find()).length === count);
  return find();
}

const shareOf = (decisions: readonly Record<string, unknown>[]): number =>
  decisions.filter(({ group }) => group === 'challenger').length / decisions.length;

test('a bandit is answered by the shares of its dial, and each decision keeps those that it was drawn with', async () => {
  await serve('bandit-1', { kind: 'bandit', algorithm: { kind: 'thompson' }, ...plan });
  for (const [epoch, challenger] of [
    [1, 0.2],
    [2, 0.9],
  ] as const) {
    await turn('bandit-1', epoch, challenger);
    const decisions = await drawn(`bandit-${epoch}`, 400, 7);
    // Four standard errors of a share of 400.
    expect(Math.abs(shareOf(decisions) - challenger)).toBeLessThan(0.1);
    for (const { group, propensity, dialsEpoch } of decisions) {
      expect(propensity).toBeCloseTo(group === 'challenger' ? challenger : 1 - challenger, 9);
      expect(dialsEpoch).toBe(epoch);
    }
  }
});

test('a contextual bandit is answered by what its dial has learned of the context', async () => {
  const algorithm = { kind: 'lin-ucb', alpha: 0 } as const;
  await serve('contextual-1', {
    kind: 'contextual-bandit',
    algorithm,
    context: [{ field: 'f0' }],
    floor: 0.1,
    ...plan,
  });
  const upper = [1, 0, 1];
  const model = { incumbent: { theta: [0, -1], upper }, challenger: { theta: [0, 1], upper } };
  await turn('contextual-1', 3, 0.5, model);
  for (const [unit, share] of [
    [2, 0.9],
    [-2, 0.1],
  ] as const) {
    const decisions = await drawn(`context-${unit}`, 400, unit);
    expect(Math.abs(shareOf(decisions) - share)).toBeLessThan(0.1);
    for (const { group, propensity } of decisions) {
      expect(propensity).toBeCloseTo(group === 'challenger' ? share : 1 - share, 9);
    }
  }
});
