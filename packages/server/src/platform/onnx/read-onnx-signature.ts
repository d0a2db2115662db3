import { open } from 'node:fs/promises';
import { BufferReader } from 'protobufjs/minimal.js';
import type { ModelSignature, TensorDatatype, TensorSpec } from '@mulle/contract';
import { MulleError } from '#kernel/errors.ts';
import { FileFields } from './file-fields.ts';
import { readFields, readMessage } from './message-fields.ts';

/** By `TensorProto.DataType`; the others have no name in the Open Inference Protocol. */
const datatypes: Readonly<Record<number, TensorDatatype>> = {
  1: 'FP32',
  2: 'UINT8',
  3: 'INT8',
  4: 'UINT16',
  5: 'INT16',
  6: 'INT32',
  7: 'INT64',
  8: 'BYTES',
  9: 'BOOL',
  10: 'FP16',
  11: 'FP64',
  12: 'UINT32',
  13: 'UINT64',
  16: 'BF16',
};

const largestDescriptionBytes = 1024 * 1024;

/** An input or output of a graph; `datatype` is undefined for what is no tensor. */
interface GraphValue {
  readonly name: string;
  readonly datatype: TensorDatatype | undefined;
  readonly shape: number[];
}

/** Of `ValueInfoProto`. Sizes without a number, and of tensors of any rank the first, are −1. */
function readValue(bytes: Buffer): GraphValue {
  const reader = new BufferReader(bytes);
  let name = '';
  let elementType = 0;
  let shape: number[] | undefined;
  const readDimension = (): number => {
    let size = -1;
    readMessage(reader, (field) => {
      if (field !== 1) return false;
      size = Number(reader.int64());
      return true;
    });
    return size > 0 ? size : -1;
  };
  const readTensorType = (field: number): boolean => {
    if (field === 1) elementType = reader.int32();
    else if (field === 2) {
      const sizes: number[] = (shape = []);
      readMessage(reader, (inShape) => {
        if (inShape !== 1) return false;
        sizes.push(readDimension());
        return true;
      });
    } else return false;
    return true;
  };
  readFields(reader, reader.len, (field) => {
    if (field === 1) name = reader.string();
    else if (field === 2) {
      readMessage(reader, (inType) => {
        if (inType !== 1) return false;
        readMessage(reader, readTensorType);
        return true;
      });
    } else return false;
    return true;
  });
  return { name, datatype: datatypes[elementType], shape: shape ?? [-1] };
}

/** Of `TensorProto`: an input of this name has a value already. */
async function readInitializerName(file: FileFields, start: number, end: number): Promise<string> {
  let name = '';
  await file.walk(start, end, async (field, from, to) => {
    if (field === 8) name = (await file.bytes(from, to)).toString('utf8');
  });
  return name;
}

/**
 * The inputs and outputs of an ONNX model, read from its graph without its weights. Outputs that are no tensors are left
 * out. Rejects with `invalid_argument` on a file that is no model, and on one that takes what the Open Inference Protocol
 * cannot say. Field numbers are those of onnx.proto.
 */
export async function readOnnxSignature(path: string): Promise<ModelSignature> {
  const handle = await open(path);
  try {
    const { size } = await handle.stat();
    const file = new FileFields(handle);
    const inputs: GraphValue[] = [];
    const outputs: GraphValue[] = [];
    const initialized = new Set<string>();
    await file.walk(0, size, async (field, start, end) => {
      if (field !== 7) return;
      await file.walk(start, end, async (inGraph, from, to) => {
        if (inGraph === 5) initialized.add(await readInitializerName(file, from, to));
        if (inGraph !== 11 && inGraph !== 12) return;
        if (to - from > largestDescriptionBytes) throw new RangeError('An input is described at length.');
        (inGraph === 11 ? inputs : outputs).push(readValue(await file.bytes(from, to)));
      });
    });
    return signatureOf(
      inputs.filter(({ name }) => !initialized.has(name)),
      outputs,
    );
  } catch (thrown) {
    if (thrown instanceof MulleError) throw thrown;
    const reason = thrown instanceof Error ? thrown.message : String(thrown);
    throw new MulleError('invalid_argument', `The bytes are no ONNX model: ${reason}`, { cause: thrown });
  } finally {
    await handle.close();
  }
}

function signatureOf(inputs: readonly GraphValue[], outputs: readonly GraphValue[]): ModelSignature {
  const asSpec = ({ name, datatype, shape }: GraphValue): TensorSpec[] =>
    datatype === undefined ? [] : [{ name, datatype, shape }];
  const other = inputs.find(({ datatype }) => datatype === undefined);
  if (other !== undefined) {
    throw new MulleError('invalid_argument', `The model's input "${other.name}" is of a type that is not served.`);
  }
  const signature = { inputs: inputs.flatMap(asSpec), outputs: outputs.flatMap(asSpec) };
  if (signature.inputs.length > 0 && signature.outputs.length > 0) return signature;
  throw new MulleError('invalid_argument', 'The bytes are no ONNX model with inputs and outputs that are tensors.');
}
