import { defineConfig } from 'vitest/config';

/** The suites that start the whole platform and a browser: one file at a time, so that timings mean something. */
export default defineConfig({
  test: {
    include: ['e2e/**/*.test.ts'],
    pool: 'forks',
    fileParallelism: false,
    testTimeout: 120_000,
    hookTimeout: 120_000,
  },
});
