import { errorTable, type ErrorCode } from '@mulle/contract/errors';

/** What an error may carry beside its sentence: machine-readable details, and how long to wait before a retry. */
export interface ErrorContext {
  cause?: unknown;
  details?: Record<string, unknown>;
  retryAfterSeconds?: number;
}

/**
 * The one error class. `message` says what was wrong with which value, and what to do.
 * The code decides status and retryability through the contract's error table.
 */
export class MulleError extends Error {
  readonly code: ErrorCode;
  readonly details: Record<string, unknown> | undefined;
  readonly retryAfterSeconds: number | undefined;

  constructor(code: ErrorCode, message: string, context: ErrorContext = {}) {
    super(message, context.cause === undefined ? undefined : { cause: context.cause });
    this.name = 'MulleError';
    this.code = code;
    this.details = context.details;
    this.retryAfterSeconds = context.retryAfterSeconds;
  }

  get httpStatus(): number {
    return errorTable[this.code].httpStatus;
  }

  get retryable(): boolean {
    return errorTable[this.code].retryable;
  }

  /** The body of every error answer of Mulle's own APIs. */
  toBody(): { error: { code: ErrorCode; message: string; details?: Record<string, unknown> } } {
    return { error: { code: this.code, message: this.message, ...(this.details ? { details: this.details } : {}) } };
  }
}

/** Wraps whatever was thrown: a MulleError stays itself, all else becomes `internal` with its cause kept. */
export function toMulleError(thrown: unknown): MulleError {
  if (thrown instanceof MulleError) return thrown;
  const message = thrown instanceof Error ? thrown.message : String(thrown);
  return new MulleError('internal', message, { cause: thrown });
}
