/**
 * Spans of a `traces.json`, as MLflow's clients write it, for OTLP. Ids are bytes in base64, times are numbers beyond
 * what JavaScript holds exactly, and values of attributes are JSON texts.
 */
import { fits, Type } from '@mulle/contract';
import type { Static } from 'typebox';
import { MulleError } from '#kernel/errors.ts';

const attributes = Type.Optional(Type.Union([Type.Record(Type.String(), Type.Unknown()), Type.Null()]));
const nanoseconds = Type.Optional(Type.Union([Type.String(), Type.Null()]));

const ClientSpans = Type.Object({
  spans: Type.Array(
    Type.Object({
      trace_id: Type.String(),
      span_id: Type.String(),
      parent_span_id: Type.Optional(Type.Union([Type.String(), Type.Null()])),
      name: Type.String(),
      start_time_unix_nano: nanoseconds,
      end_time_unix_nano: nanoseconds,
      status: Type.Optional(Type.Object({ code: Type.Optional(Type.String()), message: Type.Optional(Type.String()) })),
      attributes,
      events: Type.Optional(Type.Array(Type.Object({ name: Type.String(), time_unix_nano: nanoseconds, attributes }))),
      links: Type.Optional(Type.Array(Type.Object({ trace_id: Type.String(), span_id: Type.String(), attributes }))),
    }),
  ),
});
type ClientSpan = Static<typeof ClientSpans>['spans'][number];

/** In the JSON of OTLP. */
export interface ExportedSpan {
  /** 32 hex digits. */
  readonly traceId: string;
  readonly [field: string]: unknown;
}

/** Times become text, so that no digit is lost; a name within a text has its quotes escaped. */
function withTextTimes(json: string): string {
  return json.replaceAll(/(?<!\\)"((?:start_|end_)?time_unix_nano)":\s*(\d+)/g, '"$1":"$2"');
}

/** Throws `invalid_argument` on what is no such file. */
export function readClientSpans(json: string): ExportedSpan[] {
  let file: unknown;
  try {
    file = JSON.parse(withTextTimes(json));
  } catch (cause) {
    throw new MulleError('invalid_argument', 'The spans of the trace are no JSON.', { cause });
  }
  if (fits(ClientSpans, file)) return file.spans.map(toExported);
  throw new MulleError('invalid_argument', 'The spans of the trace are written in a way that is not known here.');
}

function toExported(span: ClientSpan): ExportedSpan {
  return {
    traceId: hexOf(span.trace_id, 16),
    spanId: hexOf(span.span_id, 8),
    parentSpanId: span.parent_span_id ? hexOf(span.parent_span_id, 8) : '',
    name: span.name,
    startTimeUnixNano: span.start_time_unix_nano ?? '0',
    endTimeUnixNano: span.end_time_unix_nano ?? '0',
    status: { code: span.status?.code ?? 'STATUS_CODE_UNSET', message: span.status?.message ?? '' },
    attributes: keyValues(span.attributes, parsed),
    events: (span.events ?? []).map((event) => ({
      name: event.name,
      timeUnixNano: event.time_unix_nano ?? '0',
      attributes: keyValues(event.attributes),
    })),
    links: (span.links ?? []).map((link) => ({
      traceId: hexOf(link.trace_id, 16),
      spanId: hexOf(link.span_id, 8),
      attributes: keyValues(link.attributes),
    })),
  };
}

/** Of base64, or hex as some clients have it. */
function hexOf(id: string, bytes: number): string {
  const plain = id.replace(/^(0x|tr-)/, '');
  return new RegExp(`^[0-9a-f]{${2 * bytes}}$`).test(plain) ? plain : Buffer.from(id, 'base64').toString('hex');
}

function parsed(value: unknown): unknown {
  if (typeof value !== 'string') return value;
  try {
    return JSON.parse(value);
  } catch {
    return value;
  }
}

function keyValues(
  given: Static<typeof attributes> | undefined,
  read: (value: unknown) => unknown = (value) => value,
): object[] {
  return Object.entries(given ?? {}).map(([key, value]) => ({ key, value: anyValue(read(value)) }));
}

function anyValue(value: unknown): object {
  switch (typeof value) {
    case 'string':
      return { stringValue: value };
    case 'boolean':
      return { boolValue: value };
    case 'number':
      return Number.isSafeInteger(value) ? { intValue: String(value) } : { doubleValue: value };
    default:
      if (Array.isArray(value)) return { arrayValue: { values: value.map(anyValue) } };
      if (value === null || value === undefined) return {};
      return {
        kvlistValue: { values: Object.entries(value).map(([key, inner]) => ({ key, value: anyValue(inner) })) },
      };
  }
}
