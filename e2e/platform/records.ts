import type { PipelineRun, Release, StoredEvent } from '@mulle/contract';
import { expect } from 'vitest';
import { eventually } from './eventually.ts';
import type { Platform } from './sandbox.ts';

/** All that `mulle events export` writes. */
export async function exported(platform: Platform): Promise<StoredEvent[]> {
  const { code, stdout, stderr } = await platform.mulle('events', 'export');
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  return stdout
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as StoredEvent);
}

/** Runs a pipeline to its end, which must be a success. */
export async function runPipeline(platform: Platform, name: string): Promise<PipelineRun> {
  const { id } = await platform.control.call('startPipeline', { params: { name }, body: {} });
  return endOfRun(platform, id, 200_000);
}

/** The run when it has ended; it must have succeeded. */
export async function endOfRun(platform: Platform, id: string, timeoutMs: number): Promise<PipelineRun> {
  const run = await eventually(
    `run ${id} ends`,
    () => platform.control.call('getPipelineRun', { params: { id } }),
    ({ state }) => state !== 'running',
    timeoutMs,
  );
  expect(run.tasks.filter(({ state }) => state !== 'succeeded')).toEqual([]);
  return run;
}

/** The newest release of the endpoint once `fits` holds. */
export async function releaseWhere(
  platform: Platform,
  fits: (release: Release) => boolean,
  timeoutMs: number,
): Promise<Release> {
  const { items } = await eventually(
    'a release',
    () => platform.control.call('listReleases', { query: { endpoint: 'stops' } }),
    (releases) => releases.items.some(fits),
    timeoutMs,
  );
  const found = items.find(fits);
  if (found === undefined) throw new Error('There is no such release.');
  return found;
}

/** Types of the events from the first cause to this one, in order; each event is found by the `causeId` of the next. */
export function causes(events: readonly StoredEvent[], last: StoredEvent | undefined): string[] {
  const byId = new Map(events.map((event) => [event.id, event]));
  const chain: string[] = [];
  for (let event = last; event !== undefined; event = byId.get(event.causeId ?? '')) {
    if (chain.length > 100) throw new Error('The causes go in a circle.');
    chain.unshift(event.type);
  }
  return chain;
}

/** The outputs of a task. */
export function outputs(run: PipelineRun, task: string): Record<string, unknown> {
  return run.tasks.find(({ name }) => name === task)?.outputs ?? {};
}
