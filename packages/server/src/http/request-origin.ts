import type { IncomingHttpHeaders } from 'node:http';
import { isLoopback } from '#domains/access/index.ts';
import { MulleError } from '#kernel/errors.ts';

function hostName(authority: string): string {
  return authority.replace(/:\d+$/, '').toLowerCase();
}

/**
 * Keeps other web pages out. A page whose name was rebound to 127.0.0.1 sends its own name as Host: on loopback only
 * loopback names pass. A page of another origin is told by its Origin header; only the console's own passes.
 */
export function assertOwnOrigin(headers: IncomingHttpHeaders, onLoopback: boolean): void {
  const host = headers.host ?? '';
  if (onLoopback && !isLoopback(hostName(host))) {
    throw new MulleError(
      'permission_denied',
      `The Host header is "${host}". On this machine call 127.0.0.1 or localhost.`,
    );
  }
  const { origin } = headers;
  if (origin !== undefined && URL.parse(origin)?.host !== host) {
    throw new MulleError(
      'permission_denied',
      `A page of ${origin} may not call Mulle. Calls come from its own console.`,
    );
  }
}
