import { ApiError } from '@mulle/client';

/**
 * Whether control has refused a call that it would refuse again, so that repeating it would only hold up others. A
 * wrong key is no such refusal: it is set right by an operator, and nothing is to be given up meanwhile.
 */
export function isRefused(error: unknown): error is ApiError {
  if (!(error instanceof ApiError) || error.retryable) return false;
  return error.status >= 400 && error.status < 500 && ![401, 403, 429].includes(error.status);
}
