import { afterEach, beforeEach, expect, test } from 'vitest';
import { Sandbox } from '../platform/sandbox.ts';
import type { Trial } from './engine-project.ts';
import { runTrials } from './engine-trials.ts';
import { plants } from './plants.ts';

let sandbox: Sandbox;
beforeEach(() => {
  sandbox = new Sandbox();
});
afterEach(() => sandbox.remove());

const times = (count: number, trial: Trial): Trial[] => Array.from({ length: count }, () => trial);

test('A/A tests and canaries over HTTP: what the engine told is what the exported log gives, and how it ends is right', async () => {
  const platform = await sandbox.up();
  const round = [...times(6, 'a-a'), ...times(3, 'harmless'), ...times(2, 'harmful'), ...times(1, 'silent')];
  const result = await runTrials(platform, { round, rounds: 1, visitors: { units: 160, batch: 20 }, seed: 41 });
  expect(result.problems).toEqual([]);
  expect(result).toMatchObject({ runs: 12, states: { harmful: { 'rolled-back': 2 }, silent: { paused: 1 } } });
  expect(result.states.harmless).not.toHaveProperty('rolled-back');
  expect(result.readings).toBeGreaterThan(12 * 4);
});

test.each(plants)('$name is seen', async ({ name, trial, accusation }) => {
  const preload = new URL('./plant.ts', import.meta.url).href;
  const platform = await sandbox.up(undefined, { env: { PLANT: name, NODE_OPTIONS: `--import=${preload}` } });
  const trials = { round: [trial], rounds: 1, visitors: { units: 180, batch: 45 }, seed: 43 };
  const { problems } = await runTrials(platform, trials);
  expect(problems.join('\n')).toMatch(accusation);
});
