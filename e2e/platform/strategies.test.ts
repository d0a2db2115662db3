import type { ReleasePolicy } from '@mulle/contract';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { seeded } from './readings.ts';
import { Sandbox, type Platform } from './sandbox.ts';
import { askUsers, strategyWorld, tell, tryVersion, untilState } from './strategy-world.ts';

const sandbox = new Sandbox();
let platform: Platform;

const ending = { maxSeconds: 600, whenInconclusive: 'pause' } as const;
const shadow: ReleasePolicy = {
  kind: 'shadow',
  sample: 1,
  agreement: { tolerance: 0.01, min: 0.9 },
  gates: [{ metric: 'log-loss', label: 'late', margin: 0.01 }],
  slices: ['x'],
  minSeconds: 0,
  minSamples: 100,
  ...ending,
};

beforeAll(async () => {
  platform = await sandbox.up();
  await strategyWorld(platform, { shadow });
});
afterAll(() => sandbox.remove());

const random = seeded(7);
const xOf = (user: number): number => (user % 5) - 2;
const isLate = (x: number): boolean => random() < 1 / (1 + Math.exp(-x));

test('shadow: an equal challenger passes and waits for a person, a worse one is taken back, callers see neither', async () => {
  const equal = await tryVersion(platform, 'shadow', 2);
  const asked = await askUsers(platform, 'shadow', 300, 1, xOf);
  for (const { group, version } of asked) expect({ group, version }).toEqual({ group: 'incumbent', version: '1' });
  await tell(platform, 'shadow', asked, ({ x }) => ({ late: isLate(x) }));
  const passed = await untilState(platform, equal, 'paused', 'rolled-back');
  expect(passed.state).toBe('paused');
  expect(passed.readings.slice(0, 2)).toMatchObject([{ verdict: 'pass' }, { verdict: 'pass' }]);
  const { stdout } = await platform.mulle('releases', 'status', 'shadow');
  expect(stdout).toMatch(/agreement .*pass[\s\S]*log-loss .*pass/);
  expect(await platform.mulle('releases', 'rollback', 'shadow', '--reason', 'enough')).toMatchObject({ code: 0 });

  const worse = await tryVersion(platform, 'shadow', 3);
  await askUsers(platform, 'shadow', 200, 1_000, xOf);
  const refused = await untilState(platform, worse, 'paused', 'rolled-back');
  expect(refused.state).toBe('rolled-back');
  expect(refused.readings[0]).toMatchObject({ verdict: 'fail', challenger: 0 });
  expect(refused.readings.filter(({ segment }) => segment !== undefined)).toHaveLength(5);
});
