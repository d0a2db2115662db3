/**
 * Reads an `ExportTraceServiceRequest` from its JSON form: ids in hex, 64-bit numbers as text, names in lowerCamelCase
 * (or as in the .proto, which protobuf's JSON mapping takes as well).
 */
import { MulleError } from '#kernel/errors.ts';
import type { OtlpSpan, ResourceSpans } from './otlp-span.ts';

const maximumDepth = 64;
const invalid = () => new MulleError('invalid_argument', 'Invalid OpenTelemetry format');

type Fields = Readonly<Record<string, unknown>>;

function isFields(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** The field by either of its names. */
function field(of: Fields, name: string): unknown {
  return of[name] ?? of[name.replaceAll(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`)];
}

function list(of: Fields, name: string): Fields[] {
  const value = field(of, name) ?? [];
  if (Array.isArray(value) && value.every(isFields)) return value;
  throw invalid();
}

function text(of: Fields, name: string): string {
  const value = field(of, name) ?? '';
  if (typeof value === 'string') return value;
  throw invalid();
}

function nanoseconds(of: Fields, name: string): bigint {
  const value = field(of, name) ?? '0';
  if (typeof value === 'number' && Number.isInteger(value) && value >= 0) return BigInt(value);
  if (typeof value === 'string' && /^\d{1,20}$/.test(value)) return BigInt(value);
  throw invalid();
}

function int64(value: unknown): number | string {
  const number = Number(value);
  if (Number.isSafeInteger(number)) return number;
  if (typeof value === 'string' && /^-?\d{1,20}$/.test(value)) return value;
  throw invalid();
}

function anyValue(value: unknown, depth: number): unknown {
  if (!isFields(value)) return null;
  if (depth > maximumDepth) throw invalid();
  const string = field(value, 'stringValue');
  if (string !== undefined) return string;
  const number = field(value, 'doubleValue');
  if (number !== undefined) return Number(number);
  const integer = field(value, 'intValue');
  if (integer !== undefined) return int64(integer);
  const array = field(value, 'arrayValue');
  if (isFields(array)) return list(array, 'values').map((item) => anyValue(item, depth + 1));
  const pairs = field(value, 'kvlistValue');
  if (isFields(pairs)) return attributes(pairs, 'values', depth + 1);
  return field(value, 'boolValue') ?? field(value, 'bytesValue') ?? null;
}

function attributes(of: Fields, name: string, depth = 0): Record<string, unknown> {
  return Object.fromEntries(list(of, name).map((pair) => [text(pair, 'key'), anyValue(pair['value'], depth)]));
}

const statusCodes: readonly unknown[] = ['STATUS_CODE_UNSET', 'STATUS_CODE_OK', 'STATUS_CODE_ERROR'];

function statusOf(span: Fields): { statusCode: number; statusMessage: string } {
  const status = field(span, 'status');
  if (!isFields(status)) return { statusCode: 0, statusMessage: '' };
  const code = field(status, 'code') ?? 0;
  return {
    statusCode: typeof code === 'number' ? code : Math.max(0, statusCodes.indexOf(code)),
    statusMessage: text(status, 'message'),
  };
}

function toSpan(span: Fields): OtlpSpan {
  return {
    traceId: text(span, 'traceId').toLowerCase(),
    id: text(span, 'spanId').toLowerCase(),
    parentId: text(span, 'parentSpanId').toLowerCase(),
    name: text(span, 'name'),
    startNs: nanoseconds(span, 'startTimeUnixNano'),
    endNs: nanoseconds(span, 'endTimeUnixNano'),
    ...statusOf(span),
    attributes: attributes(span, 'attributes'),
    events: list(span, 'events').map((event) => ({
      name: text(event, 'name'),
      timeNs: nanoseconds(event, 'timeUnixNano'),
      attributes: attributes(event, 'attributes'),
    })),
    links: list(span, 'links').map((link) => ({
      traceId: text(link, 'traceId').toLowerCase(),
      spanId: text(link, 'spanId').toLowerCase(),
      attributes: attributes(link, 'attributes'),
    })),
  };
}

/** Throws `invalid_argument` on what is no such message. */
export function readJson(bytes: Uint8Array): ResourceSpans[] {
  let request: unknown;
  try {
    request = JSON.parse(Buffer.from(bytes).toString());
  } catch {
    throw invalid();
  }
  if (!isFields(request)) throw invalid();
  return list(request, 'resourceSpans').map((group) => {
    const resource = field(group, 'resource');
    return {
      resource: isFields(resource) ? attributes(resource, 'attributes') : {},
      spans: list(group, 'scopeSpans').flatMap((scope) => list(scope, 'spans').map(toSpan)),
    };
  });
}
