import type { ServableVariant, SnapshotEndpoint } from '@mulle/contract';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { claimsDocument, logisticDocument } from '#platform/testing/pmml-documents.ts';
import { numberEndpoint, PlaneFixture } from './testing/plane-fixture.ts';
import { tensorEndpoint } from './testing/tensor-fixture.ts';

let plane: PlaneFixture;
beforeEach(async () => {
  plane = await PlaneFixture.create();
});
afterEach(() => plane.remove());

async function serve(document: string, endpointOf: (digest: string) => SnapshotEndpoint): Promise<void> {
  const endpoint = endpointOf(await plane.putBlob(Buffer.from(document)));
  const asPmml = ({ artifact, ...rest }: ServableVariant): ServableVariant => ({
    ...rest,
    artifact: { ...artifact, format: 'pmml' },
  });
  const version = plane.publisher.define({ endpoints: [{ ...endpoint, variants: endpoint.variants.map(asPmml) }] });
  await plane.start();
  await plane.serves(version);
}

const number = (name: string, data: (number | null)[]) => ({ name, datatype: 'FP64', shape: [data.length], data });
const text = (name: string, data: string[]) => ({ name, datatype: 'BYTES', shape: [data.length], data });

test('text among the inputs: named columns in, all that the document gives out; missing is null and empty', async () => {
  const spec = (name: string, datatype: 'FP64' | 'BYTES') => ({ name, datatype, shape: [-1] });
  const signature = {
    inputs: [spec('age', 'FP64'), spec('salary', 'FP64'), spec('car location', 'BYTES')],
    outputs: [spec('number_of_claims', 'FP64'), spec('whole years', 'FP64')],
  };
  await serve(claimsDocument, (digest) => tensorEndpoint(signature, digest));
  const { status, json } = await plane.post('/v2/models/t/infer', {
    inputs: [
      number('age', [30.4, 30.4, null]),
      number('salary', [1_000.1, 1_000.1, 1]),
      text('car location', ['street', '', 'carpark']),
    ],
  });
  expect(status).toBe(200);
  const base = 132.37 + 7.1 * 30.4 + 0.01 * 1_000.1;
  expect(json).toMatchObject({
    outputs: [
      {
        name: 'number_of_claims',
        shape: [3],
        data: [expect.closeTo(base + 325.03, 12), expect.closeTo(base, 12), null],
      },
      { name: 'whole years', datatype: 'FP64', data: [30, 30, null] },
    ],
  });
  const refused = await plane.post('/v2/models/t/infer', {
    inputs: [number('age', [30]), number('salary', [1]), text('car location', ['garage'])],
  });
  expect(refused).toMatchObject({ status: 400, json: { error: expect.stringMatching(/"garage".*"car location"/) } });
});

test('rows of numbers are scored in double precision, and a caller of invalid ones harms nobody', async () => {
  await serve(logisticDocument, (digest) => numberEndpoint(1, [{ version: 1, digest }]));
  const ask = (...values: number[]) => plane.post('/v1/endpoints/e/predict', { inputs: values.map((f0) => ({ f0 })) });
  const answers = await Promise.all([ask(0.1, 2.7), ask(11), ask(9.9)]);
  const yes = (x: number) => 1 - 1 / (1 + Math.exp(-(0.5 + x)));
  const [both, , one] = answers.map(({ json }) => json as { scores?: number[] });
  expect(both?.scores?.[0]).toBeCloseTo(yes(0.1), 15);
  expect(both?.scores?.[1]).toBeCloseTo(yes(2.7), 15);
  expect(one?.scores?.[0]).toBeCloseTo(yes(9.9), 15);
  for (let count = 0; count < 30; count++) {
    expect(await ask(11)).toMatchObject({ status: 400, json: { error: { code: 'invalid_feature' } } });
  }
  expect(await ask(1)).toMatchObject({ status: 200 });
});
