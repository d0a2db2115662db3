import { Type, type Static } from './type.ts';

const nullableString = Type.Union([Type.String(), Type.Null()]);
const nullableNumber = Type.Union([Type.Number(), Type.Null()]);

/** A trace ends with its root span; until then it is in progress. */
export const TraceState = Type.Enum(['unspecified', 'in_progress', 'ok', 'error']);

/** What somebody, a judge or a check says of a trace or of one of its spans. */
export const Assessment = Type.Object({
  id: Type.String(),
  traceId: Type.String(),
  /** The span it speaks of; null for the trace as a whole. */
  spanId: nullableString,
  name: Type.String({ minLength: 1, maxLength: 250 }),
  /** Feedback judges what was answered; an expectation says what should have been. */
  kind: Type.Enum(['feedback', 'expectation', 'issue']),
  value: Type.Unknown(),
  /** Why no value could be given. */
  error: Type.Union([
    Type.Object({ code: Type.String(), message: nullableString, stackTrace: nullableString }),
    Type.Null(),
  ]),
  rationale: nullableString,
  /** `type` is HUMAN, LLM_JUDGE or CODE. */
  source: Type.Object({ type: Type.String({ maxLength: 50 }), id: nullableString }),
  runId: nullableString,
  metadata: Type.Record(Type.String(), Type.String()),
  /** Id of the assessment that this one takes the place of. */
  overrides: nullableString,
  /** False once another overrides it. */
  valid: Type.Boolean(),
  createdAtMs: Type.Number(),
  updatedAtMs: Type.Number(),
});
export type Assessment = Static<typeof Assessment>;

/** One answered request: what came in, what went out, and how many spans tell the way. */
export const Trace = Type.Object({
  /** `tr-` and the 32 hex digits of the OpenTelemetry trace. */
  id: Type.String(),
  experimentId: Type.String(),
  name: nullableString,
  state: TraceState,
  startedAtMs: Type.Number(),
  /** Null while in progress. */
  durationMs: nullableNumber,
  clientRequestId: nullableString,
  requestPreview: nullableString,
  responsePreview: nullableString,
  sessionId: nullableString,
  userId: nullableString,
  tags: Type.Record(Type.String(), Type.String()),
  metadata: Type.Record(Type.String(), Type.String()),
  assessments: Type.Array(Assessment),
  spans: Type.Integer(),
});
export type Trace = Static<typeof Trace>;

/** A span as a waterfall draws it. */
export const SpanSummary = Type.Object({
  id: Type.String(),
  /** Null for the root. */
  parentId: nullableString,
  name: Type.String(),
  /** LLM, CHAIN, TOOL, RETRIEVER, … or UNKNOWN. */
  type: Type.String(),
  status: Type.Enum(['unset', 'ok', 'error']),
  /** Microseconds since the epoch. */
  startUs: Type.Number(),
  durationUs: nullableNumber,
});
export type SpanSummary = Static<typeof SpanSummary>;

const attributes = Type.Record(Type.String(), Type.Unknown());

/** All of a span. Nanoseconds are digits in text: they exceed what a number holds exactly. */
export const Span = Type.Object({
  ...SpanSummary.properties,
  traceId: Type.String(),
  startNs: Type.String({ pattern: '^[0-9]+$' }),
  endNs: Type.Union([Type.String({ pattern: '^[0-9]+$' }), Type.Null()]),
  statusMessage: Type.String(),
  attributes,
  events: Type.Array(Type.Object({ name: Type.String(), timeNs: Type.String(), attributes })),
  links: Type.Array(Type.Object({ traceId: Type.String(), spanId: Type.String(), attributes })),
});
export type Span = Static<typeof Span>;
