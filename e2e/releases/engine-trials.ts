import type { Release, StoredEvent } from '@mulle/contract';
import { eventually } from '../platform/eventually.ts';
import type { Platform } from '../platform/sandbox.ts';
import { endpointName, engineProject, policyOf, type Trial } from './engine-project.ts';
import { visit, type Visitors } from './engine-traffic.ts';
import { judgeRelease } from './judge-release.ts';
import { refold, samplesOf, wholeFold } from './refold.ts';

export interface Trials {
  /** Trials of one round, an endpoint each, all at once. */
  readonly round: readonly Trial[];
  readonly rounds: number;
  readonly visitors: Visitors;
  readonly seed: number;
}

interface Run {
  readonly trial: Trial;
  readonly id: string;
  readonly endpoint: string;
}

export interface TrialsResult {
  readonly runs: number;
  readonly requests: number;
  /** Readings that were told by the engine and found again in the log. */
  readonly readings: number;
  /** By trial, how often each state was the last. */
  readonly states: Record<Trial, Record<string, number>>;
  readonly problems: string[];
}

const patienceMs = 60_000;

/** All that was ever logged, as everyone may export it. */
export async function exportedEvents(platform: Platform): Promise<StoredEvent[]> {
  const { code, stdout, stderr } = await platform.mulle('events', 'export');
  if (code !== 0) throw new Error(`mulle events export ended with ${code}: ${stderr}`);
  return stdout.split('\n').flatMap((line) => (line === '' ? [] : [JSON.parse(line) as StoredEvent]));
}

async function deploy({ control }: Platform, endpoint: string, trial: Trial): Promise<Run> {
  const { incumbent } = await control.call('getEndpoint', { params: { name: endpoint } });
  if (incumbent === null) {
    const body = { ruleSet: 'steady', policy: { kind: 'single' } as const };
    await control.call('deploy', { params: { name: endpoint }, body });
  }
  const twin = incumbent?.includes('twin') === true ? 'steady' : 'twin';
  const body = { ruleSet: trial === 'harmful' ? 'broken' : twin, policy: policyOf(trial) };
  const { id } = await control.call('deploy', { params: { name: endpoint }, body });
  return { trial, id, endpoint };
}

/** Waits until callers meet the release. A silent one has no callers. */
async function met({ inference }: Platform, { trial, endpoint, id }: Run): Promise<void> {
  if (trial === 'silent') return;
  const ask = { user: 'first', luck: 1, habit: 0, country: 'KR' };
  await eventually(
    `${endpoint} is answered by ${id}`,
    // Until the first definitions are there nobody is answered.
    () =>
      inference.predict(endpoint, ask).then(
        ({ metadata }) => metadata.experiment_id,
        () => null,
      ),
    (answered) => answered === id,
    patienceMs,
  );
}

/** The release at the end of its trial: it has ended, or the engine has read all of the log. */
async function settled({ control }: Platform, { trial, id }: Run, events: readonly StoredEvent[]): Promise<Release> {
  const all = samplesOf(wholeFold(await control.call('getRelease', { params: { id } }), events));
  return eventually(
    `${id}, a ${trial} release, has read ${all} samples`,
    () => control.call('getRelease', { params: { id } }),
    ({ state, readings }) => state !== 'running' || (trial !== 'silent' && samplesOf(readings) >= all),
    patienceMs,
  );
}

/** Takes back what is still being tried, so that the next round begins anew. */
async function end({ control }: Platform, { id, endpoint }: Run): Promise<void> {
  const { state } = await control.call('getRelease', { params: { id } });
  if (state !== 'running' && state !== 'paused') return;
  await control.call('rollbackEndpoint', { params: { name: endpoint }, body: { reason: 'The trial is over.' } });
}

/**
 * Runs releases through the platform as callers and operators would, and holds what the engine told against statistics
 * that are folded anew from the exported log.
 */
export async function runTrials(platform: Platform, { round, rounds, visitors, seed }: Trials): Promise<TrialsResult> {
  const { control, inference } = platform;
  await control.call('applyManifest', { body: engineProject(round.length) });
  const result = {
    runs: 0,
    requests: 0,
    readings: 0,
    states: { 'a-a': {}, harmless: {}, harmful: {}, silent: {} } as TrialsResult['states'],
    problems: [] as string[],
  };
  for (let turn = 0; turn < rounds; turn += 1) {
    const runs: Run[] = [];
    for (const [index, trial] of round.entries()) runs.push(await deploy(platform, endpointName(index), trial));
    for (const run of runs) await met(platform, run);
    const visits = await Promise.all(
      runs.map(async ({ trial, endpoint }, index) =>
        trial === 'silent' ? 0 : visit(inference, endpoint, seed + turn * 1_000 + index, visitors),
      ),
    );
    const events = await exportedEvents(platform);
    for (const run of runs) {
      const release = await settled(platform, run, events);
      const { series } = await control.call('getReleaseEvidence', { params: { id: run.id } });
      const folded = refold(release, series, events);
      result.readings += folded.readings;
      result.problems.push(...folded.problems, ...judgeRelease(release, events));
      const states = result.states[run.trial];
      states[release.state] = (states[release.state] ?? 0) + 1;
      await end(platform, run);
    }
    result.runs += runs.length;
    result.requests += visits.reduce((sum, count) => sum + count, 0);
  }
  return result;
}
