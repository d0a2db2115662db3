import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { logistic, logisticModel } from '../testing/onnx-fixture.ts';
import { numberEndpoint, PlaneFixture } from '../testing/plane-fixture.ts';
import { BinaryTensors, jsonValues } from './binary-tensors.ts';

const bytesOf = (hex: string): Buffer => Buffer.from(hex, 'hex');

describe('the values of each datatype', () => {
  // Bytes as numpy 2.4 lays them down, those of BYTES as tritonclient 2.73 does; BF16: upper halves of singles.
  test.each([
    ['BOOL', '0100', [true, false]],
    ['UINT8', '00ff', [0, 255]],
    ['UINT16', '0100ffff', [1, 65_535]],
    ['UINT32', '01000000ffffffff', [1, 4_294_967_295]],
    ['UINT64', '0100000000000000ffffffffffff1f00', [1, 9_007_199_254_740_991]],
    ['INT8', '807f', [-128, 127]],
    ['INT16', '00800200', [-32_768, 2]],
    ['INT32', '0000008003000000', [-2_147_483_648, 3]],
    ['INT64', '010000000000e0ff0400000000000000', [-9_007_199_254_740_991, 4]],
    ['FP16', '003efffb0100662e007e007c', [1.5, -65_504, 5.960464477539063e-8, 0.0999755859375, null, Infinity]],
    ['BF16', 'c03f10c0c07f', [1.5, -2.25, null]],
    ['FP32', 'cdcccc3d997696fe0000c07f', [0.10000000149011612, -9.999999680285692e37, null]],
    ['FP64', '9a9999999999b93f9c7500883ce437fe', [0.1, -1e300]],
    ['BYTES', '010000006106000000ebacbceba08800000000', ['a', '물레', '']],
  ] as const)('%s', (datatype, hex, values) => {
    const bytes = bytesOf(hex);
    // A tensor of one byte before it: nothing is aligned.
    const tensors = new BinaryTensors(Buffer.concat([Buffer.of(7), bytes]));
    expect([...tensors.take('before', 1)]).toEqual([7]);
    expect(jsonValues('x', datatype, [values.length], tensors.take('x', bytes.length))).toEqual(values);
    expect(() => tensors.end()).not.toThrow();
  });
});

describe('over HTTP', () => {
  const weights = [1, -2, 0.5];
  const rows = [
    [1, 2, 3],
    [0.5, 0.25, -1],
  ];
  const scores = rows.map((row) => logistic(weights, 0.1, row));
  const values = Buffer.from(Float64Array.from(rows.flat()).buffer);
  const input = { name: 'input', shape: [2, 3], datatype: 'FP64', parameters: { binary_data_size: 48 } };
  let plane: PlaneFixture;

  beforeAll(async () => {
    plane = await PlaneFixture.create();
    const digest = await plane.putBlob(logisticModel(weights, 0.1));
    const version = plane.publisher.define({ endpoints: [numberEndpoint(3, [{ version: 1, digest }])] });
    await plane.start();
    await plane.serves(version);
  });
  afterAll(() => plane.remove());

  function post(json: unknown, binary: Buffer, path = '/v2/models/e/infer', jsonLength?: string): Promise<Response> {
    const head = Buffer.from(JSON.stringify(json));
    return fetch(`${plane.url}${path}`, {
      method: 'POST',
      headers: {
        'content-type': 'application/octet-stream',
        'inference-header-content-length': jsonLength ?? String(head.length),
      },
      body: Buffer.concat([head, binary]),
    });
  }

  test.each([
    [{ parameters: { binary_data_output: true } }],
    [{ outputs: [{ name: 'probability', parameters: { binary_data: true } }] }],
  ])('bytes come back behind the JSON: %j', async (asked) => {
    const response = await post({ id: 'a', inputs: [input], ...asked }, values);
    expect(response.status).toBe(200);
    const body = Buffer.from(await response.arrayBuffer());
    const cut = Number(response.headers.get('inference-header-content-length'));
    expect(JSON.parse(body.toString('utf8', 0, cut))).toMatchObject({
      id: 'a',
      outputs: [{ name: 'probability', shape: [2], datatype: 'FP32', parameters: { binary_data_size: 8 } }],
    });
    expect(body.length).toBe(cut + 8);
    for (const [row, score] of scores.entries()) expect(body.readFloatLE(cut + 4 * row)).toBeCloseTo(score, 6);
  });

  test('an output that wants JSON gets it, whatever the request says', async () => {
    const outputs = [{ name: 'probability', parameters: { binary_data: false } }];
    const response = await post({ inputs: [input], outputs, parameters: { binary_data_output: true } }, values);
    const data = scores.map((score): unknown => expect.closeTo(score, 6));
    expect(await response.json()).toMatchObject({ outputs: [{ data }] });
  });

  test.each([
    ['a size beyond the bytes', [{ ...input, parameters: { binary_data_size: 56 } }], values, /48 bytes are left/],
    ['a size below 0', [{ ...input, parameters: { binary_data_size: -8 } }], values, /"binary_data_size" is -8/],
    ['half a value', [{ ...input, parameters: { binary_data_size: 44 } }], values, /5.5 values do not fill/],
    ['bytes of nobody', [input], Buffer.concat([values, values]), /48 bytes behind the JSON belong to no tensor/],
    ['another shape', [{ ...input, shape: [3, 3] }], values, /6 values do not fill/],
    ['a text that ends too late', [{ ...input, datatype: 'BYTES' }], values, /ends behind its bytes/],
    ['NaN', [{ ...input, shape: [1, 3] }], Buffer.from(Float64Array.of(1, 2, Number.NaN).buffer), /./],
  ])('%s is refused', async (what, inputs, binary, message) => {
    const fitting = what === 'NaN' ? inputs.map((one) => ({ ...one, parameters: { binary_data_size: 24 } })) : inputs;
    const response = await post({ inputs: fitting }, binary);
    expect(response.status).toBe(400);
    expect(await response.json()).toEqual({ error: expect.stringMatching(message) });
  });

  test.each(['-1', 'x', '1e9', '1.5'])('a length of the JSON of %s is refused', async (length) => {
    const response = await post({ inputs: [input] }, values, undefined, length);
    expect(response.status).toBe(400);
    expect(await response.json()).toEqual({ error: expect.stringContaining('Inference-Header-Content-Length') });
  });

  test('the plain route takes JSON only', async () => {
    expect((await post({ inputs: [] }, values, '/v1/endpoints/e/predict')).status).toBe(415);
  });
});
