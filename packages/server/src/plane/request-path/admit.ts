import type { SnapshotKey } from '@mulle/contract';
import { monotonicMs } from '#kernel/clock.ts';
import { MulleError } from '#kernel/errors.ts';
import { sha256 } from '#kernel/ids.ts';
import type { Serving } from '../serving/serving.ts';
import type { Caller } from './exchange.ts';

const cachedHeaders = 10_000;

/** Who calls: the key whose SHA-256 the definitions hold. Nobody in particular where authentication is off. */
export function authenticate(caller: Caller): void {
  const { serving, request } = caller;
  if (!serving.authentication) return;
  const header = request.headers.authorization;
  const key = header === undefined ? undefined : (serving.keysByHeader.get(header) ?? keyOf(header, serving));
  if (key === undefined) {
    throw new MulleError(
      'unauthenticated',
      header === undefined
        ? 'Send your API key as "Authorization: Bearer mk_…".'
        : 'This API key is not known. Check it, or make a new one with `mulle keys create`.',
    );
  }
  caller.key = key;
}

function keyOf(header: string, { keys, keysByHeader }: Serving): SnapshotKey | undefined {
  const key = header.startsWith('Bearer ') ? keys.get(sha256(header.slice(7).trim())) : undefined;
  if (key !== undefined && keysByHeader.size < cachedHeaders) keysByHeader.set(header, key);
  return key;
}

/** Whether the key has requests left this second. */
export function limit({ key, services }: Caller): void {
  if (key !== null) services.limiter.take(key, monotonicMs());
}

/** For what changes data: viewers may not. */
export function requireWriter({ key }: Caller): void {
  if (key?.role !== 'viewer') return;
  throw new MulleError('permission_denied', 'This key is a viewer. Recording outcomes needs a member or better.');
}
