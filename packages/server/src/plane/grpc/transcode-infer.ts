/**
 * ModelInfer as the same request over HTTP has it, with the bytes of its tensors behind the JSON, and back: the request
 * path is one.
 */
import { TensorDatatype } from '@mulle/contract';
import { MulleError } from '#kernel/errors.ts';
import { jsonLengthHeader } from '../request-path/read-body.ts';
import type { Tensor } from '../tensors/tensor.ts';
import { bytesOfContents, contentsOf, hasContents, type TensorContents, type Whole } from './tensor-contents.ts';
import type { WholeAnswer } from './whole-exchange.ts';

/** One member is set. */
interface InferParameter {
  bool_param?: boolean;
  int64_param?: Whole;
  string_param?: string;
  double_param?: number;
  uint64_param?: Whole;
}

type Parameters = Record<string, InferParameter>;

interface InferInputTensor {
  name: string;
  datatype: string;
  shape?: Whole[];
  parameters?: Parameters;
  contents?: TensorContents | null;
}

export interface ModelInferRequest {
  model_name: string;
  model_version: string;
  id: string;
  parameters?: Parameters;
  inputs?: InferInputTensor[];
  outputs?: { name: string; parameters?: Parameters }[];
  raw_input_contents?: Uint8Array[];
}

/** What is said of the shape of an answer: raw contents, or typed ones where each output has them. */
interface Body {
  readonly headers: Record<string, string>;
  readonly bytes: Buffer;
}

const datatypes: ReadonlySet<string> = new Set(TensorDatatype.enum);

function isDatatype(text: string): text is TensorDatatype {
  return datatypes.has(text);
}

function numberOf(whole: Whole): number {
  return typeof whole === 'number' ? whole : whole.high * 2 ** 32 + (whole.low >>> 0);
}

function valueOf(parameter: InferParameter): unknown {
  const [value] = Object.values(parameter);
  return typeof value === 'object' ? numberOf(value) : value;
}

function values(parameters: Parameters | undefined): Record<string, unknown> {
  return Object.fromEntries(Object.entries(parameters ?? {}).map(([name, value]) => [name, valueOf(value)]));
}

export function isRaw({ raw_input_contents: raw = [] }: ModelInferRequest): boolean {
  return raw.length > 0;
}

/** The smaller of the time that a request names, in microseconds, and the time that its call has left, in ms. */
function timeoutOf(named: unknown, leftMs: number): number | undefined {
  const given = typeof named === 'number' && named > 0 ? named : Infinity;
  const timeoutUs = Math.min(given, 1_000 * Math.max(1, Math.floor(leftMs)));
  return Number.isFinite(timeoutUs) ? timeoutUs : undefined;
}

/** The body of the request over HTTP, which is given `leftMs`. Throws `invalid_argument` where raw and typed contents are mixed or do not match. */
export function inferBody(request: ModelInferRequest, leftMs: number): Body {
  const { id, inputs = [], outputs = [], parameters, raw_input_contents: raw = [] } = request;
  if (raw.length > 0 && raw.length !== inputs.length) {
    throw new MulleError(
      'invalid_argument',
      `${raw.length} raw_input_contents are given for ${inputs.length} inputs. Send one for each input, or typed contents.`,
    );
  }
  const given = values(parameters);
  const contents = inputs.map((input, index) => bytesOfInput(input, raw[index]));
  const head = JSON.stringify({
    ...(id === '' ? {} : { id }),
    parameters: { ...given, timeout: timeoutOf(given['timeout'], leftMs), binary_data_output: true },
    inputs: inputs.map(({ name, datatype, shape = [], parameters: own }, index) => ({
      name,
      datatype,
      shape: shape.map(numberOf),
      parameters: { ...values(own), binary_data_size: contents[index]?.length ?? 0 },
    })),
    ...(outputs.length === 0 ? {} : { outputs: outputs.map(({ name }) => ({ name })) }),
  });
  const bytes = Buffer.concat([Buffer.from(head), ...contents]);
  return { headers: { [jsonLengthHeader]: String(Buffer.byteLength(head)) }, bytes };
}

function bytesOfInput({ name, datatype, contents }: InferInputTensor, raw: Uint8Array | undefined): Uint8Array {
  if (raw !== undefined) {
    if (!contents || Object.values(contents).every((list: unknown[]) => list.length === 0)) return raw;
    throw new MulleError('invalid_argument', `Tensor "${name}" has typed contents beside raw ones. Send one of them.`);
  }
  if (isDatatype(datatype)) return bytesOfContents(name, datatype, contents ?? {});
  throw new MulleError('invalid_argument', `Tensor "${name}" needs a datatype: ${TensorDatatype.enum.join(', ')}.`);
}

interface JsonTensor {
  name: string;
  datatype: TensorDatatype;
  shape: number[];
  parameters: { binary_data_size: number };
}

interface JsonAnswer {
  id: string;
  model_name: string;
  model_version: string;
  parameters: Record<string, unknown>;
  outputs: JsonTensor[];
}

/** What the path itself wrote, as a message: raw where the request was, or where an output has no typed contents. */
export function inferResponse({ json, binary }: WholeAnswer, wantsRaw: boolean): Record<string, unknown> {
  const answer = JSON.parse(json) as JsonAnswer;
  let at = 0;
  const tensors = answer.outputs.map(({ name, datatype, shape, parameters }): Tensor => {
    const bytes = binary.subarray(at, at + parameters.binary_data_size);
    at += bytes.length;
    return { name, datatype, shape, bytes };
  });
  const raw = wantsRaw || tensors.some(({ datatype }) => !hasContents(datatype));
  return {
    model_name: answer.model_name,
    model_version: answer.model_version,
    id: answer.id,
    parameters: parametersOf(answer.parameters),
    outputs: tensors.map((tensor) => ({
      name: tensor.name,
      datatype: tensor.datatype,
      shape: tensor.shape,
      ...(raw ? {} : { contents: contentsOf(tensor) }),
    })),
    raw_output_contents: raw ? tensors.map(({ bytes }) => bytes) : [],
  };
}

/** What is null is left out. */
function parametersOf(named: Record<string, unknown>): Parameters {
  const parameters: Parameters = {};
  for (const [name, value] of Object.entries(named)) {
    if (typeof value === 'boolean') parameters[name] = { bool_param: value };
    else if (typeof value === 'string') parameters[name] = { string_param: value };
    else if (typeof value === 'number') {
      parameters[name] = Number.isSafeInteger(value) ? { int64_param: value } : { double_param: value };
    }
  }
  return parameters;
}
