import type { CallInput } from '@mulle/client';
import type { ApiRoutes, ErrorCode, RouteName, RouteResponse } from '@mulle/contract';

/** An error of the contract's table. */
export class MockError extends Error {
  readonly code: ErrorCode;
  constructor(code: ErrorCode, message: string) {
    super(message);
    this.code = code;
  }
}

type Handler<N extends RouteName> = (input: CallInput<ApiRoutes[N]>, nowMs: number) => RouteResponse<ApiRoutes[N]>;
/** Some of the contract's routes, each answered in its types. */
export type Handlers = { [N in RouteName]?: Handler<N> };

export function found<T>(value: T | undefined, what: string): T {
  if (value === undefined)
    throw new MockError('not_found', `There is no ${what}. List what there is, or check the name.`);
  return value;
}

export function page<T>(
  items: T[],
  query: { limit?: number; pageToken?: string } = {},
): { items: T[]; nextPageToken?: string } {
  const from = Number(query.pageToken ?? 0);
  const until = from + Number(query.limit ?? 50);
  return { items: items.slice(from, until), ...(until < items.length ? { nextPageToken: String(until) } : {}) };
}
