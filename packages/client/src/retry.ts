import { ApiError, readApiError } from './api-error.ts';
import type { Fetch, FetchAnswer } from './fetch.ts';

export interface RetryOptions {
  /** Tries in all, the first included. */
  tries: number;
  timeoutMs: number;
  /** Whether the call may be repeated after a failure that leaves open whether it took effect. */
  repeatable: boolean;
  signal?: AbortSignal | undefined;
}

const longestWaitMs = 60_000;

function wait(ms: number, signal: AbortSignal | undefined): Promise<void> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(resolve, ms);
    signal?.addEventListener('abort', () => {
      clearTimeout(timer);
      reject(new ApiError('deadline_exceeded', 'The call was aborted.', { status: 0 }));
    });
  });
}

/** Full jitter over 2ⁿ seconds, or what the server asked for. */
function backoffMs(attempt: number, error: ApiError): number {
  if (error.retryAfterMs !== undefined) return Math.min(longestWaitMs, error.retryAfterMs);
  return Math.random() * Math.min(longestWaitMs, 1_000 * 2 ** attempt);
}

function mayRetry(error: ApiError, repeatable: boolean): boolean {
  // 429 and 503 say that nothing was done; a cut connection, 502 and 504 leave it open.
  if (error.status === 429 || error.status === 503) return true;
  return repeatable && (error.status === 0 || error.status === 502 || error.status === 504);
}

async function once<A extends FetchAnswer>(
  url: string,
  init: RequestInit,
  options: RetryOptions,
  call: Fetch<A>,
): Promise<A> {
  const timeout = AbortSignal.timeout(options.timeoutMs);
  const signal = options.signal === undefined ? timeout : AbortSignal.any([timeout, options.signal]);
  let response: A;
  try {
    response = await call(url, { ...init, signal });
  } catch (cause) {
    if (timeout.aborted) {
      throw new ApiError('deadline_exceeded', `No answer from ${url} within ${options.timeoutMs} ms.`, {
        status: 0,
        cause,
      });
    }
    throw new ApiError('unavailable', `${url} cannot be reached. Is Mulle running there (mulle up)?`, {
      status: 0,
      cause,
    });
  }
  if (!response.ok) throw await readApiError(response);
  return response;
}

/** Sends a request, repeating it after failures that may pass; throws ApiError. Never repeats after the first byte. */
export async function send<A extends FetchAnswer>(
  url: string,
  init: RequestInit,
  options: RetryOptions,
  call: Fetch<A>,
): Promise<A> {
  for (let attempt = 0; ; attempt++) {
    try {
      return await once(url, init, options, call);
    } catch (error) {
      if (!(error instanceof ApiError) || attempt + 1 >= options.tries || !mayRetry(error, options.repeatable))
        throw error;
      await wait(backoffMs(attempt, error), options.signal);
    }
  }
}
