import type { CallInput } from '@mulle/client';
import { ApiError } from '@mulle/client';
import { apiRoutes, type ApiRoutes, type RouteName, type RouteResponse } from '@mulle/contract';
import {
  keepPreviousData,
  QueryClient,
  useInfiniteQuery,
  useMutation,
  useQuery,
  useQueryClient,
  type Query,
  type UseMutationResult,
  type UseQueryResult,
} from '@tanstack/react-query';
import { control } from './control.ts';

/** Answers stay fresh until the activity stream says otherwise; a slow poll covers what it does not tell. */
export const queryClient = new QueryClient({
  defaultOptions: {
    queries: {
      staleTime: 5_000,
      refetchInterval: 30_000,
      retry: (failures, error) => error instanceof ApiError && error.retryable && failures < 2,
      retryDelay: (failures) => 500 * 2 ** failures,
    },
  },
});

export type Answer<N extends RouteName> = RouteResponse<ApiRoutes[N]>;
export type Item<N extends RouteName> = Answer<N> extends { items: (infer I)[] } ? I : never;

export interface RouteOptions {
  enabled?: boolean;
  refetchInterval?: number | false;
}

/** Reads a route of the control API; cached by its name and input. */
export function useRoute<N extends RouteName>(
  name: N,
  input: CallInput<ApiRoutes[N]>,
  options: RouteOptions = {},
): UseQueryResult<Answer<N>> {
  return useQuery({
    queryKey: [name, input],
    queryFn: ({ signal }) => control().call(name, input, { signal }),
    ...options,
  });
}

/** An answer and when it came. */
export interface Seen<N extends RouteName> {
  readonly atMs: number;
  readonly answer: Answer<N>;
}

/** Ten minutes at one answer every two seconds. */
const seenAnswers = 300;

/** Asks a route again and again and keeps what it answered, for figures that the server tells only as of now. */
export function useRouteHistory<N extends RouteName>(
  name: N,
  input: CallInput<ApiRoutes[N]>,
  everyMs: number,
): UseQueryResult<readonly Seen<N>[]> {
  return useQuery({
    queryKey: [name, input, 'history'],
    queryFn: async ({ signal, client, queryKey }) => {
      const answer = await control().call(name, input, { signal });
      const before = client.getQueryData<readonly Seen<N>[]>(queryKey) ?? [];
      return [...before, { atMs: Date.now(), answer }].slice(-seenAnswers);
    },
    refetchInterval: everyMs,
    structuralSharing: false,
  });
}

/** A list as far as it was asked for, read page by page. */
export interface PagedList<T> {
  readonly query: UseQueryResult<{ items: T[] }>;
  readonly hasMore: boolean;
  readonly loadMore: () => void;
  readonly loadingMore: boolean;
}

type PagedRoute = {
  [N in RouteName]: Answer<N> extends { items: unknown[]; nextPageToken?: string } ? N : never;
}[RouteName];

/** Pages of a list that are read anew when they are out of date; a longer one stays as it was read. */
const pagesKeptFresh = 4;

export function isLongList({ state }: Pick<Query, 'state'>): boolean {
  const { data } = state;
  return typeof data === 'object' && data !== null && 'pages' in data && Array.isArray(data.pages)
    ? data.pages.length > pagesKeptFresh
    : false;
}

interface Filters {
  readonly query?: object;
  readonly body?: object;
}

/** Reads a paged list; `input.query`, or `input.body` of a search, holds its filters. */
export function usePagedRoute<N extends PagedRoute>(
  name: N,
  input: CallInput<ApiRoutes[N]>,
  options: { enabled?: boolean } = {},
): PagedList<Item<N>> {
  const part = apiRoutes[name].method === 'GET' ? 'query' : 'body';
  const query = useInfiniteQuery({
    queryKey: [name, input, 'pages'],
    queryFn: ({ signal, pageParam }) => {
      const filters = (input as Filters)[part];
      const paged = pageParam === '' ? filters : { ...filters, pageToken: pageParam };
      return control().call(name, { ...input, [part]: paged }, { signal }) as Promise<{
        items: Item<N>[];
        nextPageToken?: string;
      }>;
    },
    initialPageParam: '',
    getNextPageParam: (last) => last.nextPageToken,
    select: ({ pages }) => ({ items: pages.flatMap((page) => page.items) }),
    // While the answer to other filters is on its way, what was there before stays in sight.
    placeholderData: keepPreviousData,
    refetchInterval: (read) => (isLongList(read) ? false : 30_000),
    ...options,
  });
  return {
    query: query as unknown as UseQueryResult<{ items: Item<N>[] }>,
    hasMore: query.hasNextPage,
    loadMore: () => void query.fetchNextPage(),
    loadingMore: query.isFetchingNextPage,
  };
}

/** Calls a route that changes nothing that is shown. */
export function useTry<N extends RouteName>(name: N): UseMutationResult<Answer<N>, Error, CallInput<ApiRoutes[N]>> {
  return useMutation({ mutationFn: (input: CallInput<ApiRoutes[N]>) => control().call(name, input) });
}

/** Calls a route that changes something, then reads everything shown anew. */
export function useChange<N extends RouteName>(name: N): UseMutationResult<Answer<N>, Error, CallInput<ApiRoutes[N]>> {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (input: CallInput<ApiRoutes[N]>) => control().call(name, input),
    onSuccess: () => client.invalidateQueries(),
  });
}
