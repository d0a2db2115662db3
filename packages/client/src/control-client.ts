import {
  apiRoutes,
  type ApiRoutes,
  type Route,
  type RouteBody,
  type RouteName,
  type RouteParams,
  type RouteQuery,
  type RouteResponse,
} from '@mulle/contract';
import type { Fetch, FetchAnswer } from './fetch.ts';
import { send } from './retry.ts';

export interface ClientOptions {
  /** Address of the control port, e.g. `http://127.0.0.1:5150`. */
  url: string;
  /** API key; none is needed on a loopback installation with a local owner. */
  key?: string | undefined;
  timeoutMs?: number;
  tries?: number;
  /** Of calls whose answer is JSON; default: the global `fetch`. */
  fetch?: Fetch;
}

type Present<K extends string, T> = undefined extends T
  ? T extends undefined
    ? object
    : { [P in K]?: T }
  : { [P in K]: T };
type AllOptional<T> = object extends T ? true : false;
type OptionalQuery<T> = T extends undefined ? object : AllOptional<T> extends true ? { query?: T } : { query: T };

/** What a route takes: its path parameters, query and body, as far as it has them. */
export type CallInput<R extends Route> = Present<'params', RouteParams<R>> &
  OptionalQuery<RouteQuery<R>> &
  Present<'body', RouteBody<R>>;

type Scalar = string | number | boolean;

interface LooseInput {
  params?: Record<string, Scalar>;
  query?: Record<string, Scalar | undefined>;
  body?: unknown;
}

export interface CallOptions {
  signal?: AbortSignal;
  timeoutMs?: number;
}

/** A client of the control API, typed by the contract's route table. */
export interface ControlClient {
  readonly url: string;
  call<N extends RouteName>(
    name: N,
    input: CallInput<ApiRoutes[N]>,
    options?: CallOptions,
  ): Promise<RouteResponse<ApiRoutes[N]>>;
  /** For routes that answer bytes, server-sent events or NDJSON. */
  stream<N extends RouteName>(
    name: N,
    input: CallInput<ApiRoutes[N]>,
    options?: CallOptions & { headers?: Record<string, string> },
  ): Promise<Response>;
  /** `putBlob`: stores bytes, answers their digest. */
  putBlob(bytes: Uint8Array | ReadableStream<Uint8Array>): Promise<{ digest: string; bytes: number }>;
}

/** The URL of a route with its parameters in place; throws TypeError where one is missing. */
export function routeUrl(base: string, route: Route, input: LooseInput): string {
  const path = route.path.replaceAll(/\{(\w+)\}/g, (_, name: string) => {
    const value = input.params?.[name];
    if (value === undefined) throw new TypeError(`${route.path} needs the parameter "${name}".`);
    return encodeURIComponent(String(value));
  });
  const query = new URLSearchParams();
  for (const [name, value] of Object.entries(input.query ?? {})) {
    if (value !== undefined) query.append(name, String(value));
  }
  return `${base}${path}${query.size > 0 ? `?${query.toString()}` : ''}`;
}

/** Makes a client. Errors are ApiError with a code of the contract's table. */
export function createControlClient(options: ClientOptions): ControlClient {
  const base = options.url.replace(/\/+$/, '');
  const authorization: Record<string, string> =
    options.key === undefined ? {} : { authorization: `Bearer ${options.key}` };

  function request<A extends FetchAnswer>(
    fetched: Fetch<A>,
    route: Route,
    input: LooseInput,
    call: CallOptions & { headers?: Record<string, string> },
  ): Promise<A> {
    const hasBody = input.body !== undefined;
    return send(
      routeUrl(base, route, input),
      {
        method: route.method,
        headers: { ...authorization, ...(hasBody ? { 'content-type': 'application/json' } : {}), ...call.headers },
        ...(hasBody ? { body: JSON.stringify(input.body) } : {}),
      },
      {
        tries: options.tries ?? 3,
        timeoutMs: call.timeoutMs ?? options.timeoutMs ?? 30_000,
        repeatable: route.method !== 'POST' && route.method !== 'PATCH',
        signal: call.signal,
      },
      fetched,
    );
  }

  return {
    url: base,
    async call(name, input, call = {}) {
      const response = await request(options.fetch ?? fetch, apiRoutes[name], input as LooseInput, call);
      return (await response.json()) as never;
    },
    stream(name, input, call = {}) {
      // A stream has no end of its own: the caller's signal ends it.
      return request(fetch, apiRoutes[name], input as LooseInput, { timeoutMs: 2 ** 31 - 1, ...call });
    },
    async putBlob(bytes) {
      const streaming = bytes instanceof ReadableStream;
      const response = await send(
        `${base}${apiRoutes.putBlob.path}`,
        {
          method: 'PUT',
          headers: { ...authorization, 'content-type': 'application/octet-stream' },
          body: streaming ? bytes : new Blob([new Uint8Array(bytes)]),
          ...(streaming ? { duplex: 'half' } : {}),
        } as RequestInit,
        { tries: streaming ? 1 : (options.tries ?? 3), timeoutMs: options.timeoutMs ?? 600_000, repeatable: true },
        fetch,
      );
      return (await response.json()) as RouteResponse<ApiRoutes['putBlob']>;
    },
  };
}
