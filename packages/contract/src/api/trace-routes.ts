import { Type } from '../type.ts';
import { Assessment, Span, SpanSummary, Trace, TraceState } from '../trace.ts';
import { Body, Page, PageQuery, route } from './route.ts';

const trace = Body({ trace: Type.String() });
const assessment = Body({ trace: Type.String(), assessment: Type.String() });
const key = Type.String({ minLength: 1, maxLength: 250 });

export const traceRoutes = {
  listTraces: route({
    method: 'GET',
    path: '/api/traces',
    summary: 'Traces, newest first',
    access: 'viewer',
    query: PageQuery({
      experiment: Type.Optional(Type.String()),
      state: Type.Optional(TraceState),
      name: Type.Optional(Type.String()),
      session: Type.Optional(Type.String()),
      user: Type.Optional(Type.String()),
      run: Type.Optional(Type.String()),
      /** Found in any span's name, inputs, outputs or attributes. */
      text: Type.Optional(Type.String({ maxLength: 1_000 })),
    }),
    response: Page(Trace),
  }),
  getTrace: route({
    method: 'GET',
    path: '/api/traces/{trace}',
    summary: 'One trace with its assessments',
    access: 'viewer',
    params: trace,
    response: Trace,
  }),
  streamSpans: route({
    method: 'GET',
    path: '/api/traces/{trace}/spans',
    summary: 'All spans of a trace by their start, one per line',
    access: 'viewer',
    params: trace,
    responseBody: 'ndjson',
    response: SpanSummary,
  }),
  getSpan: route({
    method: 'GET',
    path: '/api/traces/{trace}/spans/{span}',
    summary: 'One span with all that it tells',
    access: 'viewer',
    params: Body({ trace: Type.String(), span: Type.String() }),
    response: Span,
  }),
  setTraceTag: route({
    method: 'PUT',
    path: '/api/traces/{trace}/tags/{key}',
    summary: 'Set a tag of a trace',
    access: 'member',
    params: Body({ trace: Type.String(), key }),
    body: Body({ value: Type.String({ maxLength: 8_000 }) }),
    response: Type.Object({}),
  }),
  deleteTraceTag: route({
    method: 'DELETE',
    path: '/api/traces/{trace}/tags/{key}',
    summary: 'Remove a tag of a trace',
    access: 'member',
    params: Body({ trace: Type.String(), key }),
    response: Type.Object({}),
  }),
  deleteTrace: route({
    method: 'DELETE',
    path: '/api/traces/{trace}',
    summary: 'Delete a trace with its spans and assessments',
    access: 'maintainer',
    params: trace,
    response: Type.Object({}),
  }),
  createAssessment: route({
    method: 'POST',
    path: '/api/traces/{trace}/assessments',
    summary: 'Give feedback, or say what was expected',
    access: 'member',
    params: trace,
    body: Body({
      name: Assessment.properties.name,
      kind: Type.Enum(['feedback', 'expectation']),
      value: Type.Unknown(),
      spanId: Type.Optional(Type.String()),
      rationale: Type.Optional(Type.String({ maxLength: 10_000 })),
    }),
    response: Assessment,
  }),
  updateAssessment: route({
    method: 'PATCH',
    path: '/api/traces/{trace}/assessments/{assessment}',
    summary: 'Change an assessment',
    access: 'member',
    params: assessment,
    body: Body({
      value: Type.Optional(Type.Unknown()),
      rationale: Type.Optional(Type.String({ maxLength: 10_000 })),
    }),
    response: Assessment,
  }),
  deleteAssessment: route({
    method: 'DELETE',
    path: '/api/traces/{trace}/assessments/{assessment}',
    summary: 'Delete an assessment; the one it took the place of counts again',
    access: 'member',
    params: assessment,
    response: Type.Object({}),
  }),
  listTraceSessions: route({
    method: 'GET',
    path: '/api/trace-sessions',
    summary: 'Conversations, the last one to speak first',
    access: 'viewer',
    query: PageQuery({ experiment: Type.Optional(Type.String()), user: Type.Optional(Type.String()) }),
    response: Page(
      Type.Object({
        id: Type.String(),
        userId: Type.Union([Type.String(), Type.Null()]),
        traces: Type.Integer(),
        errors: Type.Integer(),
        firstAtMs: Type.Number(),
        lastAtMs: Type.Number(),
      }),
    ),
  }),
} as const;
