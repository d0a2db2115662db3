import { limits } from '#kernel/limits.ts';
import { MulleError } from '#kernel/errors.ts';
import type { ServingEndpoint } from '../serving/serving.ts';
import { asciiJson } from './ascii-json.ts';
import { isRecord, refuseUnknown } from './checks.ts';
import type { Codec, CodecRequest } from './codec.ts';
import { writeProvenance } from './provenance-json.ts';

const bodyFields = new Set(['input', 'inputs', 'explain']);

function valuesOf(record: unknown, row: number, { fields, fieldIndex }: ServingEndpoint): unknown[] {
  if (!isRecord(record)) {
    throw new MulleError('invalid_argument', `Row ${row} is no JSON object. Give one of field names and values.`);
  }
  let present = 0;
  const values: unknown[] = [];
  for (const { name } of fields) {
    const value = record[name];
    if (value !== undefined) present++;
    values.push(value);
  }
  if (Object.keys(record).length !== present) refuseUnknown(record, new Set(fieldIndex.keys()), `Row ${row}`);
  return values;
}

/** `POST /v1/endpoints/{endpoint}/predict`: `{input: {…}}` or `{inputs: [{…}, …]}`, with `explain: true` for the reasons. */
export const plainCodec: Codec = {
  takesBinary: false,

  decode(body, endpoint): CodecRequest {
    if (!isRecord(body))
      throw new MulleError('invalid_argument', 'The body must be {"input": {…}} or {"inputs": […]}.');
    const { input, inputs, explain = false } = body;
    const members = 'explain' in body ? 2 : 1;
    if (typeof explain !== 'boolean') throw new MulleError('invalid_argument', '"explain" must be true or false.');
    if ((input === undefined) === (inputs === undefined) || Object.keys(body).length !== members) {
      refuseUnknown(body, bodyFields, 'The body');
      throw new MulleError('invalid_argument', 'Give either "input", one record, or "inputs", a list of them.');
    }
    if (input !== undefined) return { rows: [valuesOf(input, 0, endpoint)], id: null, isSingle: true, explain };
    if (!Array.isArray(inputs) || inputs.length === 0 || inputs.length > limits.rowsPerRequest) {
      throw new MulleError('invalid_argument', `"inputs" must be a list of 1 to ${limits.rowsPerRequest} records.`);
    }
    return { rows: inputs.map((record, row) => valuesOf(record, row, endpoint)), id: null, isSingle: false, explain };
  },

  encode(text, answer, scores): void {
    if (answer.decoded?.isSingle === true) text.raw('{"score":').number(scores[0] ?? Number.NaN);
    else text.raw('{"scores":').numbers(scores);
    const { labels, explanation } = answer;
    if (labels !== null && answer.decoded?.isSingle === true) text.raw(',"label":').string(labels[0] ?? null);
    else if (labels !== null) text.raw(',"labels":').raw(asciiJson(labels));
    if (explanation !== null) text.raw(',"explanation":').raw(asciiJson(explanation));
    text.raw(',"metadata":');
    writeProvenance(text, answer);
    text.raw('}');
  },

  encodeError: (code, message, details) =>
    JSON.stringify({ error: { code, message, ...(details ? { details } : {}) } }),
};
