import type { Static } from 'typebox';
import { TensorDatatype } from '@mulle/contract';
import { MulleError } from '#kernel/errors.ts';
import { limits } from '#kernel/limits.ts';
import type { ServingEndpoint } from '../serving/serving.ts';
import { BinaryTensors, jsonValues } from './binary-tensors.ts';
import { isRecord, refuseUnknown } from './checks.ts';
import type { Codec, CodecRequest } from './codec.ts';
import { writeProvenance } from './provenance-json.ts';

/** The one output of an endpoint. */
export const outputName = 'probability';
const outputHead = `,"outputs":[{"name":"${outputName}","shape":[`;
/** Name of the tensor that holds all features of an endpoint without a feature service. */
const matrixName = 'input';

/** KServe's client repeats the names that the path has. */
const bodyFields = new Set(['id', 'parameters', 'inputs', 'outputs', 'model_name', 'model_version']);
const tensorFields = new Set(['name', 'shape', 'datatype', 'parameters', 'data']);
const datatypes: ReadonlySet<unknown> = new Set(TensorDatatype.enum);

function isDatatype(value: unknown): value is Static<typeof TensorDatatype> {
  return datatypes.has(value);
}

interface Tensor {
  name: string;
  rows: number;
  columns: number;
  data: readonly unknown[];
}

function invalidShape(name: string, problem: string): MulleError {
  return new MulleError('invalid_shape', `Tensor "${name}": ${problem}`, { details: { tensor: name } });
}

/** Flat data of a tensor whose shape is [rows] or [rows, columns]. */
function readTensor(value: unknown, binary: BinaryTensors): Tensor {
  if (!isRecord(value)) throw new MulleError('invalid_argument', 'Each of "inputs" must be a tensor object.');
  const { name, shape, datatype, parameters } = value;
  if (typeof name !== 'string') throw new MulleError('invalid_argument', 'A tensor needs a "name".');
  if (Object.keys(value).length > 4) refuseUnknown(value, tensorFields, `Tensor "${name}"`);
  if (!isDatatype(datatype)) {
    throw new MulleError('invalid_argument', `Tensor "${name}" needs a "datatype": ${TensorDatatype.enum.join(', ')}.`);
  }
  if (!Array.isArray(shape) || shape.length < 1 || shape.length > 2) {
    throw invalidShape(name, 'its shape must be [rows] or [rows, columns].');
  }
  const [rows, columns = 1]: unknown[] = shape;
  if (!isCount(rows) || !isCount(columns)) throw invalidShape(name, 'its shape must hold whole numbers of 1 or more.');
  if (rows > limits.rowsPerRequest) throw invalidShape(name, `at most ${limits.rowsPerRequest} rows a request.`);
  const size = isRecord(parameters) ? parameters['binary_data_size'] : undefined;
  const data =
    size === undefined ? value['data'] : jsonValues(name, datatype, [rows, columns], binary.take(name, size));
  if (!Array.isArray(data)) throw new MulleError('invalid_argument', `Tensor "${name}" needs "data", a list.`);
  const flat: readonly unknown[] = Array.isArray(data[0]) ? data.flat(1) : data;
  if (flat.length === rows * columns) return { name, rows, columns, data: flat };
  throw invalidShape(name, `${flat.length} values do not fill its shape [${shape.join(', ')}].`);
}

function isCount(value: unknown): value is number {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 1;
}

/** All features in one tensor [rows, features]. */
function matrixRows({ name, rows, columns, data }: Tensor, { fields }: ServingEndpoint): (readonly unknown[])[] {
  if (columns !== fields.length) {
    throw invalidShape(name, `it must be [rows, ${fields.length}], one column for each input of the endpoint.`);
  }
  if (rows === 1) return [data];
  return Array.from({ length: rows }, (_, row) => data.slice(row * columns, (row + 1) * columns));
}

/** One tensor [rows] or [rows, 1] for each field. */
function fieldRows(tensors: readonly Tensor[], { fields, fieldIndex }: ServingEndpoint): unknown[][] {
  const count = tensors[0]?.rows ?? 0;
  const rows = Array.from({ length: count }, () => new Array<unknown>(fields.length).fill(undefined));
  const seen = new Set<string>();
  for (const { name, rows: own, columns, data } of tensors) {
    const field = fieldIndex.get(name);
    if (field === undefined) {
      throw new MulleError(
        'unknown_field',
        `The endpoint has no input "${name.slice(0, 128)}". It has: ${[...fieldIndex.keys()].join(', ')}.`,
      );
    }
    if (seen.has(name)) throw new MulleError('invalid_argument', `Tensor "${name}" is given twice.`);
    seen.add(name);
    if (columns !== 1) throw invalidShape(name, 'a tensor of one field has the shape [rows] or [rows, 1].');
    if (own !== count) throw invalidShape(name, `it has ${own} rows and the first tensor has ${count}.`);
    for (const [row, values] of rows.entries()) values[field] = data[row];
  }
  return rows;
}

/** Whether the one output is wanted as bytes: as it says itself, or else the whole request. */
function readOutputs(outputs: unknown, parameters: unknown): boolean {
  const wantsAll = isRecord(parameters) && parameters['binary_data_output'] === true;
  if (outputs === undefined) return wantsAll;
  const names: unknown[] = Array.isArray(outputs)
    ? outputs.map((output: unknown) => isRecord(output) && output['name'])
    : [];
  if (names.length === 0 || names.some((name) => name !== outputName)) {
    throw new MulleError('invalid_argument', `"outputs" may name one output: [{"name": "${outputName}"}].`);
  }
  const [first]: unknown[] = Array.isArray(outputs) ? outputs : [];
  const own = isRecord(first) && isRecord(first['parameters']) ? first['parameters']['binary_data'] : undefined;
  return own === undefined ? wantsAll : own === true;
}

/** Open Inference Protocol v2, REST, with binary tensor data: https://github.com/kserve/open-inference-protocol */
export const oipCodec: Codec = {
  takesBinary: true,

  decode(body, endpoint, binary): CodecRequest {
    if (!isRecord(body))
      throw new MulleError('invalid_argument', 'The body must be an object with "inputs", a list of tensors.');
    const { id = null, inputs, outputs, parameters } = body;
    refuseUnknown(body, bodyFields, 'The body');
    if (id !== null && (typeof id !== 'string' || id.length > limits.requestIdCharacters)) {
      throw new MulleError(
        'invalid_argument',
        `"id" must be text of at most ${limits.requestIdCharacters} characters.`,
      );
    }
    if (!Array.isArray(inputs) || inputs.length === 0) {
      throw new MulleError('invalid_argument', '"inputs" must be a list of at least one tensor.');
    }
    const wantsBinary = readOutputs(outputs, parameters);
    const behind = new BinaryTensors(binary ?? Buffer.alloc(0));
    const tensors = inputs.map((input) => readTensor(input, behind));
    behind.end();
    const [first] = tensors;
    const isMatrix =
      first?.name === matrixName &&
      tensors.length === 1 &&
      endpoint.features.areInputs &&
      !endpoint.fieldIndex.has(matrixName);
    const rows = isMatrix ? matrixRows(first, endpoint) : fieldRows(tensors, endpoint);
    return { rows, id, isSingle: false, wantsBinary };
  },

  encode(text, answer, scores): void {
    const { endpoint, decoded, requestId, servedVersion } = answer;
    text
      .raw('{"id":')
      .string(decoded?.id ?? requestId)
      .raw(',"model_name":')
      .string(endpoint.name);
    text
      .raw(',"model_version":')
      .string(servedVersion ?? '')
      .raw(',"parameters":');
    writeProvenance(text, answer, true);
    text.raw(outputHead).number(scores.length).raw('],"datatype":"FP32",');
    if (decoded?.wantsBinary === true) {
      text
        .raw('"parameters":{"binary_data_size":')
        .number(4 * scores.length)
        .raw('}}]}');
    } else text.raw('"data":').numbers(scores).raw('}]}');
  },

  encodeError: (code, message) => JSON.stringify({ error: `${code}: ${message}` }),
};
