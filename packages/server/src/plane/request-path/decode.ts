import { nowMs } from '#kernel/clock.ts';
import type { FieldValue } from '../serving/field-check.ts';
import type { Exchange } from './exchange.ts';
import { jsonLengthHeader, parseJson, readBinaryBody, readBody } from './read-body.ts';
import { requestIdOf } from './request-id.ts';

export function receive(exchange: Exchange): void | Promise<void> {
  const { request, services, codec } = exchange;
  if (codec.takesBinary && request.headers[jsonLengthHeader] !== undefined) return receiveBinary(exchange);
  const body = readBody(request, services.bodyBytes);
  if (typeof body === 'string') exchange.body = body;
  else {
    return body.then((text) => {
      exchange.body = text;
    });
  }
}

async function receiveBinary(exchange: Exchange): Promise<void> {
  const { json, binary } = await readBinaryBody(exchange.request, exchange.services.bodyBytes);
  exchange.body = json;
  exchange.binary = binary;
}

/** Body → rows of raw values in the endpoint's order. The body is parsed once, and let go. */
export function decode(exchange: Exchange): void {
  exchange.decoded = exchange.codec.decode(parseJson(exchange.body), exchange.endpoint, exchange.binary);
  exchange.body = '';
  exchange.binary = null;
  exchange.requestId = requestIdOf(exchange.request, exchange.decoded.id);
}

const none: readonly string[] = [];

/** Types and presence are held to the definition; what is outside range or categories is noted and goes on. */
export function validate(exchange: Exchange): void {
  const { fields } = exchange.endpoint;
  const violations: (readonly string[])[] = [];
  exchange.rows = (exchange.decoded?.rows ?? []).map((raw, row) => {
    const values: FieldValue[] = [];
    let violated: string[] | undefined;
    for (let index = 0; index < fields.length; index++) {
      const field = fields[index];
      if (field === undefined) continue;
      const value = field.check(raw[index], row);
      values.push(value);
      if (field.violates(value)) (violated ??= []).push(field.name);
    }
    violations.push(violated ?? none);
    return values;
  });
  exchange.violations = violations;
}

const sharedFeatures = 8_192;
let shared = new Float64Array(sharedFeatures);
let sharedAt = 0;

/** Memory for `count` features, each of which is written; small ones share a piece, which costs a tenth of one each. */
function featureMemory(count: number): Float64Array<ArrayBuffer> {
  if (count > sharedFeatures / 8) return new Float64Array(count);
  if (sharedAt + count > sharedFeatures) {
    shared = new Float64Array(sharedFeatures);
    sharedAt = 0;
  }
  return shared.subarray(sharedAt, (sharedAt += count));
}

/** Features of each row, those of views as they are at the row's event time. */
export function encodeFeatures(exchange: Exchange): void {
  const { endpoint, rows, serving } = exchange;
  const { features } = endpoint;
  const width = features.names.length;
  const atMs = nowMs();
  const out = featureMemory(rows.length * width);
  for (let row = 0; row < rows.length; row++) {
    const values = rows[row] ?? [];
    const eventTimeMs = features.eventTimeMs(values, atMs);
    exchange.eventTimesMs.push(eventTimeMs);
    features.encode(values, eventTimeMs, serving.windows, out, row * width);
  }
  exchange.features = out;
}
