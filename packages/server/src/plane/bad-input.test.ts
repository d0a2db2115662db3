import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { sha256 } from '#kernel/ids.ts';
import { logistic, logisticModel } from './testing/onnx-fixture.ts';
import { eventually, numberEndpoint, PlaneFixture, type Reply } from './testing/plane-fixture.ts';

const weights = [1, -2, 0.5];
const intercept = 0.1;
const key = { authorization: 'Bearer mk_member' };
let plane: PlaneFixture;
const predict = '/v1/endpoints/e/predict';
const infer = '/v2/models/e/infer';

beforeAll(async () => {
  plane = await PlaneFixture.create();
  const digest = await plane.putBlob(logisticModel(weights, intercept));
  const declared = numberEndpoint(3, [{ version: 1, digest }], {
    inputs: [
      { name: 'f0', type: 'number', minimum: 0, maximum: 10 },
      { name: 'f1', type: 'integer' },
      { name: 'f2', type: 'number', nullable: true },
    ],
  });
  const typed = numberEndpoint(1, [], {
    name: 'typed',
    inputs: [
      { name: 'text', type: 'string', values: ['a', 'b'] },
      { name: 'flag', type: 'boolean' },
      { name: 'time', type: 'timestamp' },
    ],
    fallback: [{ kind: 'default', score: 0.25 }],
  });
  const version = plane.publisher.define({
    authentication: true,
    keys: [
      { id: 'member', secretSha256: sha256('mk_member'), role: 'member', requestsPerSecond: null },
      { id: 'viewer', secretSha256: sha256('mk_viewer'), role: 'viewer', requestsPerSecond: null },
      { id: 'slow', secretSha256: sha256('mk_slow'), role: 'member', requestsPerSecond: 1 },
    ],
    endpoints: [declared, typed],
  });
  await plane.start();
  await plane.serves(version);
});
afterAll(() => plane.remove());

function tensor(name: string, data: unknown[], shape: unknown = [data.length], datatype = 'FP64'): unknown {
  return { name, shape, datatype, data };
}

/** Code and sentence of an error in either protocol. */
function errorOf({ json }: Reply): { code: string; message: string } {
  const { error } = json as { error: string | { code: string; message: string } };
  if (typeof error !== 'string') return error;
  const [code = '', ...rest] = error.split(': ');
  return { code, message: rest.join(': ') };
}

const good = { f0: 1, f1: 2, f2: 3 };

describe('good requests', () => {
  test('plain, one record', async () => {
    const { status, json, headers } = await plane.post(predict, { input: good }, { ...key, 'x-request-id': 'my-id' });
    const { score, metadata } = json as { score: number; metadata: Record<string, unknown> };
    expect(status).toBe(200);
    expect(score).toBeCloseTo(logistic(weights, intercept, [1, 2, 3]), 6);
    expect(metadata).toMatchObject({
      request_id: 'my-id',
      model_version: '1',
      experiment_id: 'release-1',
      experiment_group: 'only',
      from_cache: false,
      source: 'variant',
      age_ms: 0,
    });
    expect(Object.fromEntries(headers)).toMatchObject({
      'x-request-id': 'my-id',
      'x-model-version': '1',
      'x-experiment-id': 'release-1',
      'x-experiment-group': 'only',
      'x-mulle-source': 'variant',
      'x-mulle-age-ms': '0',
    });
  });

  test('plain, many', async () => {
    const { json } = await plane.post(predict, { inputs: [good, { ...good, f0: 2 }] }, key);
    const { scores } = json as { scores: number[] };
    expect(scores[0]).toBeCloseTo(logistic(weights, intercept, [1, 2, 3]), 6);
    expect(scores[1]).toBeCloseTo(logistic(weights, intercept, [2, 2, 3]), 6);
  });

  test.each([
    ['a tensor per field', [tensor('f0', [1, 2]), tensor('f1', [2, 2]), tensor('f2', [3, 3])]],
    ['[rows, 1]', [tensor('f0', [[1], [2]], [2, 1]), tensor('f1', [2, 2]), tensor('f2', [3, 3], [2, 1])]],
    ['one matrix, flat', [tensor('input', [1, 2, 3, 2, 2, 3], [2, 3], 'FP32')]],
    [
      'one matrix, nested',
      [
        tensor(
          'input',
          [
            [1, 2, 3],
            [2, 2, 3],
          ],
          [2, 3],
          'FP32',
        ),
      ],
    ],
  ])('protocol v2: %s', async (_, inputs) => {
    const { status, json } = await plane.post(infer, { id: 'é', inputs, outputs: [{ name: 'probability' }] }, key);
    const answer = json as { id: string; outputs: { name: string; shape: number[]; data: number[] }[] };
    expect(status).toBe(200);
    expect(answer.id).toBe('é');
    expect(answer).toMatchObject({ model_name: 'e', model_version: '1', parameters: { source: 'variant' } });
    expect(answer.outputs[0]).toMatchObject({ name: 'probability', shape: [2], datatype: 'FP32' });
    expect(answer.outputs[0]?.data[1]).toBeCloseTo(logistic(weights, intercept, [2, 2, 3]), 6);
  });

  test('outside its range is answered, and recorded as such', async () => {
    const { status, headers } = await plane.post(predict, { input: { ...good, f0: 11 } }, key);
    const id = headers.get('x-request-id');
    expect(status).toBe(200);
    const find = async () => (await plane.events('decisions')).find((event) => event.id === id);
    await eventually(async () => (await find()) !== undefined);
    expect((await find())?.value).toMatchObject({ violations: ['f0'], inputs: { f0: 11 }, features: { f0: 11 } });
  });

  test('a nullable field may be missing', async () => {
    expect((await plane.post(predict, { input: { f0: 1, f1: 2, f2: null } }, key)).status).not.toBe(400);
    expect((await plane.post(predict, { input: { f0: 1, f1: 2 } }, key)).status).not.toBe(400);
  });

  test('times as text, categories outside their set', async () => {
    const input = { text: 'c', flag: true, time: '2001-01-01T00:00:00Z' };
    const { status, json } = await plane.post('/v1/endpoints/typed/predict', { input }, key);
    expect({ status, json }).toMatchObject({
      status: 200,
      json: { score: 0.25, metadata: { source: 'fallback:default', model_version: null } },
    });
  });
});

describe('bad requests', () => {
  test.each<[string, string, unknown, number, string, RegExp]>([
    ['malformed JSON', predict, '{"input": {', 400, 'invalid_json', /JSON/],
    ['NaN', predict, '{"input": {"f0": NaN, "f1": 2}}', 400, 'invalid_json', /NaN/],
    ['no object', predict, [1], 400, 'invalid_argument', /input/],
    ['both input and inputs', predict, { input: good, inputs: [good] }, 400, 'invalid_argument', /either/],
    ['an unknown member', predict, { input: good, extra: 1 }, 400, 'unknown_field', /"extra"/],
    ['an unknown field', predict, { input: { ...good, f9: 1 } }, 400, 'unknown_field', /"f9".*f0, f1, f2/],
    ['a missing feature', predict, { input: { f0: 1 } }, 400, 'missing_feature', /"f1"/],
    ['null where it must not be', predict, { input: { ...good, f0: null } }, 400, 'missing_feature', /"f0"/],
    ['text for a number', predict, { input: { ...good, f0: 'NaN' } }, 400, 'invalid_feature', /"f0" is "NaN"/],
    ['Infinity', predict, '{"input": {"f0": 1e999, "f1": 2, "f2": 3}}', 400, 'invalid_feature', /"f0"/],
    ['beyond single precision', predict, { input: { ...good, f0: 1e39 } }, 400, 'invalid_feature', /single precision/],
    ['a fraction for an integer', predict, { input: { ...good, f1: 1.5 } }, 400, 'invalid_feature', /whole/],
    ['no rows', predict, { inputs: [] }, 400, 'invalid_argument', /1 to 10000/],
    ['a row that is no record', predict, { inputs: [good, 7] }, 400, 'invalid_argument', /Row 1/],
    ['no tensors', infer, { inputs: [] }, 400, 'invalid_argument', /tensor/],
    ['a wrong width', infer, { inputs: [tensor('input', [1, 2], [1, 2])] }, 400, 'invalid_shape', /\[rows, 3\]/],
    ['data that does not fill', infer, { inputs: [tensor('input', [1, 2], [1, 3])] }, 400, 'invalid_shape', /2 values/],
    ['a shape of nonsense', infer, { inputs: [tensor('f0', [1], [-1])] }, 400, 'invalid_shape', /shape/],
    ['no shape', infer, { inputs: [{ name: 'f0', datatype: 'FP32', data: [1] }] }, 400, 'invalid_shape', /shape/],
    ['an unknown datatype', infer, { inputs: [tensor('f0', [1], [1], 'FP99')] }, 400, 'invalid_argument', /FP32/],
    ['an unknown tensor', infer, { inputs: [tensor('f9', [1])] }, 400, 'unknown_field', /"f9"/],
    ['a tensor twice', infer, { inputs: [tensor('f0', [1]), tensor('f0', [1])] }, 400, 'invalid_argument', /twice/],
    [
      'tensors of other lengths',
      infer,
      { inputs: [tensor('f0', [1]), tensor('f1', [1, 2])] },
      400,
      'invalid_shape',
      /2 rows/,
    ],
    ['a missing tensor', infer, { inputs: [tensor('f0', [1])] }, 400, 'missing_feature', /"f1"/],
    [
      'an unknown output',
      infer,
      { inputs: [tensor('f0', [1])], outputs: [{ name: 'x' }] },
      400,
      'invalid_argument',
      /probability/,
    ],
    ['an unknown endpoint', '/v2/models/none/infer', {}, 404, 'not_found', /There are: e, typed/],
    [
      'an unknown version',
      '/v2/models/e/versions/9/infer',
      { inputs: [tensor('input', [1, 2, 3], [1, 3])] },
      404,
      'not_found',
      /Deployed: 1/,
    ],
    ['an unknown route', '/v2/models/e/explain', {}, 404, 'route_not_found', /infer/],
    ['an oversize body', predict, 'x'.repeat(65_537), 413, 'body_too_large', /65536 bytes/],
    ['no outcomes', '/v1/endpoints/e/outcomes', { outcomes: [] }, 400, 'invalid_argument', /outcomes/],
    [
      'an unknown outcome field',
      '/v1/endpoints/e/outcomes',
      { outcomes: [{ values: {}, x: 1 }] },
      400,
      'unknown_field',
      /outcomes/,
    ],
  ])('%s', async (_, path, body, status, code, sentence) => {
    const reply = await plane.post(path, body, key);
    expect({ status: reply.status, code: errorOf(reply).code }).toEqual({ status, code });
    expect(errorOf(reply).message).toMatch(sentence);
  });

  test('an oversize body without a declared length', async () => {
    const body = new ReadableStream({
      pull: (controller) => controller.enqueue(new Uint8Array(16_384)),
    });
    const request = fetch(`${plane.url}${predict}`, {
      method: 'POST',
      headers: key,
      body,
      duplex: 'half',
    } as RequestInit);
    const reply = await request.then(({ status }) => status).catch(() => 413);
    expect(reply).toBe(413);
  });

  test('a body that is no JSON by its type', async () => {
    const reply = await plane.post(predict, 'f0=1', { ...key, 'content-type': 'text/csv' });
    expect({ status: reply.status, code: errorOf(reply).code }).toEqual({
      status: 415,
      code: 'unsupported_media_type',
    });
  });

  test('a wrong method', async () => {
    const reply = await plane.get(predict, key);
    expect({ status: reply.status, code: errorOf(reply).code }).toEqual({ status: 405, code: 'method_not_allowed' });
  });

  test.each([
    ['no key', {}],
    ['a bad key', { authorization: 'Bearer mk_wrong' }],
    ['another scheme', { authorization: 'Basic bWs6' }],
  ])('%s', async (_, headers: Record<string, string>) => {
    for (const path of [predict, infer, '/v1/endpoints/none/predict', '/v1/endpoints/e/outcomes']) {
      const reply = await plane.post(path, { input: good }, headers);
      expect({ status: reply.status, code: errorOf(reply).code }).toEqual({ status: 401, code: 'unauthenticated' });
    }
    expect((await plane.get('/internal/status', headers)).status).toBe(401);
  });

  test('a viewer that records', async () => {
    const headers = { authorization: 'Bearer mk_viewer' };
    const reply = await plane.post('/v1/endpoints/e/outcomes', { outcomes: [{ values: { y: 1 } }] }, headers);
    expect({ status: reply.status, code: errorOf(reply).code }).toEqual({ status: 403, code: 'permission_denied' });
  });

  test('more than the key may send', async () => {
    const headers = { authorization: 'Bearer mk_slow' };
    const replies = await Promise.all([1, 2].map(() => plane.post(predict, { input: good }, headers)));
    const refused = replies.find(({ status }) => status === 429);
    expect(replies.filter(({ status }) => status === 200)).toHaveLength(1);
    expect(refused && errorOf(refused).code).toBe('rate_limited');
    expect(refused?.headers.get('retry-after')).toBe('1');
  });

  test('none of it reached a host or ended it', async () => {
    const { endpoints } = await plane.status();
    expect(endpoints[0]?.hosts).toMatchObject([{ variant: 'm@1', state: 'ready', restarts: 0 }]);
    expect(endpoints[0]?.guarded).toEqual({});
    expect((await plane.post(predict, { input: good }, key)).status).toBe(200);
  });
});

test('metadata, health and metrics', async () => {
  expect((await plane.get('/v2')).json).toMatchObject({ name: 'mulle' });
  expect((await plane.get('/v2/health/live')).json).toEqual({ live: true });
  expect((await plane.get('/v2/models/e', key)).json).toMatchObject({
    name: 'e',
    versions: ['1'],
    inputs: [{ name: 'f0', datatype: 'FP64' }, { name: 'f1', datatype: 'INT64' }, { name: 'f2' }],
    outputs: [{ name: 'probability', datatype: 'FP32' }],
  });
  expect((await plane.get('/v2/models/e/versions/1/ready', key)).json).toEqual({ name: 'e', ready: true });
  const { json } = await plane.get('/metrics');
  expect(json).toMatch(/^mulle_requests_total\{endpoint="e"\} [1-9]/m);
  expect(json).toMatch(/^mulle_answers_total\{endpoint="e",source="variant"\} [1-9]/m);
  expect(json).toMatch(/^mulle_request_duration_seconds_bucket\{endpoint="e",le="\+Inf"\} [1-9]/m);
});
