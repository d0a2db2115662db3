/** What is read of an answer that is text; a `Response` is one. */
export interface FetchAnswer {
  readonly ok: boolean;
  readonly status: number;
  readonly headers: { get(name: string): string | null };
  text(): Promise<string>;
  json(): Promise<unknown>;
}

/** One HTTP request; the global `fetch` is one. */
export type Fetch<A extends FetchAnswer = FetchAnswer> = (url: string, init: RequestInit) => Promise<A>;
