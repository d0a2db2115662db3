/**
 * Open Inference Protocol v2 over HTTP for endpoints that take named tensors of any datatype and shape, in JSON or with
 * their bytes behind it. https://github.com/kserve/open-inference-protocol
 *
 * What JSON cannot say: NaN is null, infinities are the texts "Infinity" and "-Infinity", as the clients' numpy reads
 * them. Requests may hold NaN and Infinity as Python writes them.
 */
import { TensorDatatype } from '@mulle/contract';
import { MulleError } from '#kernel/errors.ts';
import { limits } from '#kernel/limits.ts';
import { checkBytes } from '../tensors/check-tensors.ts';
import { bytesOfValues, valuesOf } from '../tensors/element-values.ts';
import { elementCount, type Tensor } from '../tensors/tensor.ts';
import type { OutputWish, TensorCall } from '../tensors/tensor-call.ts';
import { BinaryTensors } from './binary-tensors.ts';
import { isRecord, refuseUnknown } from './checks.ts';
import type { Answer } from './codec.ts';
import { shortFloat32, type JsonText } from './json-text.ts';
import { writeProvenance } from './provenance-json.ts';

/** KServe's client repeats the names that the path has. */
const bodyFields = new Set(['id', 'parameters', 'inputs', 'outputs', 'model_name', 'model_version']);
const tensorFields = new Set(['name', 'shape', 'datatype', 'parameters', 'data']);
const datatypes: ReadonlySet<unknown> = new Set(TensorDatatype.enum);
/** Parameters that are the protocol's own business. */
const ownParameters = new Set(['binary_data_output', 'timeout', 'priority']);

function isDatatype(value: unknown): value is TensorDatatype {
  return datatypes.has(value);
}

function isShape(value: unknown): value is number[] {
  return Array.isArray(value) && value.every((size) => Number.isSafeInteger(size) && size >= 0);
}

function parametersOf(value: unknown): Record<string, unknown> {
  return isRecord(value) ? value : {};
}

function readTensor(value: unknown, binary: BinaryTensors): Tensor {
  if (!isRecord(value)) throw new MulleError('invalid_argument', 'Each of "inputs" must be a tensor object.');
  const { name, shape, datatype, parameters, data } = value;
  if (typeof name !== 'string') throw new MulleError('invalid_argument', 'A tensor needs a "name".');
  refuseUnknown(value, tensorFields, `Tensor "${name}"`);
  if (!isDatatype(datatype)) {
    throw new MulleError('invalid_argument', `Tensor "${name}" needs a "datatype": ${TensorDatatype.enum.join(', ')}.`);
  }
  if (!isShape(shape)) throw new MulleError('invalid_shape', `Tensor "${name}" needs a "shape" of whole numbers.`);
  const size = parametersOf(parameters)['binary_data_size'];
  const tensor = {
    name,
    datatype,
    shape,
    bytes: size === undefined ? jsonBytes(name, datatype, data) : binary.take(name, size),
  };
  checkBytes(tensor);
  return tensor;
}

function jsonBytes(name: string, datatype: TensorDatatype, data: unknown): Buffer {
  if (!Array.isArray(data)) throw new MulleError('invalid_argument', `Tensor "${name}" needs "data", a list.`);
  const values: readonly unknown[] = Array.isArray(data[0]) ? data.flat(Infinity) : data;
  return bytesOfValues(name, datatype, values);
}

function readWishes(outputs: unknown, isBinary: boolean): OutputWish[] | null {
  if (outputs === undefined) return null;
  if (!Array.isArray(outputs)) throw new MulleError('invalid_argument', '"outputs" must be a list of names.');
  return outputs.map((output: unknown) => {
    const { name, parameters } = parametersOf(output);
    if (typeof name !== 'string') throw new MulleError('invalid_argument', 'Each of "outputs" needs a "name".');
    const own = parametersOf(parameters)['binary_data'];
    return { name, isBinary: own === undefined ? isBinary : own === true };
  });
}

/** A parameter that is a whole number; undefined where it is 0, which clients send for none. */
function wholeParameter(given: Readonly<Record<string, unknown>>, name: string, of: string): number | undefined {
  const value = given[name];
  if (value === undefined || value === 0) return undefined;
  if (typeof value === 'number' && Number.isSafeInteger(value) && value > 0) return value;
  throw new MulleError('invalid_argument', `The parameter "${name}" must be a whole number ${of}, or 0 for none.`);
}

/** Throws `invalid_argument`, `invalid_shape` or `unknown_field`. `behind`: the bytes behind the JSON. */
export function decodeTensorCall(body: unknown, behind: Buffer | null): TensorCall {
  if (!isRecord(body))
    throw new MulleError('invalid_argument', 'The body must be an object with "inputs", a list of tensors.');
  const { id = null, inputs, outputs, parameters } = body;
  refuseUnknown(body, bodyFields, 'The body');
  if (id !== null && (typeof id !== 'string' || id.length > limits.requestIdCharacters)) {
    throw new MulleError('invalid_argument', `"id" must be text of at most ${limits.requestIdCharacters} characters.`);
  }
  if (!Array.isArray(inputs)) throw new MulleError('invalid_argument', '"inputs" must be a list of tensors.');
  const given = parametersOf(parameters);
  const isBinary = given['binary_data_output'] === true;
  const binary = new BinaryTensors(behind ?? Buffer.alloc(0));
  const tensors = inputs.map((input) => readTensor(input, binary));
  binary.end();
  const timeoutUs = wholeParameter(given, 'timeout', 'of microseconds');
  const own = Object.entries(given).filter(([name]) => !ownParameters.has(name));
  return {
    id,
    tensors,
    wishes: readWishes(outputs, isBinary),
    isBinary,
    timeoutMs: timeoutUs === undefined ? undefined : timeoutUs / 1_000,
    priority: wholeParameter(given, 'priority', 'from 1, the first'),
    parameters: own.length > 0 ? Object.fromEntries(own) : undefined,
  };
}

/** Writes an answer, and returns the bytes that stand behind it. */
export function encodeTensorAnswer(
  text: JsonText,
  answer: Answer,
  call: TensorCall,
  outputs: readonly Tensor[],
): Uint8Array[] {
  text
    .raw('{"id":')
    .string(call.id ?? answer.requestId)
    .raw(',"model_name":')
    .string(answer.endpoint.name);
  text
    .raw(',"model_version":')
    .string(answer.servedVersion ?? '')
    .raw(',"parameters":');
  writeProvenance(text, answer, true);
  text.raw(',"outputs":[');
  const behind: Uint8Array[] = [];
  for (const [index, tensor] of outputs.entries()) {
    text.raw(index === 0 ? '{"name":' : ',{"name":').string(tensor.name);
    text.raw(`,"datatype":"${tensor.datatype}","shape":`).numbers(tensor.shape);
    const isBinary = call.wishes?.find(({ name }) => name === tensor.name)?.isBinary ?? call.isBinary;
    if (isBinary) {
      text.raw(`,"parameters":{"binary_data_size":${tensor.bytes.length}}}`);
      behind.push(tensor.bytes);
    } else {
      writeValues(text.raw(',"data":'), tensor);
      text.raw('}');
    }
  }
  text.raw(']}');
  return behind;
}

/** A tensor's elements as a flat list. */
export function writeValues(text: JsonText, tensor: Omit<Tensor, 'name'>): void {
  if (elementCount(tensor.shape) === 0) {
    text.raw('[]');
    return;
  }
  const isSingle = tensor.datatype === 'FP32';
  for (const [index, value] of valuesOf(tensor).entries()) {
    text.raw(index === 0 ? '[' : ',');
    if (typeof value === 'string') text.string(value);
    else if (typeof value !== 'number') text.raw(String(value));
    else if (value === Infinity || value === -Infinity) text.string(String(value));
    else text.number(isSingle ? shortFloat32(value) : value);
  }
  text.raw(']');
}
