import { afterEach, expect, test, vi } from 'vitest';
import { serviceUrl } from './required-service.ts';

afterEach(() => {
  vi.unstubAllEnvs();
  vi.restoreAllMocks();
});

test('gives the address', () => {
  vi.stubEnv('MULLE_TEST_ABSENT_URL', 'redis://127.0.0.1:1');
  expect(serviceUrl('Redis', 'MULLE_TEST_ABSENT_URL')).toBe('redis://127.0.0.1:1');
});

test('skips with one line on a machine without the service', () => {
  vi.stubEnv('CI', '');
  vi.stubEnv('MULLE_TEST_ABSENT_URL', '');
  const write = vi.spyOn(process.stderr, 'write').mockReturnValue(true);
  expect(serviceUrl('Redis', 'MULLE_TEST_ABSENT_URL')).toBeUndefined();
  expect(serviceUrl('Redis', 'MULLE_TEST_ABSENT_URL')).toBeUndefined();
  expect(write.mock.calls).toEqual([['Skipped: Redis is not there: set MULLE_TEST_ABSENT_URL to run its suites.\n']]);
});

test('fails in CI', () => {
  vi.stubEnv('CI', 'true');
  vi.stubEnv('MULLE_TEST_ABSENT_URL', '');
  expect(() => serviceUrl('Redis', 'MULLE_TEST_ABSENT_URL')).toThrow('set MULLE_TEST_ABSENT_URL');
});
