import type { EndpointDefinition } from '@mulle/contract';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { logisticDocument } from '#platform/testing/pmml-documents.ts';
import { numberEndpoint, PlaneFixture } from './testing/plane-fixture.ts';

let plane: PlaneFixture;
let digest = '';
beforeEach(async () => {
  plane = await PlaneFixture.create();
  digest = await plane.putBlob(Buffer.from(logisticDocument));
  await plane.start();
});
afterEach(() => plane.remove());

/** An endpoint whose one version is the PMML document. */
async function serve(version: number, definition: Partial<EndpointDefinition>): Promise<void> {
  const endpoint = numberEndpoint(1, [{ version, digest }], definition);
  const variants = endpoint.variants.map((variant) => ({ ...variant, artifact: { digest, format: 'pmml' as const } }));
  await plane.serves(plane.publisher.define({ endpoints: [{ ...endpoint, variants }] }));
}

const ask = (x: number, headers?: Record<string, string>) =>
  plane.post('/v1/endpoints/e/predict', { input: { f0: x } }, headers);
const sourceOf = async (x: number) => (await ask(x)).headers.get('x-mulle-source');
const cached: Partial<EndpointDefinition> = { cache: { ttl: '1h' } };

/** A counter of the metrics, by the labels that tell it. */
async function counted(name: string, labels = ''): Promise<number> {
  const { json } = await plane.get('/metrics');
  const line = String(json)
    .split('\n')
    .find((text) => text.startsWith(`${name}{endpoint="e"${labels}}`));
  return Number(line?.split(' ').at(-1) ?? 0);
}

test('the same features of the same version are answered again: source and age in header, body and decision', async () => {
  await serve(1, cached);
  const first = await ask(1.5);
  expect(first.json).toMatchObject({ metadata: { source: 'variant', from_cache: false, age_ms: 0 } });
  const again = await ask(1.5, { 'x-request-id': 'again' });
  expect(again.headers.get('x-mulle-source')).toBe('cache');
  expect(again.headers.get('x-model-version')).toBe('1');
  expect(Number(again.headers.get('x-mulle-age-ms'))).toBeGreaterThanOrEqual(0);
  expect(again.json).toMatchObject({
    score: (first.json as { score: number }).score,
    metadata: { source: 'cache', from_cache: true, model_version: '1' },
  });
  expect(await sourceOf(1.6)).toBe('variant');
  await plane.stop();
  const decision = (await plane.events('decisions')).find(({ id }) => id === 'again');
  expect(decision?.value).toMatchObject({ source: 'cache', servedVariant: 'm@1', group: 'only', errorCode: null });
});

test('another version is asked anew; without the declaration everything is', async () => {
  await serve(1, cached);
  expect([await sourceOf(2), await sourceOf(2)]).toEqual(['variant', 'cache']);
  await serve(2, cached);
  expect([await sourceOf(2), await sourceOf(2)]).toEqual(['variant', 'cache']);
  await serve(3, {});
  expect([await sourceOf(2), await sourceOf(2)]).toEqual(['variant', 'variant']);
});

test('a question that many have at once is asked once', async () => {
  await serve(1, cached);
  const answers = await Promise.all(Array.from({ length: 50 }, () => ask(3)));
  expect(answers.filter(({ headers }) => headers.get('x-mulle-source') === 'variant')).toHaveLength(1);
  expect(new Set(answers.map(({ json }) => (json as { score: number }).score)).size).toBe(1);
  expect(await counted('mulle_batch_rows_total')).toBe(1);
  const lookups = await Promise.all(
    ['hit', 'shared', 'miss'].map((result) => counted('mulle_cache_lookups_total', `,result="${result}"`)),
  );
  expect(lookups.at(-1)).toBe(1);
  expect(lookups.reduce((sum, count) => sum + count)).toBe(50);
});

test('a failure and a fallback are not kept', async () => {
  await serve(1, { ...cached, fallback: [{ kind: 'default', score: 0.25 }] });
  const refused = await Promise.all([ask(11), ask(11), ask(11)]);
  expect(refused.map(({ json }) => json)).toMatchObject(
    Array.from({ length: 3 }, () => ({ score: 0.25, metadata: { source: 'fallback:default' } })),
  );
  expect(await sourceOf(11)).toBe('fallback:default');
});
