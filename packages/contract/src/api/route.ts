import { Type, type Static, type TObject, type TSchema } from '../type.ts';
import type { AccessRole } from '../snapshot.ts';

/** Who may call a route: anybody, a role or better, or another role of the platform (internal token). */
export type RouteAccess = 'public' | AccessRole | 'internal';

/**
 * One route of the control API. The table of these is the API: the server registers handlers by name, the OpenAPI
 * document and the TypeScript client are derived from it.
 */
export interface Route {
  readonly method: 'GET' | 'POST' | 'PUT' | 'DELETE' | 'PATCH';
  /** With `{parameters}`; the last may be a wildcard `{path*}`. */
  readonly path: string;
  readonly summary: string;
  readonly access: RouteAccess;
  readonly params?: TObject;
  readonly query?: TObject;
  readonly body?: TSchema;
  readonly response: TSchema;
  /** Bodies that are not one JSON value. */
  readonly requestBody?: 'bytes';
  readonly responseBody?: 'bytes' | 'event-stream' | 'ndjson';
}

export function route<const R extends Route>(definition: R): R {
  return definition;
}

/** A page of a list; `nextPageToken` is opaque and absent on the last page. */
export function Page<T extends TSchema>(item: T) {
  return Type.Object({ items: Type.Array(item), nextPageToken: Type.Optional(Type.String()) });
}

/** Query of a paged list, with the filters of the route beside it. */
export function PageQuery<P extends Record<string, TSchema>>(filters: P) {
  return Type.Object(
    {
      ...filters,
      limit: Type.Optional(Type.Integer({ minimum: 1, maximum: 1_000 })),
      pageToken: Type.Optional(Type.String({ maxLength: 1_024 })),
    },
    { additionalProperties: false },
  );
}

/** A JSON object whose unknown fields are refused. */
export function Body<P extends Record<string, TSchema>>(properties: P) {
  return Type.Object(properties, { additionalProperties: false });
}

type Part<R extends Route, K extends 'params' | 'query' | 'body'> =
  R extends Record<K, infer S extends TSchema> ? Static<S> : undefined;

export type RouteParams<R extends Route> = Part<R, 'params'>;
export type RouteQuery<R extends Route> = Part<R, 'query'>;
export type RouteBody<R extends Route> = Part<R, 'body'>;
export type RouteResponse<R extends Route> = Static<R['response']>;
