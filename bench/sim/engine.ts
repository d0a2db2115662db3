import { Sandbox } from '../../e2e/platform/sandbox.ts';
import type { Trial } from '../../e2e/releases/engine-project.ts';
import { runTrials } from '../../e2e/releases/engine-trials.ts';
import { faultRuns } from '../../e2e/releases/fault-runs.ts';
import { shareAtMost, shareWithin, type Figure } from './study.ts';

const perRound: Readonly<Record<Trial, number>> = { 'a-a': 24, harmless: 8, harmful: 6, silent: 2 };

const sum = (counts: Readonly<Record<string, number>>, states: readonly string[]): number =>
  states.reduce((total, state) => total + (counts[state] ?? 0), 0);

/**
 * Rounds of 40 releases through `mulle up` over HTTP, all of a round at once: how many of the readings that the engine
 * told the exported log does not give to 1e-12, how many assignments, propensities and ends are wrong, and how often it
 * errs. What is wrong is named on stderr.
 */
export async function engineTrials(rounds: number, seed: number): Promise<Record<string, Figure>> {
  const sandbox = new Sandbox();
  try {
    const platform = await sandbox.up();
    const round = Object.entries(perRound).flatMap(([trial, count]) =>
      Array.from({ length: count }, () => trial as Trial),
    );
    const { states, ...result } = await runTrials(platform, {
      round,
      rounds,
      visitors: { units: 200, batch: 20 },
      seed,
    });
    for (const problem of result.problems) process.stderr.write(`${problem}\n`);
    process.stderr.write(`${result.runs} releases, ${result.requests} requests, ${JSON.stringify(states)}\n`);
    const runsOf = (trial: Trial): number => rounds * perRound[trial];
    return {
      'engine against its log': shareAtMost(result.problems.length, result.readings, 0),
      'engine type I': shareWithin(sum(states['a-a'], ['promoted', 'rolled-back']), runsOf('a-a'), 0, 0.05),
      'engine promotes harmful': shareAtMost(sum(states.harmful, ['promoted']), runsOf('harmful'), 0.01),
      'engine rolls back harmless': shareWithin(sum(states.harmless, ['rolled-back']), runsOf('harmless'), 0, 0.05),
      'engine concludes on silence': shareAtMost(sum(states.silent, ['promoted', 'rolled-back']), runsOf('silent'), 0),
    };
  } finally {
    await sandbox.remove();
  }
}

/** Kills of each role at each step of a canary and in a promotion: the share of runs in which anything went wrong. */
export async function engineFaults(runs: number, seed: number): Promise<Record<string, Figure>> {
  const sandbox = new Sandbox();
  try {
    const { problems, killed, requests } = await faultRuns(sandbox, runs, seed);
    for (const problem of problems) process.stderr.write(`${problem}\n`);
    process.stderr.write(`${requests} requests, ${JSON.stringify(killed)}\n`);
    return { 'engine under kills': shareAtMost(problems.length, runs, 0) };
  } finally {
    await sandbox.remove();
  }
}
