import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { join } from 'node:path';
import onnxProto, { type onnx as Onnx } from 'onnx-proto';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { eventually } from '../platform/eventually.ts';
import { Sandbox, type Platform } from '../platform/sandbox.ts';
import { clientsPython } from './makers-python.ts';

// Clients of the Open Inference Protocol as people install them, NVIDIA's and KServe's, over HTTP and gRPC: what goes in
// comes out of a model of one identity for each datatype.

const { onnx } = onnxProto;
const { DataType } = onnx.TensorProto;

const all = [
  { datatype: 'BOOL', type: DataType.BOOL, data: [true, false] },
  { datatype: 'UINT8', type: DataType.UINT8, data: [0, 255] },
  { datatype: 'UINT16', type: DataType.UINT16, data: [1, 65_535] },
  { datatype: 'UINT32', type: DataType.UINT32, data: [1, 4_294_967_295] },
  { datatype: 'UINT64', type: DataType.UINT64, data: [0, 9_007_199_254_740_991] },
  { datatype: 'INT8', type: DataType.INT8, data: [-128, 127] },
  { datatype: 'INT16', type: DataType.INT16, data: [-32_768, 1] },
  { datatype: 'INT32', type: DataType.INT32, data: [-2_147_483_648, 1] },
  { datatype: 'INT64', type: DataType.INT64, data: [-9_007_199_254_740_991, 1] },
  { datatype: 'FP16', type: DataType.FLOAT16, data: [-0.5, 65_504] },
  { datatype: 'FP32', type: DataType.FLOAT, data: [0.25, -3] },
  { datatype: 'FP64', type: DataType.DOUBLE, data: [0.1, -1e300] },
  { datatype: 'BYTES', type: DataType.STRING, data: ['물레', ''] },
];

/** What can be told by other than bytes. */
const typed = all.filter(({ datatype }) => datatype !== 'FP16');

function value(name: string, elemType: Onnx.TensorProto.DataType) {
  return { name, type: { tensorType: { elemType, shape: { dim: [{ dimParam: 'rows' }, { dimValue: 1 }] } } } };
}

function identities(tensors: typeof all): Uint8Array {
  return onnx.ModelProto.encode({
    irVersion: 8,
    opsetImport: [{ domain: '', version: 17 }],
    graph: {
      name: 'identities',
      input: tensors.map(({ datatype, type }) => value(datatype, type)),
      output: tensors.map(({ datatype, type }) => value(`${datatype}_out`, type)),
      node: tensors.map(({ datatype }) => ({ opType: 'Identity', input: [datatype], output: [`${datatype}_out`] })),
    },
  }).finish();
}

const sandbox = new Sandbox();
let platform: Platform;
let python: string;
let host: string;

beforeAll(async () => {
  python = await clientsPython();
  platform = await sandbox.up();
  ({ host } = new URL(platform.dataUrl));
  for (const [name, tensors] of Object.entries({ same: all, typed })) {
    const path = join(sandbox.temporary, `${name}.onnx`);
    writeFileSync(path, identities(tensors));
    expect(await platform.mulle('register', name, path)).toMatchObject({ code: 0 });
    expect(await platform.mulle('deploy', name)).toMatchObject({ code: 0 });
  }
  await eventually(
    'the models are loaded',
    () =>
      fetch(`${platform.dataUrl}/v2/models/typed/ready`).then(
        ({ ok }) => ok,
        () => false,
      ),
    Boolean,
  );
}, 300_000);
afterAll(() => sandbox.remove());

/** What a script of this folder prints, read as JSON. */
function run(script: string, args: readonly string[], input: unknown = null): unknown {
  const path = fileURLToPath(new URL(script, import.meta.url));
  const said = execFileSync(python, [path, ...args], { encoding: 'utf8', input: JSON.stringify(input), stdio: 'pipe' });
  return JSON.parse(said.trim().split('\n').at(-1) ?? '');
}

function asked(endpoint: string, tensors: typeof all) {
  const inputs = tensors.map(({ datatype, data }) => ({ name: datatype, datatype, shape: [2, 1], data }));
  const outputs = tensors.map(({ datatype }) => `${datatype}_out`);
  return { endpoint, inputs, outputs, parameters: {}, isBinary: tensors === all };
}

function answer(tensors: typeof all): Record<string, unknown> {
  return Object.fromEntries(tensors.map(({ datatype, data }) => [`${datatype}_out`, { shape: [2, 1], data }]));
}

describe('clients of the Open Inference Protocol, unmodified', () => {
  test('tritonclient over HTTP, as bytes and as JSON, and over gRPC', () => {
    const cases = [asked('same', all)];
    expect(run('ask_tensors_with_triton.py', ['http', host], cases)).toEqual([[answer(all), answer(all)]]);
    expect(run('ask_tensors_with_triton.py', ['grpc', host], cases)).toEqual([[answer(all)]]);
  });

  test("KServe's clients: REST and gRPC, as bytes and typed", () => {
    expect(run('ask_with_kserve.py', [platform.dataUrl], [asked('same', all), asked('typed', typed)])).toEqual({
      answers: [
        [answer(all), answer(all)],
        [answer(typed), answer(typed)],
      ],
      health: [true, true, true, true, true, true],
    });
  });

  test.each(['http', 'grpc'])('tritonclient loads and unloads over %s', (protocol) => {
    expect(run('repository_with_triton.py', [protocol, host, 'same'])).toEqual({
      said: [true, true, 'READY', true, 'UNAVAILABLE', false, 'READY', true],
      name: 'same',
      extensions: ['binary_tensor_data', 'model_repository'],
    });
  });
});
