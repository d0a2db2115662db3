import onnxProto from 'onnx-proto';
import type { ModelSignature, SnapshotEndpoint } from '@mulle/contract';

const { onnx } = onnxProto;
const { FLOAT, FLOAT16, INT64, STRING } = onnx.TensorProto.DataType;

function value(name: string, elemType: number, ...sizes: (number | string)[]) {
  const dim = sizes.map((size) => (typeof size === 'number' ? { dimValue: size } : { dimParam: size }));
  return { name, type: { tensorType: { elemType, shape: { dim } } } };
}

type Node = onnxProto.onnx.INodeProto;
type Value = ReturnType<typeof value>;

function model(input: Value[], output: Value[], node: Node[]): Uint8Array {
  const graph = { name: 'g', input, output, node };
  return onnx.ModelProto.encode({ irVersion: 8, opsetImport: [{ domain: '', version: 17 }], graph }).finish();
}

/** Row by row: doubled = 2 × x of any width, text and whole numbers as they are, half precision negated. */
export const mixedModel = model(
  [
    value('x', FLOAT, 'n', 'w'),
    value('words', STRING, 'n', 2),
    value('ids', INT64, 'n'),
    value('half', FLOAT16, 'n', 1),
  ],
  [
    value('doubled', FLOAT, 'n', 'w'),
    value('said', STRING, 'n', 2),
    value('same', INT64, 'n'),
    value('negated', FLOAT16, 'n', 1),
  ],
  [
    { opType: 'Add', input: ['x', 'x'], output: ['doubled'] },
    { opType: 'Identity', input: ['words'], output: ['said'] },
    { opType: 'Identity', input: ['ids'], output: ['same'] },
    { opType: 'Neg', input: ['half'], output: ['negated'] },
  ],
);

export const mixedSignature: ModelSignature = {
  inputs: [
    { name: 'x', datatype: 'FP32', shape: [-1, -1] },
    { name: 'words', datatype: 'BYTES', shape: [-1, 2] },
    { name: 'ids', datatype: 'INT64', shape: [-1] },
    { name: 'half', datatype: 'FP16', shape: [-1, 1] },
  ],
  outputs: [
    { name: 'doubled', datatype: 'FP32', shape: [-1, -1] },
    { name: 'said', datatype: 'BYTES', shape: [-1, 2] },
    { name: 'same', datatype: 'INT64', shape: [-1] },
    { name: 'negated', datatype: 'FP16', shape: [-1, 1] },
  ],
};

/** y = x / Σ x over all rows: a model whose first dimension may be any size, and whose rows are not each their own. */
export const normalizingModel = model(
  [value('x', FLOAT, 'n', 2)],
  [value('y', FLOAT, 'n', 2)],
  [
    { opType: 'ReduceSum', input: ['x'], output: ['sum'] },
    { opType: 'Div', input: ['x', 'sum'], output: ['y'] },
  ],
);

export const normalizingSignature: ModelSignature = {
  inputs: [{ name: 'x', datatype: 'FP32', shape: [-1, 2] }],
  outputs: [{ name: 'y', datatype: 'FP32', shape: [-1, 2] }],
};

/** An endpoint `t` that takes tensors, answered by one ONNX model. */
export function tensorEndpoint(signature: ModelSignature, digest: string): SnapshotEndpoint {
  const variant = { kind: 'model' as const, model: 'm', version: 1 };
  return {
    definition: {
      name: 't',
      inputs: [],
      tensors: signature,
      policy: { kind: 'single' },
      fallback: [],
      timeout: '30s',
    },
    features: null,
    variants: [{ id: 'm@1', variant, version: '1', artifact: { digest, format: 'onnx' }, features: [], signature }],
    release: { id: 'release-1', strategy: { kind: 'single', variant } },
  };
}
