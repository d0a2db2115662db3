import grpc from '@grpc/grpc-js';
import { fileURLToPath } from 'node:url';
import { load, type Root } from 'protobufjs';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { sha256 } from '#kernel/ids.ts';
import { logistic, logisticModel } from './testing/onnx-fixture.ts';
import { numberEndpoint, PlaneFixture } from './testing/plane-fixture.ts';
import { mixedModel, mixedSignature, tensorEndpoint } from './testing/tensor-fixture.ts';

// The clients that people use (tritonclient, KServe's) are held against a whole platform in e2e/python. Here: what they
// do not send, and that a call is what the same request over HTTP is.

const weights = [1, -1];
const secret = 'mk_of_a_test';
let plane: PlaneFixture;
let root: Root;
let client: grpc.Client;

beforeAll(async () => {
  plane = await PlaneFixture.create();
  const rows = numberEndpoint(2, [{ version: 1, digest: await plane.putBlob(logisticModel(weights, 0)) }]);
  const tensors = tensorEndpoint(mixedSignature, await plane.putBlob(mixedModel));
  const key = { id: 'k', secretSha256: sha256(secret), role: 'member' as const, requestsPerSecond: null };
  const viewer = { ...key, id: 'v', secretSha256: sha256('mk_viewer'), role: 'viewer' as const };
  const once = { ...key, id: 'o', secretSha256: sha256('mk_once'), requestsPerSecond: 1 };
  const version = plane.publisher.define({
    authentication: true,
    keys: [key, viewer, once],
    endpoints: [rows, tensors],
  });
  await plane.start();
  await plane.serves(version);
  root = await load(fileURLToPath(new URL('./grpc/open-inference.proto', import.meta.url)));
  client = new grpc.Client(new URL(plane.url).host, grpc.credentials.createInsecure());
});
afterAll(async () => {
  client.close();
  await plane.remove();
});

interface Said {
  message: Record<string, unknown>;
  metadata: Record<string, unknown>;
}

/** Resolves with the answer; rejects with the status. */
function call(method: string, message: Record<string, unknown>, key = secret): Promise<Said> {
  const { methods } = root.lookupService('inference.GRPCInferenceService');
  const service = methods[method] ?? methods['ServerLive'];
  const request = root.lookupType(`inference.${service?.requestType}`);
  const response = root.lookupType(`inference.${service?.responseType}`);
  const metadata = new grpc.Metadata();
  if (key !== '') metadata.set('authorization', `Bearer ${key}`);
  return new Promise((resolve, reject) => {
    let told: Record<string, unknown> = {};
    client
      .makeUnaryRequest(
        `/inference.GRPCInferenceService/${method}`,
        (value: Record<string, unknown>) => Buffer.from(request.encode(request.fromObject(value)).finish()),
        (bytes) => response.toObject(response.decode(bytes), { longs: Number, arrays: true, objects: true }),
        message,
        metadata,
        {},
        (error, answer) => (error === null ? resolve({ message: answer ?? {}, metadata: told }) : reject(error)),
      )
      .on('metadata', (initial) => (told = initial.getMap()));
  });
}

function refusal(method: string, message: Record<string, unknown>, key = secret): Promise<grpc.ServiceError> {
  return call(method, message, key).then(
    () => Promise.reject(new Error('It was answered.')),
    (error: grpc.ServiceError) => error,
  );
}

const typed = [
  { name: 'x', datatype: 'FP32', shape: [1, 3], contents: { fp32Contents: [1.5, -2, 0.25] } },
  {
    name: 'words',
    datatype: 'BYTES',
    shape: [1, 2],
    contents: { bytesContents: [Buffer.from('물레'), Buffer.alloc(0)] },
  },
  { name: 'ids', datatype: 'INT64', shape: [1], contents: { int64Contents: ['-9007199254740993'] } },
];
const half = { name: 'half', datatype: 'FP16', shape: [1, 1] };
const raw = [
  Buffer.from(Float32Array.of(1.5, -2, 0.25).buffer),
  Buffer.from('06000000ebacbceba08800000000', 'hex'),
  Buffer.from(BigInt64Array.of(-9_007_199_254_740_993n).buffer),
  Buffer.from('0038', 'hex'),
];
const rawInputs = [...typed.map(({ name, datatype, shape }) => ({ name, datatype, shape })), half];
const asTyped = {
  modelName: 'e',
  inputs: ['f0', 'f1'].map((name, index) => ({
    name,
    datatype: 'FP64',
    shape: [2],
    contents: { fp64Contents: index === 0 ? [1, 3] : [0.5, 2] },
  })),
};

describe('the Open Inference Protocol over gRPC, on the traffic port', () => {
  test('raw contents of every kind, answered raw, with the provenance in metadata and parameters', async () => {
    const outputs = ['said', 'negated', 'same'].map((name) => ({ name }));
    const { message, metadata } = await call('ModelInfer', {
      modelName: 't',
      id: 'mine',
      inputs: rawInputs,
      outputs,
      rawInputContents: raw,
    });
    expect(message).toMatchObject({
      modelName: 't',
      modelVersion: '1',
      id: 'mine',
      outputs: [
        { name: 'said', datatype: 'BYTES', shape: [1, 2] },
        { name: 'negated', datatype: 'FP16', shape: [1, 1] },
        { name: 'same', datatype: 'INT64', shape: [1] },
      ],
      parameters: { source: { stringParam: 'variant' }, from_cache: { boolParam: false } },
    });
    const answered = message['rawOutputContents'] as Buffer[];
    expect(answered.map((bytes) => Buffer.from(bytes).toString('hex'))).toEqual([
      '06000000ebacbceba08800000000',
      '00b8',
      raw[2]?.toString('hex'),
    ]);
    expect(metadata).toMatchObject({ 'x-mulle-source': 'variant', 'x-request-id': 'mine', 'x-model-version': '1' });
  });

  test('typed contents of an endpoint of fields, answered typed', async () => {
    const { message } = await call('ModelInfer', asTyped);
    const scores = [logistic(weights, 0, [1, 0.5]), logistic(weights, 0, [3, 2])].map((score) =>
      expect.closeTo(score, 6),
    );
    expect(message).toMatchObject({ outputs: [{ name: 'probability', contents: { fp32Contents: scores } }] });
  });

  test.each([
    ['raw beside typed', { inputs: [...typed, half], rawInputContents: raw }, /typed contents beside raw/],
    ['raw for some', { inputs: rawInputs, rawInputContents: raw.slice(1) }, /3 raw_input_contents are given for 4/],
    ['half precision typed', { inputs: [...typed, { ...half, contents: { fp32Contents: [1] } }] }, /FP16 has no typed/],
    ['another field', { inputs: [{ ...typed[0], contents: { fp64Contents: [1] } }] }, /has fp64_contents; give fp32/],
    ['no datatype', { inputs: [{ ...typed[0], datatype: 'FLOAT' }] }, /needs a datatype: BOOL/],
    ['too few', { inputs: [{ ...typed[0], shape: [2, 3] }] }, /3 values do not fill/],
  ])('%s is an invalid argument', async (_, message, sentence) => {
    const error = await refusal('ModelInfer', { modelName: 't', ...message });
    expect(error.code).toBe(grpc.status.INVALID_ARGUMENT);
    expect(error.details).toMatch(sentence);
  });

  test('errors have the status of their code, keys and their limits hold as over HTTP', async () => {
    expect(await refusal('ModelInfer', { modelName: 'none' })).toMatchObject({
      code: grpc.status.NOT_FOUND,
      details: expect.stringMatching(/no endpoint "none".*e, t/),
    });
    expect((await refusal('ModelInfer', asTyped, '')).code).toBe(grpc.status.UNAUTHENTICATED);
    expect((await refusal('ModelInfer', asTyped, 'mk_other')).code).toBe(grpc.status.UNAUTHENTICATED);
    await call('ModelInfer', asTyped, 'mk_once');
    const limited = await refusal('ModelInfer', asTyped, 'mk_once');
    expect(limited).toMatchObject({ code: grpc.status.RESOURCE_EXHAUSTED });
    expect(limited.metadata.get('retry-after')).toEqual(['1']);
    expect((await refusal('Nonsense', {})).code).toBe(grpc.status.UNIMPLEMENTED);
  });

  test('health, metadata', async () => {
    expect((await call('ServerLive', {}, '')).message).toEqual({ live: true });
    expect((await call('ServerReady', {}, '')).message).toEqual({ ready: true });
    expect((await call('ModelReady', { name: 't', version: '1' })).message).toEqual({ ready: true });
    expect((await refusal('ModelReady', { name: 'none' })).code).toBe(grpc.status.NOT_FOUND);
    expect((await call('ServerMetadata', {})).message).toMatchObject({
      extensions: ['binary_tensor_data', 'model_repository'],
    });
    expect((await call('ModelMetadata', { name: 't' })).message).toMatchObject({
      name: 't',
      versions: ['1'],
      ...mixedSignature,
    });
  });

  test('the repository: unloaded models give their process back, a load or a request brings them again', async () => {
    const index = async (): Promise<unknown> => (await call('RepositoryIndex', {})).message['models'];
    const ready = (name: string) => ({ name, version: '1', state: 'READY' });
    expect(await index()).toEqual([ready('e'), ready('t')]);
    // As Triton's client names it, and as KServe's does.
    await call('RepositoryModelUnload', { firstName: '', secondName: 't' });
    expect((await plane.status()).endpoints.find(({ endpoint }) => endpoint === 't')?.hosts).toEqual([]);
    expect(await index()).toEqual([ready('e'), { ...ready('t'), state: 'UNAVAILABLE', reason: 'unloaded' }]);
    expect((await call('ModelReady', { name: 't' })).message).toEqual({});
    expect((await call('RepositoryIndex', { ready: true })).message['models']).toEqual([ready('e')]);
    const loaded = await call('RepositoryModelLoad', { firstName: 't' });
    expect(loaded.message).toEqual({ modelName: 't', isLoaded: true });
    expect(await index()).toEqual([ready('e'), ready('t')]);
    await call('RepositoryModelUnload', { firstName: 't' });
    await call('ModelInfer', { modelName: 't', inputs: rawInputs, rawInputContents: raw });
    expect(await index()).toEqual([ready('e'), ready('t')]);
    expect((await refusal('RepositoryModelUnload', { firstName: 't' }, 'mk_viewer')).code).toBe(
      grpc.status.PERMISSION_DENIED,
    );
  });

  test('over HTTP too; what would configure a model is refused', async () => {
    const as = { authorization: `Bearer ${secret}` };
    const { json } = await plane.post('/v2/repository/index', {}, as);
    expect(JSON.parse(String(json))).toHaveLength(2);
    expect((await plane.post('/v2/repository/models/t/load', {}, as)).status).toBe(200);
    const refused = await plane.post('/v2/repository/models/t/load', { parameters: { config: '{}' } }, as);
    expect(refused).toMatchObject({ status: 400, json: { error: expect.stringContaining('mulle deploy') } });
    expect((await plane.post('/v2/repository/models/none/load', {}, as)).status).toBe(404);
    expect((await plane.post('/v2/repository/models/t/delete', {}, as)).status).toBe(404);
  });

  test('each call leaves the decision that the same request over HTTP leaves', async () => {
    const inputs = typed.map(({ name }, index) => ({ name, ...rawInputs[index] }));
    expect(inputs).toHaveLength(3);
    await call('ModelInfer', { ...asTyped, id: 'by-grpc' });
    const tensors = asTyped.inputs.map(({ contents, ...tensor }) => ({ ...tensor, data: contents.fp64Contents }));
    await plane.post('/v2/models/e/infer', { id: 'by-http', inputs: tensors }, { authorization: `Bearer ${secret}` });
    await plane.stop();
    const decisions = await plane.events('decisions');
    const by = (id: string) => decisions.filter((decision) => decision.id.startsWith(id)).map(({ value }) => value);
    expect(by('by-grpc')).toHaveLength(2);
    // What differs by its nature.
    const same = { stagesUs: null, latencyMs: null, eventTimeMs: null, unit: null, requestId: null };
    const own = (value: Record<string, unknown>) => ({ ...value, ...same });
    expect(by('by-grpc').map(own)).toEqual(by('by-http').map(own));
  });
});
