import { afterEach, expect, test } from 'vitest';
import { Sandbox } from '../platform/sandbox.ts';
import { faultRuns } from './fault-runs.ts';

const sandbox = new Sandbox();
afterEach(() => sandbox.remove());

test('roles killed at steps of a canary and in a promotion: legal ends, no failed request, nobody changes arms', async () => {
  const { problems, requests, runs } = await faultRuns(sandbox, 5, 7);
  expect(problems).toEqual([]);
  expect({ runs, answered: requests > 500 }).toEqual({ runs: 5, answered: true });
});
