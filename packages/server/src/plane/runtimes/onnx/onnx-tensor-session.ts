import { InferenceSession, Tensor as RuntimeTensor } from 'onnxruntime-node';
import type { TensorDatatype } from '@mulle/contract';
import { bytesOfValues, valuesOf } from '../../tensors/element-values.ts';
import { bufferOf, type Tensor } from '../../tensors/tensor.ts';
import type { ScatteredTensor } from '../../tensors/tensor-frame.ts';

type RuntimeType = RuntimeTensor.Type;

/** BF16 is missing: the runtime's binding for Node has no such tensors. */
const datatypes: Readonly<Partial<Record<RuntimeType, TensorDatatype>>> = {
  bool: 'BOOL',
  uint8: 'UINT8',
  uint16: 'UINT16',
  uint32: 'UINT32',
  uint64: 'UINT64',
  int8: 'INT8',
  int16: 'INT16',
  int32: 'INT32',
  int64: 'INT64',
  float16: 'FP16',
  float32: 'FP32',
  float64: 'FP64',
  string: 'BYTES',
};

type NumericDatatype = Exclude<TensorDatatype, 'BYTES' | 'BF16'>;

/** The bytes as the array that the runtime takes, in place where they are aligned. */
function numbersOf(datatype: NumericDatatype, bytes: Uint8Array) {
  const at = bytes.byteOffset % 8 === 0 ? bytes : Uint8Array.from(bytes);
  const { buffer, byteOffset, byteLength } = at;
  switch (datatype) {
    case 'BOOL':
    case 'UINT8':
      return new Uint8Array(buffer, byteOffset, byteLength);
    case 'INT8':
      return new Int8Array(buffer, byteOffset, byteLength);
    case 'UINT16':
    case 'FP16':
      return new Uint16Array(buffer, byteOffset, byteLength / 2);
    case 'INT16':
      return new Int16Array(buffer, byteOffset, byteLength / 2);
    case 'UINT32':
      return new Uint32Array(buffer, byteOffset, byteLength / 4);
    case 'INT32':
      return new Int32Array(buffer, byteOffset, byteLength / 4);
    case 'FP32':
      return new Float32Array(buffer, byteOffset, byteLength / 4);
    case 'UINT64':
      return new BigUint64Array(buffer, byteOffset, byteLength / 8);
    case 'INT64':
      return new BigInt64Array(buffer, byteOffset, byteLength / 8);
    case 'FP64':
      return new Float64Array(buffer, byteOffset, byteLength / 8);
  }
}

const runtimeTypes = Object.fromEntries(
  Object.entries(datatypes).map(([type, datatype]) => [datatype, type]),
) as Readonly<Partial<Record<TensorDatatype, RuntimeType>>>;

function toRuntime(tensor: Tensor): RuntimeTensor {
  const { name, datatype, shape, bytes } = tensor;
  if (datatype === 'BYTES') return new RuntimeTensor('string', valuesOf(tensor).map(String), [...shape]);
  const type = runtimeTypes[datatype];
  if (datatype === 'BF16' || type === undefined) throw new Error(`ONNX Runtime takes no ${datatype} ("${name}").`);
  // The constructor's overloads tie each type to its array; the table above is that tie.
  return new RuntimeTensor(type as 'float32', numbersOf(datatype, bytes) as Float32Array, [...shape]);
}

function fromRuntime(name: string, { type, dims, data }: RuntimeTensor): ScatteredTensor {
  const datatype = datatypes[type];
  if (datatype === undefined) throw new Error(`The output "${name}" is of type ${type}, which is not served.`);
  const bytes = ArrayBuffer.isView(data)
    ? bufferOf(new Uint8Array(data.buffer, data.byteOffset, data.byteLength))
    : bytesOfValues(name, datatype, data);
  return { name, datatype, shape: dims, pieces: [bytes] };
}

/** A model in ONNX Runtime with all its inputs, and its outputs that are tensors. */
export class OnnxTensorSession {
  readonly #session: InferenceSession;
  readonly #outputs: readonly string[];

  private constructor(session: InferenceSession) {
    this.#session = session;
    this.#outputs = session.outputMetadata.filter(({ isTensor }) => isTensor).map(({ name }) => name);
  }

  static async load(path: string): Promise<OnnxTensorSession> {
    // The runtime's native part knows half precision only as the bits of a Uint16Array, which its JavaScript hands to it
    // where there is no Float16Array (seen with 1.30). This process is the runtime's own.
    Reflect.deleteProperty(globalThis, 'Float16Array');
    const session = await InferenceSession.create(path, {
      intraOpNumThreads: 1,
      interOpNumThreads: 1,
      executionMode: 'sequential',
      logSeverityLevel: 3,
    });
    const other = session.inputMetadata.find((input) => !input.isTensor || datatypes[input.type] === undefined);
    if (other !== undefined)
      throw new Error(`The input "${other.name}" is of a type that ONNX Runtime takes from nobody here.`);
    return new OnnxTensorSession(session);
  }

  async run(inputs: readonly Tensor[]): Promise<ScatteredTensor[]> {
    const feeds = Object.fromEntries(inputs.map((tensor) => [tensor.name, toRuntime(tensor)]));
    const results = await this.#session.run(feeds, this.#outputs);
    return this.#outputs.map((name) => {
      const result = results[name];
      if (result === undefined) throw new Error(`The model gave no "${name}".`);
      return fromRuntime(name, result);
    });
  }
}
