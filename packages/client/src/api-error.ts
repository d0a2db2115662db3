import { errorTable, type ErrorCode } from '@mulle/contract';
import type { FetchAnswer } from './fetch.ts';

/** An error answer of Mulle, or `unavailable` where none came. */
export class ApiError extends Error {
  readonly code: ErrorCode;
  /** HTTP status; 0 where no answer came. */
  readonly status: number;
  readonly retryAfterMs: number | undefined;
  readonly details: unknown;

  constructor(
    code: ErrorCode,
    message: string,
    options: { status: number; retryAfterMs?: number | undefined; details?: unknown; cause?: unknown },
  ) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = 'ApiError';
    this.code = code;
    this.status = options.status;
    this.retryAfterMs = options.retryAfterMs;
    this.details = options.details;
  }

  get retryable(): boolean {
    return errorTable[this.code].retryable;
  }
}

function isErrorCode(code: unknown): code is ErrorCode {
  return typeof code === 'string' && Object.hasOwn(errorTable, code);
}

/** Reads an answer that is no success into an ApiError; a body that is not Mulle's keeps its first 200 characters. */
export async function readApiError(response: FetchAnswer): Promise<ApiError> {
  const text = await response.text();
  const retryAfter = Number(response.headers.get('retry-after'));
  const options = { status: response.status, retryAfterMs: retryAfter > 0 ? retryAfter * 1_000 : undefined };
  try {
    const body: unknown = JSON.parse(text);
    if (typeof body === 'object' && body !== null && 'error' in body) {
      const error = body.error;
      if (typeof error === 'object' && error !== null && 'code' in error && isErrorCode(error.code)) {
        const message = 'message' in error ? String(error.message) : error.code;
        return new ApiError(error.code, message, {
          ...options,
          details: 'details' in error ? error.details : undefined,
        });
      }
    }
  } catch {
    // Not JSON: an answer of something in between, told as it is below.
  }
  const code = response.status === 429 ? 'rate_limited' : response.status >= 500 ? 'unavailable' : 'internal';
  return new ApiError(code, `HTTP ${response.status}: ${text.slice(0, 200)}`, options);
}
