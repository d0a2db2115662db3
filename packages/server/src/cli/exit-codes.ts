import type { ErrorCode } from '@mulle/contract';

/** 0 ok, 1 failure, 2 usage, 3 authentication, 4 not found, 5 a gate said no, 130 interrupted. */
export const exitCodes = {
  ok: 0,
  failure: 1,
  usage: 2,
  authentication: 3,
  notFound: 4,
  gateRejected: 5,
  interrupted: 130,
} as const;

/** The exit code that an error of the contract's table ends the command line with. */
export function exitCodeOf(code: ErrorCode): number {
  switch (code) {
    case 'invalid_argument':
    case 'invalid_config':
    case 'invalid_manifest':
    case 'unknown_field':
      return exitCodes.usage;
    case 'unauthenticated':
    case 'permission_denied':
      return exitCodes.authentication;
    case 'not_found':
    case 'route_not_found':
      return exitCodes.notFound;
    case 'gate_rejected':
    case 'approval_required':
    case 'validation_failed':
      return exitCodes.gateRejected;
    default:
      return exitCodes.failure;
  }
}
