import type { IncomingHttpHeaders } from 'node:http';
import type { ApiRoutes, Route, RouteBody, RouteName, RouteParams, RouteQuery, RouteResponse } from '@mulle/contract';
import type { Actor } from '#domains/access/index.ts';

/** A request that passed authentication, its role check and its schemas. */
export interface Call<R extends Route> {
  readonly params: RouteParams<R>;
  readonly query: RouteQuery<R>;
  /** The JSON body; for a route with `requestBody: 'bytes'` the bytes as they come. */
  readonly body: R extends { requestBody: 'bytes' } ? AsyncIterable<Uint8Array> : RouteBody<R>;
  readonly actor: Actor;
  readonly headers: IncomingHttpHeaders;
  /** Aborts when the caller goes away; what streams or waits stops then. */
  readonly signal: AbortSignal;
}

/** One event of a `text/event-stream`; `data` is sent as JSON. */
export interface ServerSentEvent {
  readonly event: string;
  readonly id?: string;
  readonly data: unknown;
}

/** What a handler gives back: the JSON value, or a stream for routes whose body is one. */
export type Answer<R extends Route> = R extends { responseBody: 'bytes' }
  ? { readonly stream: AsyncIterable<Uint8Array>; readonly bytes: number; readonly type?: string }
  : R extends { responseBody: 'event-stream' }
    ? AsyncIterable<ServerSentEvent>
    : R extends { responseBody: 'ndjson' }
      ? AsyncIterable<unknown>
      : RouteResponse<R>;

/** A call of whichever route. */
export type AnyCall = Omit<Call<Route>, 'params' | 'query' | 'body'> & {
  readonly params: unknown;
  readonly query: unknown;
  readonly body: unknown;
};

/**
 * Answers one route. Failures are thrown as MulleError.
 *
 * Both are declared as methods, whose parameters TypeScript compares loosely: the server holds handlers of all routes
 * in one list, and calls each only with what the schemas of its own route let through.
 */
export type Handler<R extends Route> = { answer(call: Call<R>): Promise<Answer<R>> }['answer'];
export type AnyHandler = { answer(call: AnyCall): Promise<unknown> }['answer'];

/** A handler for each route of the table. */
export type Handlers = { readonly [Name in RouteName]: Handler<ApiRoutes[Name]> };
