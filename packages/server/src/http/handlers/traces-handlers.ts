import { containing, type TraceClause, type TracesService } from '#domains/traces/index.ts';
import { allOf } from '#platform/filters/index.ts';
import { pageOf, readPosition } from '#platform/database/index.ts';
import type { Handlers } from '../handler.ts';

type TracesHandlers = Pick<
  Handlers,
  | 'listTraces'
  | 'getTrace'
  | 'streamSpans'
  | 'getSpan'
  | 'setTraceTag'
  | 'deleteTraceTag'
  | 'deleteTrace'
  | 'createAssessment'
  | 'updateAssessment'
  | 'deleteAssessment'
  | 'listTraceSessions'
>;

interface ListQuery {
  readonly state?: string;
  readonly name?: string;
  readonly session?: string;
  readonly user?: string;
  readonly run?: string;
  readonly text?: string;
}

function clausesOf(query: ListQuery): TraceClause[] {
  const columns = { state: 'state', name: 'name', session: 'session_id', user: 'user_id' } as const;
  const clauses: TraceClause[] = [];
  for (const key of ['state', 'name', 'session', 'user'] as const) {
    const value = query[key];
    if (value !== undefined) clauses.push({ on: 'trace', column: columns[key], comparator: '=', value });
  }
  if (query.run !== undefined) clauses.push({ on: 'run', comparator: '=', value: query.run });
  if (query.text !== undefined) {
    clauses.push({ on: 'span', column: 'content', comparator: 'ILIKE', value: containing(query.text) });
  }
  return clauses;
}

export function tracesHandlers(traces: TracesService): TracesHandlers {
  return {
    async listTraces({ query }) {
      const after = readPosition(query);
      const search = {
        ...(query.experiment === undefined ? {} : { experimentIds: [query.experiment] }),
        filter: allOf(clausesOf(query)),
        order: [],
      };
      return pageOf(
        query,
        async (count) => (await traces.search(search, after, count)).traces,
        (trace) => JSON.stringify([trace.startedAtMs, trace.id]),
        (trace) => trace,
      );
    },
    getTrace: ({ params }) => traces.getTrace(params.trace),
    async streamSpans({ params }) {
      await traces.getTrace(params.trace);
      return traces.spans(params.trace);
    },
    getSpan: ({ params }) => traces.getSpan(params.trace, params.span),
    async setTraceTag({ params, body }) {
      await traces.setTag(params.trace, params.key, body.value);
      return {};
    },
    async deleteTraceTag({ params }) {
      await traces.deleteTag(params.trace, params.key);
      return {};
    },
    async deleteTrace({ actor, params }) {
      await traces.getTrace(params.trace);
      await traces.deleteTraces(actor, [params.trace]);
      return {};
    },
    async createAssessment({ actor, params, body }) {
      if (body.spanId !== undefined) await traces.getSpan(params.trace, body.spanId);
      return traces.createAssessment(actor, {
        traceId: params.trace,
        spanId: body.spanId ?? null,
        name: body.name,
        kind: body.kind,
        value: body.value,
        error: null,
        rationale: body.rationale ?? null,
        source: { type: 'HUMAN', id: actor.name },
        runId: null,
        metadata: {},
        overrides: null,
      });
    },
    updateAssessment: ({ actor, params, body }) =>
      traces.updateAssessment(actor, params.trace, params.assessment, () => body),
    async deleteAssessment({ actor, params }) {
      await traces.deleteAssessment(actor, params.trace, params.assessment);
      return {};
    },
    async listTraceSessions({ query }) {
      const position = readPosition(query);
      const before = position && { lastAtMs: Number(position[0]), id: String(position[1]) };
      return pageOf(
        query,
        (count) => traces.listSessions(query, before, count),
        (session) => JSON.stringify([session.lastAtMs, session.id]),
        (session) => session,
      );
    },
  };
}
