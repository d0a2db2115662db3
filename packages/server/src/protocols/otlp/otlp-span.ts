import { MulleError } from '#kernel/errors.ts';
import { traceIdOf, type SpanRecord } from '#domains/traces/index.ts';

type Attributes = Readonly<Record<string, unknown>>;

export interface OtlpEvent {
  readonly name: string;
  readonly timeNs: bigint;
  readonly attributes: Attributes;
}
export interface OtlpLink {
  readonly traceId: string;
  readonly spanId: string;
  readonly attributes: Attributes;
}

/** A span as OpenTelemetry has it: ids in hex, 0 and '' where nothing was sent. */
export interface OtlpSpan {
  readonly traceId: string;
  readonly id: string;
  readonly parentId: string;
  readonly name: string;
  readonly startNs: bigint;
  readonly endNs: bigint;
  /** 0 unset, 1 ok, 2 error. */
  readonly statusCode: number;
  readonly statusMessage: string;
  readonly attributes: Attributes;
  readonly events: readonly OtlpEvent[];
  readonly links: readonly OtlpLink[];
}

/** Spans of one source, and what it says of itself. */
export interface ResourceSpans {
  readonly resource: Attributes;
  readonly spans: readonly OtlpSpan[];
}

const statuses = ['unset', 'ok', 'error'] as const;
const latestNs = 1n << 63n;

/** The span as Mulle keeps it. Throws `validation_failed` where it has no ids or times that are none. */
export function toSpanRecord(span: OtlpSpan): SpanRecord {
  if (!/^[0-9a-f]{32}$/.test(span.traceId) || !/^[0-9a-f]{16}$/.test(span.id) || span.startNs >= latestNs) {
    throw new MulleError('validation_failed', 'Cannot convert OpenTelemetry span to MLflow span');
  }
  const traceId = traceIdOf(span.traceId);
  return {
    traceId,
    id: span.id,
    parentId: span.parentId === '' ? null : span.parentId,
    name: span.name,
    status: statuses[span.statusCode] ?? 'unset',
    statusMessage: span.statusMessage,
    startNs: span.startNs,
    endNs: span.endNs === 0n ? null : span.endNs,
    attributes: { ...span.attributes, 'mlflow.traceRequestId': traceId },
    events: span.events.map((event) => ({
      ...event,
      timeNs: String(event.timeNs),
      attributes: { ...event.attributes },
    })),
    links: span.links.map((link) => ({
      ...link,
      traceId: traceIdOf(link.traceId),
      attributes: { ...link.attributes },
    })),
  };
}

/** What a source says of itself, as tags of its traces; the tracer's own marks are left out. */
export function resourceTags(resource: Attributes): Record<string, string> {
  const told = Object.entries(resource).filter(([key]) => !/^(telemetry\.sdk|mlflow)\./.test(key));
  return Object.fromEntries(
    told.map(([key, value]) => [key.slice(0, 250), typeof value === 'string' ? value : JSON.stringify(value)]),
  );
}
