import { createInferenceClient, type InferenceClient } from '@mulle/client';
import type { Release } from '@mulle/contract';
import { eventually } from '../platform/eventually.ts';
import { seeded } from '../platform/readings.ts';
import type { Platform, Sandbox } from '../platform/sandbox.ts';
import { endpointName, engineProject, policyOf, swiftCanary } from './engine-project.ts';
import { exportedEvents } from './engine-trials.ts';
import { judgeRelease } from './judge-release.ts';
import { refold } from './refold.ts';

const roles = ['control', 'data', 'work'] as const;
/** Steps of the canary, and a promotion by hand that is on its way. */
const moments = [0, 1, 2, 'promotion'] as const;
const [test, canary] = [endpointName(0), endpointName(1)];
const patienceMs = 60_000;

export interface FaultRunsResult {
  readonly runs: number;
  readonly requests: number;
  readonly readings: number;
  /** By role and moment, how often it was killed there. */
  readonly killed: Record<string, number>;
  readonly problems: string[];
}

/** Callers of both endpoints. Of the A/B test they are always the same hundred, so that none may change its arm. */
class Callers {
  readonly problems: string[] = [];
  requests = 0;
  readonly #inference: InferenceClient;
  readonly #arms = new Map<string, string>();
  readonly #ending = new AbortController();
  readonly #lanes: Promise<void>[];

  constructor({ dataUrl }: Platform) {
    // As every client of the SDK: what cannot be reached is tried again.
    this.#inference = createInferenceClient({ url: dataUrl, tries: 6, timeoutMs: 10_000 });
    this.#lanes = [0, 1, 2, 3].map((lane) => this.#lane(lane));
  }

  async stop(): Promise<void> {
    this.#ending.abort();
    await Promise.all(this.#lanes);
  }

  async #lane(lane: number): Promise<void> {
    for (let visit = lane; !this.#ending.signal.aborted; visit += 4) {
      try {
        await this.#ask(canary, `visitor-${this.requests}-${lane}`, visit);
        const user = `regular-${visit % 100}`;
        const { experiment_id: release, experiment_group: arm } = await this.#ask(test, user, visit);
        const key = `${release} ${user}`;
        if (arm === null) continue;
        if ((this.#arms.get(key) ?? arm) !== arm) this.problems.push(`${key} changed its arm to ${arm}`);
        this.#arms.set(key, arm);
      } catch (error) {
        this.problems.push(`a request failed: ${String(error)}`);
      }
    }
  }

  async #ask(endpoint: string, user: string, visit: number) {
    const input = { user, luck: 0.5, habit: (visit % 7) - 3, country: 'KR' };
    const { metadata } = await this.#inference.predict(endpoint, input);
    this.requests += 1;
    const values = { bought: visit % 3 === 0, spent: 10 + input.habit };
    if (visit % 2 === 0) await this.#inference.recordOutcomes(endpoint, [{ decisionId: metadata.request_id, values }]);
    return metadata;
  }
}

async function release(platform: Platform, id: string): Promise<Release | null> {
  // Control may be the one that was killed.
  return platform.control.call('getRelease', { params: { id } }).catch(() => null);
}

async function startTrial({ control }: Platform, endpoint: string, policy: typeof swiftCanary): Promise<string> {
  const { incumbent } = await control.call('getEndpoint', { params: { name: endpoint } });
  const single = { ruleSet: 'steady', policy: { kind: 'single' } as const };
  if (incumbent === null) await control.call('deploy', { params: { name: endpoint }, body: single });
  const body = { ruleSet: incumbent?.includes('twin') === true ? 'steady' : 'twin', policy };
  return (await control.call('deploy', { params: { name: endpoint }, body })).id;
}

/** One canary: a role is killed at a moment of it; whatever then happens has to end well. */
async function faultRun(
  sandbox: Sandbox,
  platform: Platform,
  role: (typeof roles)[number],
  moment: (typeof moments)[number],
  delayMs: number,
): Promise<{ id: string; problems: string[] }> {
  const id = await startTrial(platform, canary, swiftCanary);
  const step = moment === 'promotion' ? 0 : moment;
  await eventually(
    `${id} is at step ${step}`,
    () => release(platform, id),
    (now) => now !== null && (now.step >= step || now.state !== 'running'),
    patienceMs,
  );
  const body = { reason: 'Seen enough.' };
  const promoted =
    moment === 'promotion'
      ? platform.control.call('promoteRelease', { params: { id }, body }).catch(() => null)
      : undefined;
  // The kill has no event to wait for: it is spread over what goes on.
  await new Promise((resolve) => setTimeout(resolve, delayMs));
  const end = ` role ${role}`;
  // The one that was killed last may still be starting again.
  const [running] = await eventually(
    `${role} runs`,
    () => sandbox.processes().filter(({ command }) => command.endsWith(end)),
    (found) => found.length > 0,
  );
  if (running !== undefined) process.kill(running.pid, 'SIGKILL');
  await promoted;
  const after = await eventually(
    `${id} has ended after ${role} was killed`,
    () => release(platform, id),
    (now) => now !== null && now.state !== 'running',
    patienceMs,
  );
  const problems = after?.state === 'promoted' ? [] : [`${id} is ${after?.state} after ${role} was killed`];
  const { items } = await platform.control.call('listReleases', { query: { endpoint: canary, state: 'promoted' } });
  if (items.length !== 1) problems.push(`${items.length} releases are promoted at once after ${role} was killed`);
  const variant = after?.strategy.kind === 'canary' && after.strategy.challenger;
  const wanted = variant && variant.kind === 'rules' ? variant.ruleSet : '';
  await eventually(
    `callers are answered by what was promoted, ${wanted}`,
    async () => (await platform.control.call('getEndpoint', { params: { name: canary } })).incumbent,
    (incumbent) => incumbent?.includes(wanted) === true,
    patienceMs,
  );
  return { id, problems };
}

/**
 * Kills each role at each step of a canary and in the middle of a promotion, over and over, while callers go on: no
 * request may fail, nobody's arm may change, each release ends in a legal state, and the log gives what was told.
 */
export async function faultRuns(sandbox: Sandbox, count: number, seed: number): Promise<FaultRunsResult> {
  const random = seeded(seed);
  const platform = await sandbox.up();
  await platform.control.call('applyManifest', { body: engineProject(2) });
  const tested = await startTrial(platform, test, { ...policyOf('a-a') });
  await startTrial(platform, canary, { kind: 'single' });
  await eventually(
    'callers are answered',
    () => platform.inference.predict(test, { user: 'first', luck: 1, habit: 0, country: 'KR' }).catch(() => null),
    (answer) => answer?.metadata.experiment_id === tested,
    patienceMs,
  );
  const callers = new Callers(platform);
  const result = {
    runs: count,
    requests: 0,
    readings: 0,
    killed: {} as Record<string, number>,
    problems: [] as string[],
  };
  const ids = [tested];
  // Every role and moment once, in an order that the seed says, and so again.
  const pairs = roles.flatMap((role) => moments.map((moment) => ({ role, moment, order: 0 })));
  try {
    for (let run = 0; run < count; run += 1) {
      if (run % pairs.length === 0) for (const pair of pairs) pair.order = random();
      const { role, moment } = pairs.toSorted((a, b) => a.order - b.order)[run % pairs.length] ?? pairs[0] ?? never();
      const { id, problems } = await faultRun(sandbox, platform, role, moment, random() * 300);
      ids.push(id);
      result.problems.push(...problems);
      const at = `${role} at ${moment}`;
      result.killed[at] = (result.killed[at] ?? 0) + 1;
    }
  } finally {
    await callers.stop();
  }
  result.problems.push(...callers.problems);
  result.requests = callers.requests;
  const events = await exportedEvents(platform);
  for (const id of ids) {
    const { series } = await platform.control.call('getReleaseEvidence', { params: { id } });
    const last = await platform.control.call('getRelease', { params: { id } });
    const folded = refold(last, series, events);
    result.readings += folded.readings;
    result.problems.push(...folded.problems, ...judgeRelease(last, events));
  }
  return result;
}

function never(): never {
  throw new RangeError('There is a role to kill.');
}
