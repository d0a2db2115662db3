import onnxProto, { type onnx as Onnx } from 'onnx-proto';

/**
 * ONNX models of one shape: a float32 input `input` [rows, features] and tensor outputs only. The messages are those
 * that protobufjs generated from the official onnx.proto (1.10, IR version 8).
 */
const { onnx } = onnxProto;
const irVersion = 8;
const opset = 17;
const mlOpset = 3;

export type Attribute =
  | { readonly name: string; readonly ints: readonly number[] | Int32Array }
  | { readonly name: string; readonly floats: readonly number[] | Float32Array }
  | { readonly name: string; readonly strings: readonly string[] }
  | { readonly name: string; readonly int: number }
  | { readonly name: string; readonly float: number }
  | { readonly name: string; readonly string: string };

export interface Operator {
  readonly type: string;
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  readonly attributes: readonly Attribute[];
}

/** `columns: null` is a tensor of rank one. */
export interface TensorOutput {
  readonly name: string;
  readonly type: 'int64' | 'float32';
  readonly columns: number | null;
}

/** The outputs of every binary classifier: the more probable class, and the probabilities of classes 0 and 1. */
export const classifierOutputs: readonly TensorOutput[] = [
  { name: 'label', type: 'int64', columns: null },
  { name: 'probabilities', type: 'float32', columns: 2 },
];

/**
 * Encodes a graph of `ai.onnx.ml` operators. The feature names go into the metadata as `mulle.features`, a JSON array.
 * Bytes depend on the arguments alone.
 */
export function encodeOnnx(
  features: readonly string[],
  operators: readonly Operator[],
  outputs: readonly TensorOutput[],
): Uint8Array {
  const model: Onnx.IModelProto = {
    irVersion,
    producerName: 'mulle',
    opsetImport: [
      { domain: '', version: opset },
      { domain: 'ai.onnx.ml', version: mlOpset },
    ],
    metadataProps: [{ key: 'mulle.features', value: JSON.stringify(features) }],
    graph: {
      name: 'model',
      input: [tensor('input', 'float32', features.length)],
      output: outputs.map(({ name, type, columns }) => tensor(name, type, columns)),
      node: operators.map((operator) => ({
        name: operator.outputs[0] ?? operator.type,
        domain: 'ai.onnx.ml',
        opType: operator.type,
        input: [...operator.inputs],
        output: [...operator.outputs],
        attribute: operator.attributes.map(attributeProto),
      })),
    },
  };
  return Uint8Array.from(onnx.ModelProto.encode(model).finish());
}

function tensor(name: string, type: TensorOutput['type'], columns: number | null): Onnx.IValueInfoProto {
  const { FLOAT, INT64 } = onnx.TensorProto.DataType;
  const dim = [{ dimParam: 'rows' }, ...(columns === null ? [] : [{ dimValue: columns }])];
  return { name, type: { tensorType: { elemType: type === 'float32' ? FLOAT : INT64, shape: { dim } } } };
}

function attributeProto(attribute: Attribute): Onnx.IAttributeProto {
  const { INT, INTS, FLOAT, FLOATS, STRING, STRINGS } = onnx.AttributeProto.AttributeType;
  const { name } = attribute;
  if ('ints' in attribute) return { name, type: INTS, ints: [...attribute.ints] };
  if ('floats' in attribute) return { name, type: FLOATS, floats: [...attribute.floats] };
  if ('strings' in attribute) return { name, type: STRINGS, strings: attribute.strings.map(utf8) };
  if ('int' in attribute) return { name, type: INT, i: attribute.int };
  if ('float' in attribute) return { name, type: FLOAT, f: attribute.float };
  return { name, type: STRING, s: utf8(attribute.string) };
}

function utf8(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}
