import { expect, test } from 'vitest';
import { RateLimiter } from './rate-limiter.ts';

test('one second of burst, then the rate; Retry-After says when', () => {
  const limiter = new RateLimiter();
  const key = { id: 'k', requestsPerSecond: 10 };
  const allowed = (fromMs: number): number => {
    let count = 0;
    try {
      for (; count < 100; count++) limiter.take(key, fromMs);
    } catch {
      return count;
    }
    return count;
  };
  expect(allowed(0)).toBe(10);
  expect(allowed(500)).toBe(5);
  expect(allowed(10_000)).toBe(10);
  const slow = { ...key, id: 'slow', requestsPerSecond: 0.1 };
  limiter.take(slow, 0);
  expect(() => limiter.take(slow, 0)).toThrow(expect.objectContaining({ code: 'rate_limited', retryAfterSeconds: 10 }));
  limiter.take({ ...key, requestsPerSecond: null }, 0);
});
