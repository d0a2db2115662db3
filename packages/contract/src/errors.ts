/**
 * The closed table of everything that can go wrong at a public interface.
 *
 * One row per code: HTTP status, gRPC status and whether the same call may succeed when repeated unchanged.
 * A code, once published, keeps its meaning.
 */
export const errorTable = {
  invalid_json: { httpStatus: 400, grpcStatus: 'INVALID_ARGUMENT', retryable: false },
  invalid_argument: { httpStatus: 400, grpcStatus: 'INVALID_ARGUMENT', retryable: false },
  unknown_field: { httpStatus: 400, grpcStatus: 'INVALID_ARGUMENT', retryable: false },
  missing_feature: { httpStatus: 400, grpcStatus: 'INVALID_ARGUMENT', retryable: false },
  invalid_feature: { httpStatus: 400, grpcStatus: 'INVALID_ARGUMENT', retryable: false },
  invalid_shape: { httpStatus: 400, grpcStatus: 'INVALID_ARGUMENT', retryable: false },
  invalid_config: { httpStatus: 400, grpcStatus: 'INVALID_ARGUMENT', retryable: false },
  invalid_manifest: { httpStatus: 400, grpcStatus: 'INVALID_ARGUMENT', retryable: false },
  unauthenticated: { httpStatus: 401, grpcStatus: 'UNAUTHENTICATED', retryable: false },
  permission_denied: { httpStatus: 403, grpcStatus: 'PERMISSION_DENIED', retryable: false },
  approval_required: { httpStatus: 403, grpcStatus: 'PERMISSION_DENIED', retryable: false },
  route_not_found: { httpStatus: 404, grpcStatus: 'UNIMPLEMENTED', retryable: false },
  not_found: { httpStatus: 404, grpcStatus: 'NOT_FOUND', retryable: false },
  method_not_allowed: { httpStatus: 405, grpcStatus: 'UNIMPLEMENTED', retryable: false },
  already_exists: { httpStatus: 409, grpcStatus: 'ALREADY_EXISTS', retryable: false },
  conflict: { httpStatus: 409, grpcStatus: 'ABORTED', retryable: false },
  invalid_state: { httpStatus: 409, grpcStatus: 'FAILED_PRECONDITION', retryable: false },
  body_too_large: { httpStatus: 413, grpcStatus: 'RESOURCE_EXHAUSTED', retryable: false },
  unsupported_media_type: { httpStatus: 415, grpcStatus: 'INVALID_ARGUMENT', retryable: false },
  validation_failed: { httpStatus: 422, grpcStatus: 'FAILED_PRECONDITION', retryable: false },
  gate_rejected: { httpStatus: 422, grpcStatus: 'FAILED_PRECONDITION', retryable: false },
  rate_limited: { httpStatus: 429, grpcStatus: 'RESOURCE_EXHAUSTED', retryable: true },
  overloaded: { httpStatus: 503, grpcStatus: 'UNAVAILABLE', retryable: true },
  unavailable: { httpStatus: 503, grpcStatus: 'UNAVAILABLE', retryable: true },
  deadline_exceeded: { httpStatus: 504, grpcStatus: 'DEADLINE_EXCEEDED', retryable: true },
  storage_full: { httpStatus: 507, grpcStatus: 'RESOURCE_EXHAUSTED', retryable: true },
  corrupt_data: { httpStatus: 500, grpcStatus: 'DATA_LOSS', retryable: false },
  model_failed: { httpStatus: 502, grpcStatus: 'INTERNAL', retryable: true },
  internal: { httpStatus: 500, grpcStatus: 'INTERNAL', retryable: false },
} as const satisfies Record<string, { httpStatus: number; grpcStatus: string; retryable: boolean }>;

export type ErrorCode = keyof typeof errorTable;
