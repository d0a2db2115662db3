import { errorTable, type ErrorCode } from '@mulle/contract/errors';
import { toMulleError, type MulleError } from '#kernel/errors.ts';

/** The error codes of MLflow's protocol that Mulle answers with, and their HTTP status. */
const statuses = {
  INVALID_PARAMETER_VALUE: 400,
  RESOURCE_ALREADY_EXISTS: 400,
  BAD_REQUEST: 400,
  UNAUTHENTICATED: 401,
  PERMISSION_DENIED: 403,
  RESOURCE_DOES_NOT_EXIST: 404,
  ENDPOINT_NOT_FOUND: 404,
  RESOURCE_CONFLICT: 409,
  REQUEST_LIMIT_EXCEEDED: 429,
  INTERNAL_ERROR: 500,
  INVALID_STATE: 500,
  NOT_IMPLEMENTED: 501,
  TEMPORARILY_UNAVAILABLE: 503,
} as const;
export type MlflowErrorCode = keyof typeof statuses;

/** A failure in MLflow's own words, where its clients or their tests read them. */
export class MlflowError extends Error {
  readonly code: MlflowErrorCode;

  constructor(code: MlflowErrorCode, message: string) {
    super(message);
    this.name = 'MlflowError';
    this.code = code;
  }
}

export function invalidParameter(message: string): MlflowError {
  return new MlflowError('INVALID_PARAMETER_VALUE', message);
}

export function doesNotExist(message: string): MlflowError {
  return new MlflowError('RESOURCE_DOES_NOT_EXIST', message);
}

/** Codes of Mulle that MLflow has a name for; the rest goes by its HTTP status. */
const codes: Partial<Record<ErrorCode, MlflowErrorCode>> = {
  not_found: 'RESOURCE_DOES_NOT_EXIST',
  route_not_found: 'ENDPOINT_NOT_FOUND',
  already_exists: 'RESOURCE_ALREADY_EXISTS',
  conflict: 'INVALID_PARAMETER_VALUE',
  invalid_state: 'INVALID_PARAMETER_VALUE',
  invalid_json: 'BAD_REQUEST',
  unauthenticated: 'UNAUTHENTICATED',
  permission_denied: 'PERMISSION_DENIED',
  approval_required: 'PERMISSION_DENIED',
  rate_limited: 'REQUEST_LIMIT_EXCEEDED',
};

function codeOf(error: MulleError): MlflowErrorCode {
  const named = codes[error.code];
  if (named) return named;
  const { httpStatus, retryable } = errorTable[error.code];
  if (httpStatus < 500) return 'INVALID_PARAMETER_VALUE';
  return retryable ? 'TEMPORARILY_UNAVAILABLE' : 'INTERNAL_ERROR';
}

/**
 * What was thrown as MLflow's clients read it. They try 429 and 5xx again for minutes: only what may pass by itself has
 * such a status.
 */
export function toMlflowAnswer(thrown: unknown): {
  status: number;
  body: { error_code: MlflowErrorCode; message: string };
} {
  if (thrown instanceof MlflowError) {
    return { status: statuses[thrown.code], body: { error_code: thrown.code, message: thrown.message } };
  }
  const error = toMulleError(thrown);
  const code = codeOf(error);
  return { status: statuses[code], body: { error_code: code, message: error.message } };
}
