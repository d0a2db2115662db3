/** Traces, assessments and spans as MLflow's protocol writes them. */
import type { Assessment, Span, Trace } from '@mulle/contract';
import type { ToldTrace } from '#domains/traces/index.ts';
import { nowMs } from '#kernel/clock.ts';
import { newId } from '#kernel/ids.ts';
import { invalidParameter } from './mlflow-error.ts';
import { isFields, optionalObject, optionalText, objectList, text, textMap, type Fields } from './request-fields.ts';

const states = { unspecified: 'STATE_UNSPECIFIED', in_progress: 'IN_PROGRESS', ok: 'OK', error: 'ERROR' } as const;

/** `1.5s` of a duration in ms, as protobuf's JSON has it. */
function toDuration(ms: number): string {
  const seconds = Math.trunc(ms / 1_000);
  const rest = Math.abs(ms % 1_000);
  return rest === 0 ? `${seconds}s` : `${seconds}.${String(rest).padStart(3, '0')}s`;
}

function fromDuration(value: string | undefined): number | null {
  if (value === undefined) return null;
  const match = /^(-?\d+(?:\.\d+)?)s$/.exec(value);
  if (match) return Math.round(Number(match[1]) * 1_000);
  throw invalidParameter(`Invalid value "${value}" for parameter 'execution_duration' supplied.`);
}

function toTimestamp(ms: number): string {
  return new Date(ms).toISOString().replace('.000Z', 'Z');
}

function fromTimestamp(name: string, value: string | undefined): number {
  const ms = value === undefined ? nowMs() : Date.parse(value);
  if (Number.isFinite(ms)) return ms;
  throw invalidParameter(`Invalid value "${value}" for parameter '${name}' supplied.`);
}

function unlessNull<T>(value: T | null): T | undefined {
  return value ?? undefined;
}

function unlessEmpty<T extends object>(value: T): T | undefined {
  return Object.keys(value).length > 0 ? value : undefined;
}

export function toTraceInfo(trace: Trace): object {
  return {
    trace_id: trace.id,
    client_request_id: unlessNull(trace.clientRequestId),
    trace_location: { type: 'MLFLOW_EXPERIMENT', mlflow_experiment: { experiment_id: trace.experimentId } },
    request_preview: unlessNull(trace.requestPreview),
    response_preview: unlessNull(trace.responsePreview),
    request_time: toTimestamp(trace.startedAtMs),
    execution_duration: trace.durationMs === null ? undefined : toDuration(trace.durationMs),
    state: states[trace.state],
    trace_metadata: unlessEmpty(traceMetadata(trace)),
    assessments: unlessEmpty(trace.assessments.map(toAssessmentMessage)),
    tags: unlessEmpty(trace.tags),
  };
}

/** Session and user are columns of Mulle's; clients read them among the metadata. */
function traceMetadata({ metadata, sessionId, userId }: Trace): Record<string, string> {
  return {
    ...metadata,
    ...(sessionId === null ? {} : { 'mlflow.trace.session': sessionId }),
    ...(userId === null ? {} : { 'mlflow.trace.user': userId }),
  };
}

export function fromTraceInfo(info: Fields): ToldTrace {
  const id = text(info, 'trace_id');
  const location = optionalObject(info, 'trace_location') ?? {};
  const experiment = optionalObject(location, 'mlflow_experiment') ?? {};
  const wire = optionalText(info, 'state') ?? 'STATE_UNSPECIFIED';
  const state = Object.entries(states).find(([, name]) => name === wire)?.[0];
  if (state !== 'unspecified' && state !== 'in_progress' && state !== 'ok' && state !== 'error') {
    throw invalidParameter(`Invalid value ${JSON.stringify(wire)} for parameter 'state' supplied.`);
  }
  return {
    id,
    experimentId: text(experiment, 'experiment_id'),
    state,
    startedAtMs: fromTimestamp('request_time', optionalText(info, 'request_time')),
    durationMs: fromDuration(optionalText(info, 'execution_duration')),
    clientRequestId: optionalText(info, 'client_request_id') ?? null,
    requestPreview: optionalText(info, 'request_preview') ?? null,
    responsePreview: optionalText(info, 'response_preview') ?? null,
    tags: textMap(info, 'tags'),
    metadata: textMap(info, 'trace_metadata'),
    assessments: objectList(info, 'assessments').map((given) => ({
      ...fromAssessmentMessage(given, id),
      id: optionalText(given, 'assessment_id') ?? newId('a'),
      valid: true,
    })),
  };
}

export function toAssessmentMessage(assessment: Assessment): object {
  return {
    assessment_id: assessment.id,
    assessment_name: assessment.name,
    trace_id: assessment.traceId,
    span_id: unlessNull(assessment.spanId),
    source: { source_type: assessment.source.type, source_id: unlessNull(assessment.source.id) },
    create_time: toTimestamp(assessment.createdAtMs),
    last_update_time: toTimestamp(assessment.updatedAtMs),
    ...valueMessage(assessment),
    rationale: unlessNull(assessment.rationale),
    metadata: unlessEmpty(assessment.metadata),
    overrides: unlessNull(assessment.overrides),
    valid: assessment.valid,
  };
}

function valueMessage({ kind, value, error, name }: Assessment): object {
  if (kind === 'feedback') {
    const message = error && {
      error_code: error.code,
      error_message: unlessNull(error.message),
      stack_trace: unlessNull(error.stackTrace),
    };
    return { feedback: { value: value ?? null, error: message ?? undefined } };
  }
  if (kind === 'issue') return { issue: { issue_id: name, ...(isFields(value) ? value : {}) } };
  // Lists and objects travel as JSON text.
  if (typeof value !== 'object' || value === null) return { expectation: { value: value ?? null } };
  return { expectation: { serialized_value: { serialization_format: 'JSON_FORMAT', value: JSON.stringify(value) } } };
}

/** What a message of an assessment says; its id and whether it counts are the server's. */
export function fromAssessmentMessage(given: Fields, traceId: string): Omit<Assessment, 'id' | 'valid'> {
  const source = optionalObject(given, 'source') ?? {};
  return {
    traceId,
    spanId: optionalText(given, 'span_id') || null,
    name: text(given, 'assessment_name'),
    ...assessedValue(given),
    rationale: optionalText(given, 'rationale') || null,
    source: {
      type: optionalText(source, 'source_type') ?? 'SOURCE_TYPE_UNSPECIFIED',
      id: optionalText(source, 'source_id') ?? null,
    },
    runId: textMap(given, 'metadata')['mlflow.assessment.sourceRunId'] ?? null,
    metadata: textMap(given, 'metadata'),
    overrides: optionalText(given, 'overrides') || null,
    createdAtMs: fromTimestamp('create_time', optionalText(given, 'create_time')),
    updatedAtMs: fromTimestamp('last_update_time', optionalText(given, 'last_update_time')),
  };
}

export function assessedValue(given: Fields): Pick<Assessment, 'kind' | 'value' | 'error'> {
  const feedback = optionalObject(given, 'feedback');
  if (feedback) {
    const error = optionalObject(feedback, 'error');
    return {
      kind: 'feedback',
      value: feedback['value'] ?? null,
      error: error
        ? {
            code: optionalText(error, 'error_code') ?? '',
            message: optionalText(error, 'error_message') ?? null,
            stackTrace: optionalText(error, 'stack_trace') ?? null,
          }
        : null,
    };
  }
  const expectation = optionalObject(given, 'expectation');
  if (expectation) {
    const serialized = optionalObject(expectation, 'serialized_value');
    const value = serialized ? parsed(text(serialized, 'value')) : (expectation['value'] ?? null);
    return { kind: 'expectation', value, error: null };
  }
  const issue = optionalObject(given, 'issue');
  if (issue) return { kind: 'issue', value: issue, error: null };
  throw invalidParameter('Assessment must have either feedback, expectation, or issue value');
}

function parsed(json: string): unknown {
  try {
    return JSON.parse(json);
  } catch {
    throw invalidParameter(`Invalid value ${JSON.stringify(json)} for parameter 'serialized_value' supplied.`);
  }
}

function base64OfHex(hex: string): string {
  return Buffer.from(hex, 'hex').toString('base64');
}

/** A value as OpenTelemetry's AnyValue in protobuf's JSON. */
function toAnyValue(value: unknown): object {
  if (value === null || value === undefined) return {};
  if (typeof value === 'string') return { string_value: value };
  if (typeof value === 'boolean') return { bool_value: value };
  if (typeof value === 'number')
    return Number.isSafeInteger(value) ? { int_value: String(value) } : { double_value: value };
  if (Array.isArray(value)) return { array_value: { values: value.map(toAnyValue) } };
  return { kvlist_value: { values: toKeyValues(value) } };
}

function toKeyValues(attributes: object): object[] {
  return Object.entries(attributes).map(([key, value]) => ({ key, value: toAnyValue(value) }));
}

const statusCodes = { unset: 'STATUS_CODE_UNSET', ok: 'STATUS_CODE_OK', error: 'STATUS_CODE_ERROR' } as const;

/** A span as OpenTelemetry's in protobuf's JSON: bytes in base64. */
export function toSpanMessage(span: Span): object {
  return {
    trace_id: base64OfHex(span.traceId.replace(/^tr-/, '')),
    span_id: base64OfHex(span.id),
    parent_span_id: span.parentId === null ? undefined : base64OfHex(span.parentId),
    name: span.name,
    start_time_unix_nano: span.startNs,
    end_time_unix_nano: unlessNull(span.endNs),
    attributes: toKeyValues(span.attributes),
    events: unlessEmpty(
      span.events.map((event) => ({
        time_unix_nano: event.timeNs,
        name: event.name,
        attributes: toKeyValues(event.attributes),
      })),
    ),
    links: unlessEmpty(
      span.links.map((link) => ({
        trace_id: base64OfHex(link.traceId.replace(/^tr-/, '')),
        span_id: base64OfHex(link.spanId),
        attributes: toKeyValues(link.attributes),
      })),
    ),
    status: { code: statusCodes[span.status], message: span.statusMessage === '' ? undefined : span.statusMessage },
  };
}
