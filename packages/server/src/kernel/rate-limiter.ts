import { MulleError } from './errors.ts';

/** What limits a key; null: nothing does. */
export interface RateLimitedKey {
  readonly id: string;
  readonly requestsPerSecond: number | null;
}

interface Bucket {
  tokens: number;
  atMs: number;
}

/**
 * A token bucket per key: it fills at the key's `requestsPerSecond` and holds one second's worth, at least one request.
 * Buckets of keys that are no more are dropped by `retain`. Each process counts for itself.
 */
export class RateLimiter {
  #buckets = new Map<string, Bucket>();

  /** Takes one request's token. Throws `rate_limited` with the time after which there is one again. */
  take({ id, requestsPerSecond }: RateLimitedKey, nowMs: number): void {
    if (requestsPerSecond === null) return;
    const capacity = Math.max(1, requestsPerSecond);
    const bucket = this.#buckets.get(id) ?? { tokens: capacity, atMs: nowMs };
    bucket.tokens = Math.min(capacity, bucket.tokens + ((nowMs - bucket.atMs) / 1_000) * requestsPerSecond);
    bucket.atMs = nowMs;
    this.#buckets.set(id, bucket);
    if (bucket.tokens < 1) {
      const retryAfterSeconds = Math.max(1, Math.ceil((1 - bucket.tokens) / requestsPerSecond));
      throw new MulleError(
        'rate_limited',
        `This key may send ${requestsPerSecond} requests a second. Wait, then retry.`,
        {
          retryAfterSeconds,
        },
      );
    }
    bucket.tokens -= 1;
  }

  forget(id: string): void {
    this.#buckets.delete(id);
  }

  retain(ids: ReadonlySet<string>): void {
    for (const id of this.#buckets.keys()) if (!ids.has(id)) this.#buckets.delete(id);
  }
}
