import { spawnSync } from 'node:child_process';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { seededRandom } from '#kernel/random.ts';
import { PlaneFixture } from './testing/plane-fixture.ts';
import {
  mixedModel,
  mixedSignature,
  normalizingModel,
  normalizingSignature,
  tensorEndpoint,
} from './testing/tensor-fixture.ts';

const infer = '/v2/models/t/infer';
let plane: PlaneFixture;

async function serve(model: Uint8Array, signature: typeof mixedSignature): Promise<void> {
  plane = await PlaneFixture.create();
  const digest = await plane.putBlob(model);
  const version = plane.publisher.define({ endpoints: [tensorEndpoint(signature, digest)] });
  await plane.start();
  await plane.serves(version);
}

interface Rows {
  x: number[][];
  words: [string, string][];
  ids: number[];
  half: number[];
}

function tensorsOf({ x, words, ids, half }: Rows) {
  const rows = x.length;
  return [
    { name: 'x', datatype: 'FP32', shape: [rows, x[0]?.length ?? 0], data: x },
    { name: 'words', datatype: 'BYTES', shape: [rows, 2], data: words.flat() },
    { name: 'ids', datatype: 'INT64', shape: [rows], data: ids },
    { name: 'half', datatype: 'FP16', shape: [rows, 1], data: half },
  ];
}

const small: Rows = { x: [[1.5, -2, 0.25]], words: [['물레', '']], ids: [-9_007_199_254_740_991], half: [0.5] };

describe('an endpoint that takes tensors', () => {
  beforeAll(() => serve(mixedModel, mixedSignature));
  afterAll(() => plane.remove());

  test('named typed outputs in JSON, with provenance', async () => {
    const { status, headers, json } = await plane.post(infer, { id: 'mine', inputs: tensorsOf(small) });
    expect(json).toMatchObject({
      id: 'mine',
      model_name: 't',
      model_version: '1',
      outputs: [
        { name: 'doubled', datatype: 'FP32', shape: [1, 3], data: [3, -4, 0.5] },
        { name: 'said', datatype: 'BYTES', shape: [1, 2], data: ['물레', ''] },
        { name: 'same', datatype: 'INT64', shape: [1], data: [-9_007_199_254_740_991] },
        { name: 'negated', datatype: 'FP16', shape: [1, 1], data: [-0.5] },
      ],
    });
    expect(status).toBe(200);
    expect(headers.get('x-mulle-source')).toBe('variant');
    expect(headers.get('x-request-id')).toBe('mine');
  });

  test('only the outputs that are wanted, in their order, as bytes where asked', async () => {
    const outputs = [{ name: 'said', parameters: { binary_data: true } }, { name: 'doubled' }];
    const response = await fetch(`${plane.url}${infer}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ inputs: tensorsOf(small), outputs }),
    });
    const bytes = Buffer.from(await response.arrayBuffer());
    const length = Number(response.headers.get('inference-header-content-length'));
    expect(JSON.parse(bytes.toString('utf8', 0, length)).outputs).toEqual([
      { name: 'said', datatype: 'BYTES', shape: [1, 2], parameters: { binary_data_size: 14 } },
      { name: 'doubled', datatype: 'FP32', shape: [1, 3], data: [3, -4, 0.5] },
    ]);
    expect(bytes.subarray(length).toString('hex')).toBe('06000000ebacbceba08800000000');
  });

  test('what JSON cannot say: NaN and infinities go in as Python writes them, and come out readable', async () => {
    const [, ...others] = tensorsOf(small);
    const x = '{"name":"x","datatype":"FP32","shape":[1,3],"data":[NaN,-Infinity,Infinity]}';
    const body = `{"inputs":[${x},${others.map((tensor) => JSON.stringify(tensor)).join()}],"outputs":[{"name":"doubled"}]}`;
    const { json } = await plane.post(infer, body);
    expect(json).toMatchObject({ outputs: [{ data: [null, '-Infinity', 'Infinity'] }] });
  });

  const [x, words, ids, half] = tensorsOf(small);
  test.each([
    ['a missing tensor', [x, words, ids], 'missing_feature', /"half" is missing/],
    ['one of another name', [x, words, ids, half, { ...ids, name: 'z' }], 'unknown_field', /no input "z"/],
    ['one given twice', [x, words, ids, half, ids], 'invalid_argument', /given twice/],
    ['another datatype', [{ ...x, datatype: 'FP64' }, words, ids, half], 'invalid_argument', /FP64; give FP32/],
    ['another rank', [{ ...x, shape: [3] }, words, ids, half], 'invalid_shape', /\[3\]; give FP32 \[-1, -1\]/],
    ['too few values', [{ ...x, shape: [2, 3] }, words, ids, half], 'invalid_shape', /3 values do not fill/],
    ['a fraction', [x, words, { ...ids, data: [1.5] }, half], 'invalid_argument', /element 0 is 1.5; give whole/],
    ['a number for text', [x, { ...words, data: [1, 'a'] }, ids, half], 'invalid_argument', /give text/],
  ])('%s is refused before the model sees it', async (_, inputs, code, message) => {
    const { status, json } = await plane.post(infer, { inputs });
    expect(status).toBe(400);
    expect(json).toMatchObject({ error: expect.stringMatching(message) });
    expect(json).toMatchObject({ error: expect.stringContaining(code) });
  });

  test('fields are refused with the way to go, unknown outputs by name, and the signature is told', async () => {
    expect(await plane.post('/v1/endpoints/t/predict', { input: { x: 1 } })).toMatchObject({
      status: 400,
      json: { error: { message: expect.stringContaining('/v2/models/t/infer') } },
    });
    const { json } = await plane.post(infer, { inputs: tensorsOf(small), outputs: [{ name: 'none' }] });
    expect(json).toMatchObject({ error: expect.stringMatching(/no output "none".*doubled/) });
    expect((await plane.get('/v2/models/t')).json).toMatchObject({ name: 't', ...mixedSignature });
  });

  test('10,000 concurrent requests of mixed shapes: each has its own answer, id and outputs (seed 4)', async () => {
    const random = seededRandom(4);
    const whole = (below: number): number => Math.floor(random() * below);
    const requests = Array.from({ length: 10_000 }, (_, index) => {
      const rows = 1 + whole(3);
      const width = 1 + whole(4);
      const own: Rows = {
        x: Array.from({ length: rows }, () => Array.from({ length: width }, () => whole(1_000) / 4)),
        words: Array.from({ length: rows }, () => [`${index}-${'가'.repeat(whole(3))}`, '']),
        ids: Array.from({ length: rows }, () => index),
        half: Array.from({ length: rows }, () => whole(64) / 2),
      };
      const names = ['doubled', 'said', 'same', 'negated'].filter(() => random() < 0.6);
      return { id: `r${index}`, own, names: names.length === 0 ? ['same'] : names };
    });
    const waiting = requests.values();
    let wrong = 0;
    const caller = async (): Promise<void> => {
      for (const { id, own, names } of waiting) {
        const outputs = names.map((name) => ({ name }));
        const { json } = await plane.post(infer, { id, inputs: tensorsOf(own), outputs });
        // What the model gives, by its definition.
        const wanted: Record<string, unknown[]> = {
          doubled: own.x.flat().map((value) => 2 * value),
          said: own.words.flat(),
          same: own.ids,
          negated: own.half.map((value) => -value),
        };
        const got = json as { id: string; outputs: { name: string; data: unknown[] }[] };
        const expected = names.map((name) => [name, wanted[name]]);
        const isRight =
          got.id === id &&
          JSON.stringify(got.outputs.map(({ name, data }) => [name, data])) === JSON.stringify(expected);
        if (!isRight) wrong++;
      }
    };
    await Promise.all(Array.from({ length: 128 }, caller));
    expect(wrong).toBe(0);
    const { meanBatchRows } = (await plane.status()).endpoints[0] ?? {};
    expect(meanBatchRows).toBeGreaterThan(2);
  }, 120_000);

  test('a caller that waits less is answered then, and holds the model back for nobody', async () => {
    const { pid } = (await plane.status()).endpoints[0]?.hosts[0] ?? {};
    process.kill(pid ?? 0, 'SIGSTOP');
    try {
      for (let request = 0; request < 6; request++) {
        const { status } = await plane.post(infer, { inputs: tensorsOf(small), parameters: { timeout: 20_000 } });
        expect(status).toBe(504);
      }
      expect((await plane.status()).endpoints[0]?.guarded).toEqual({});
    } finally {
      // It may have been ended for standing still.
      spawnSync('kill', ['-CONT', String(pid)]);
    }
    const urgent = { inputs: tensorsOf(small), parameters: { priority: 1, timeout: 0 } };
    expect((await plane.post(infer, urgent)).status).toBe(200);
    const { json } = await plane.post(infer, { inputs: tensorsOf(small), parameters: { timeout: 'soon' } });
    expect(json).toMatchObject({ error: expect.stringMatching(/"timeout" must be a whole number of microseconds/) });
  });

  test('the decision tells what came and what was answered', async () => {
    await plane.post(infer, { id: 'told', inputs: tensorsOf(small), outputs: [{ name: 'same' }] });
    await plane.stop();
    const decision = (await plane.events('decisions')).find(({ id }) => id === 'told');
    expect(decision?.value).toMatchObject({
      servedVariant: 'm@1',
      propensity: 1,
      inputs: { x: { datatype: 'FP32', shape: [1, 3], data: [1.5, -2, 0.25] } },
      outputs: { same: { datatype: 'INT64', shape: [1], data: [-9_007_199_254_740_991] } },
      score: -9_007_199_254_740_991,
      stagesUs: { invoke: expect.any(Number) },
    });
  });
});

test('a model whose rows depend on each other is found out, and asked one by one', async () => {
  await serve(normalizingModel, normalizingSignature);
  try {
    for (let round = 0; round < 3; round++) {
      const asked = Array.from({ length: 16 }, async (_, index) => {
        const data = [index + 1, 3 * (index + 1)];
        const inputs = [{ name: 'x', datatype: 'FP32', shape: [1, 2], data }];
        const { json } = await plane.post(infer, { inputs });
        expect(json).toMatchObject({ outputs: [{ data: [0.25, 0.75] }] });
      });
      await Promise.all(asked);
    }
  } finally {
    await plane.remove();
  }
});
