import type { Manifest, Provenance, Release, ReleasePolicy } from '@mulle/contract';
import { expect } from 'vitest';
import { logisticModel } from '../../packages/server/src/plane/testing/onnx-fixture.ts';
import { eventually } from './eventually.ts';
import type { Platform } from './sandbox.ts';

const lineage = {
  runId: null,
  datasetVersion: null,
  featureService: null,
  codeDigest: null,
  parameters: {},
  seed: null,
  environment: {},
};

/** Versions of `m` answer with the logistic function of weight · x + shift; version 1 is where the world begins. */
const versions = [
  [1, 0],
  [1, 0],
  [1, 2],
  [1, -2],
  [-1, 0],
] as const;

/** An endpoint of its own for each policy, all answered by the versions of one model. */
export async function strategyWorld(platform: Platform, policies: Record<string, ReleasePolicy>): Promise<void> {
  const manifest: Manifest = {
    schemaVersion: 1,
    project: 'strategies',
    sources: [],
    datasets: [],
    featureViews: [],
    featureServices: [],
    endpoints: Object.entries(policies).map(([name, policy]) => ({
      name,
      inputs: [
        { name: 'x', type: 'number' },
        { name: 'user', type: 'number' },
      ],
      unit: 'user',
      policy,
      fallback: [],
      timeout: '5s',
    })),
    pipelines: [],
    triggers: [],
    monitors: [],
  };
  await platform.control.call('applyManifest', { body: manifest });
  for (const [weight, shift] of versions) {
    const { digest } = await platform.control.putBlob(Buffer.from(logisticModel([weight], shift)));
    const body = {
      artifactDigest: digest,
      features: ['x'],
      metrics: {},
      lineage,
      description: `${weight} x + ${shift}`,
    };
    await platform.control.call('createModelVersion', { params: { model: 'm' }, body });
  }
  for (const name of Object.keys(policies))
    expect(await platform.mulle('deploy', 'm@1', '--endpoint', name)).toMatchObject({ code: 0 });
}

/** Deploys a challenger and waits until data answers under its release. */
export async function tryVersion(
  platform: Platform,
  endpoint: string,
  version: number,
  ...also: string[]
): Promise<string> {
  const args = ['deploy', `m@${version}`, '--endpoint', endpoint, '--json', ...also];
  const { code, stdout, stderr } = await platform.mulle(...args);
  expect({ code, stderr }).toMatchObject({ code: 0 });
  const { id } = JSON.parse(stdout) as Release;
  await eventually(
    `${endpoint} answers under ${id}`,
    async () => (await platform.inference.predict(endpoint, { x: 0, user: 0 })).metadata.experiment_id,
    (seen) => seen === id,
    20_000,
  );
  return id;
}

/** What became of a release. */
export function untilState(platform: Platform, id: string, ...states: Release['state'][]): Promise<Release> {
  return eventually(
    `release ${id} is ${states.join(' or ')}`,
    () => platform.control.call('getRelease', { params: { id } }),
    ({ state }) => states.includes(state),
    60_000,
  );
}

export interface Asked {
  readonly id: string;
  readonly x: number;
  readonly user: number;
  readonly group: string | null;
  readonly version: string | null;
  readonly score: number;
}

/** Asks for each of so many users from `firstUser` on, a few at a time. */
export async function askUsers(
  platform: Platform,
  endpoint: string,
  count: number,
  firstUser: number,
  xOf: (user: number) => number,
): Promise<Asked[]> {
  const asked: Asked[] = [];
  const lane = async (offset: number): Promise<void> => {
    for (let user = firstUser + offset; user < firstUser + count; user += 8) {
      const x = xOf(user);
      const { score, metadata } = await platform.inference.predict(endpoint, { x, user });
      const { request_id: id, experiment_group: group, model_version: version } = metadata;
      asked.push({ id, x, user, group, version, score });
    }
  };
  await Promise.all(Array.from({ length: 8 }, (_, offset) => lane(offset)));
  return asked;
}

/** Share of the answers that are a version's. */
export function shareOf(asked: readonly Asked[], version: string): number {
  return asked.filter((one) => one.version === version).length / asked.length;
}

/** Asks for several rows at once. */
export async function askRows(platform: Platform, endpoint: string, requestId: string, inputs: readonly object[]) {
  const response = await fetch(`${platform.dataUrl}/v1/endpoints/${endpoint}/predict`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'x-request-id': requestId },
    body: JSON.stringify({ inputs }),
  });
  expect(response.status).toBe(200);
  return (await response.json()) as { scores: number[]; metadata: Provenance };
}

/** New users ask, and what becomes of them is told, until the release has ended. */
export async function playUntil(
  platform: Platform,
  endpoint: string,
  id: string,
  valuesOf: (asked: Asked) => Record<string, number | boolean>,
): Promise<Asked[]> {
  const all: Asked[] = [];
  for (let user = 1; user < 40_000; user += 100) {
    const asked = await askUsers(platform, endpoint, 100, user, () => 0);
    all.push(...asked);
    await tell(platform, endpoint, asked, valuesOf);
    const { state } = await platform.control.call('getRelease', { params: { id } });
    if (state !== 'running') break;
  }
  return all;
}

/** Tells what became of decisions. */
export async function tell(
  platform: Platform,
  endpoint: string,
  asked: readonly Asked[],
  valuesOf: (asked: Asked) => Record<string, number | boolean>,
): Promise<void> {
  const outcomes = asked.map((one) => ({ decisionId: one.id, eventTimeMs: Date.now(), values: valuesOf(one) }));
  await platform.inference.recordOutcomes(endpoint, outcomes);
}
