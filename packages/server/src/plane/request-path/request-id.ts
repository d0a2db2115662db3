import { provenanceHeaders } from '@mulle/contract';
import { newId } from '#kernel/ids.ts';
import type { HttpRequest } from './http-message.ts';

/** Printable ASCII that stands in JSON as it is. */
const acceptable = /^[\x21\x23-\x5b\x5d-\x7e]{1,128}$/;

/** The caller's `X-Request-ID` or else `given` where it is acceptable; a new one where not. */
export function requestIdOf(request: HttpRequest, given: string | null): string {
  const header = request.headers[provenanceHeaders.requestId];
  if (typeof header === 'string' && acceptable.test(header)) return header;
  return given !== null && acceptable.test(given) ? given : newId();
}
