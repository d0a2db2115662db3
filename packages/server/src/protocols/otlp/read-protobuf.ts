/**
 * Reads an `ExportTraceServiceRequest` of OpenTelemetry (opentelemetry-proto 1.x, trace/v1 and common/v1) from its
 * bytes. Field numbers are those of the protocol; what is not known is skipped, as protobuf wants it.
 */
import { BufferReader, type Reader } from 'protobufjs/minimal.js';
import { MulleError } from '#kernel/errors.ts';
import type { OtlpEvent, OtlpLink, OtlpSpan, ResourceSpans } from './otlp-span.ts';

const maximumDepth = 64;

/** Calls `field` for each field until `end`; what it does not read (false) is skipped. */
function readFields(reader: Reader, end: number, field: (number: number, wireType: number) => boolean): void {
  while (reader.pos < end) {
    const tag = reader.uint32();
    if (!field(tag >>> 3, tag & 7)) reader.skipType(tag & 7);
  }
  if (reader.pos !== end) throw new RangeError('a message does not end where its length says');
}

/** The message whose length comes next. */
function readMessage(reader: Reader, field: (number: number, wireType: number) => boolean): void {
  const length = reader.uint32();
  readFields(reader, reader.pos + length, field);
}

function hex(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('hex');
}

/** A 64-bit field: the low half first. */
function fixed64(reader: Reader): bigint {
  const low = BigInt(reader.fixed32());
  return (BigInt(reader.fixed32()) << 32n) | low;
}

/** A varint as a signed 64-bit integer; beyond what a number holds exactly it stays as text. */
function int64(reader: Reader): number | string {
  const long = reader.int64();
  if (typeof long === 'number') return long;
  const value = (BigInt(long.high) << 32n) | BigInt(long.low >>> 0);
  const number = Number(value);
  return Number.isSafeInteger(number) ? number : String(value);
}

function readAnyValue(reader: Reader, depth: number): unknown {
  if (depth > maximumDepth) throw new RangeError('an attribute is nested too deeply');
  let value: unknown = null;
  readMessage(reader, (number) => {
    if (number === 1) value = reader.string();
    else if (number === 2) value = reader.bool();
    else if (number === 3) value = int64(reader);
    else if (number === 4) value = reader.double();
    else if (number === 5) value = readArray(reader, depth);
    else if (number === 6) value = readKeyValueList(reader, depth);
    else if (number === 7) value = Buffer.from(reader.bytes()).toString('base64');
    else return false;
    return true;
  });
  return value;
}

function readArray(reader: Reader, depth: number): unknown[] {
  const values: unknown[] = [];
  readMessage(reader, (number) => {
    if (number !== 1) return false;
    values.push(readAnyValue(reader, depth + 1));
    return true;
  });
  return values;
}

function readKeyValueList(reader: Reader, depth: number): Record<string, unknown> {
  const values: Record<string, unknown> = {};
  readMessage(reader, (number) => {
    if (number !== 1) return false;
    readKeyValue(reader, values, depth + 1);
    return true;
  });
  return values;
}

function readKeyValue(reader: Reader, into: Record<string, unknown>, depth = 0): void {
  let key = '';
  let value: unknown = null;
  readMessage(reader, (number) => {
    if (number === 1) key = reader.string();
    else if (number === 2) value = readAnyValue(reader, depth);
    else return false;
    return true;
  });
  Object.defineProperty(into, key, { value, enumerable: true, configurable: true, writable: true });
}

function readEvent(reader: Reader): OtlpEvent {
  const event = { name: '', timeNs: 0n, attributes: {} };
  readMessage(reader, (number) => {
    if (number === 1) event.timeNs = fixed64(reader);
    else if (number === 2) event.name = reader.string();
    else if (number === 3) readKeyValue(reader, event.attributes);
    else return false;
    return true;
  });
  return event;
}

function readLink(reader: Reader): OtlpLink {
  const link = { traceId: '', spanId: '', attributes: {} };
  readMessage(reader, (number) => {
    if (number === 1) link.traceId = hex(reader.bytes());
    else if (number === 2) link.spanId = hex(reader.bytes());
    else if (number === 4) readKeyValue(reader, link.attributes);
    else return false;
    return true;
  });
  return link;
}

function readSpan(reader: Reader): OtlpSpan {
  const events: OtlpEvent[] = [];
  const links: OtlpLink[] = [];
  const attributes: Record<string, unknown> = {};
  const span = {
    traceId: '',
    id: '',
    parentId: '',
    name: '',
    startNs: 0n,
    endNs: 0n,
    statusCode: 0,
    statusMessage: '',
  };
  readMessage(reader, (number) => {
    if (number === 1) span.traceId = hex(reader.bytes());
    else if (number === 2) span.id = hex(reader.bytes());
    else if (number === 4) span.parentId = hex(reader.bytes());
    else if (number === 5) span.name = reader.string();
    else if (number === 7) span.startNs = fixed64(reader);
    else if (number === 8) span.endNs = fixed64(reader);
    else if (number === 9) readKeyValue(reader, attributes);
    else if (number === 11) events.push(readEvent(reader));
    else if (number === 13) links.push(readLink(reader));
    else if (number === 15) {
      readMessage(reader, (statusField) => {
        if (statusField === 2) span.statusMessage = reader.string();
        else if (statusField === 3) span.statusCode = reader.int32();
        else return false;
        return true;
      });
    } else return false;
    return true;
  });
  return { ...span, attributes, events, links };
}

function readResourceSpans(reader: Reader): ResourceSpans {
  const resource: Record<string, unknown> = {};
  const spans: OtlpSpan[] = [];
  readMessage(reader, (number) => {
    if (number === 1) {
      readMessage(reader, (resourceField) => {
        if (resourceField !== 1) return false;
        readKeyValue(reader, resource);
        return true;
      });
    } else if (number === 2) {
      readMessage(reader, (scopeField) => {
        if (scopeField !== 2) return false;
        spans.push(readSpan(reader));
        return true;
      });
    } else return false;
    return true;
  });
  return { resource, spans };
}

/** Throws `invalid_argument` on bytes that are no such message. */
export function readProtobuf(bytes: Uint8Array): ResourceSpans[] {
  const reader = new BufferReader(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength));
  const found: ResourceSpans[] = [];
  try {
    readFields(reader, reader.len, (number) => {
      if (number !== 1) return false;
      found.push(readResourceSpans(reader));
      return true;
    });
  } catch (cause) {
    throw new MulleError('invalid_argument', 'Invalid OpenTelemetry format', { cause });
  }
  return found;
}
