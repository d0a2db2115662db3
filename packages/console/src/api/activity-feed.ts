import type { Activity, RouteName } from '@mulle/contract';
import { useSyncExternalStore } from 'react';
import { control } from './control.ts';
import { readServerSentEvents } from './server-sent-events.ts';
import { queryClient } from './use-route.ts';

/**
 * The steps of the wheel as they happen, one stream for the whole page.
 *
 * States: connecting → live → lost → (after 1 s, doubling to 15 s) connecting …; `Last-Event-ID` resumes, so that
 * nothing between is missed. Each event makes the answers it outdates be read again, at most every half second.
 */
export interface ActivityFeed {
  readonly connection: 'connecting' | 'live' | 'lost';
  /** Newest first, at most 50. */
  readonly events: readonly Activity[];
}

const outdatedBy: readonly (readonly [prefix: string, routes: readonly RouteName[]])[] = [
  ['finding-', ['listFindings', 'listMonitors', 'listMonitorWindows']],
  ['trigger-', ['listTriggers']],
  ['pipeline-run-', ['listPipelineRuns', 'getPipelineRun', 'listPipelines']],
  ['task-', ['listPipelineRuns', 'getPipelineRun']],
  ['dataset-', ['listDatasets', 'getDataset', 'listDatasetVersions']],
  ['window-', ['listQuarantine']],
  ['run-', ['listRuns', 'getRun', 'listExperiments']],
  ['model-', ['listModels', 'getModel', 'listModelVersions']],
  ['alias-', ['listModels', 'getModel', 'listModelVersions', 'getModelVersion']],
  ['approval-', ['listApprovals']],
  ['release-', ['listReleases', 'getRelease', 'listEndpoints', 'getEndpoint', 'getReleaseEvidence']],
  ['rule-set-', ['listRuleSets', 'listRuleSetVersions', 'getRuleSetVersion']],
  ['host-', ['getEndpointStatus']],
];

let feed: ActivityFeed = { connection: 'connecting', events: [] };
let lastId = '';
let stop: AbortController | undefined;
let sweep: ReturnType<typeof setTimeout> | undefined;
const outdated = new Set<string>();
const listeners = new Set<() => void>();

function publish(next: Partial<ActivityFeed>): void {
  feed = { ...feed, ...next };
  for (const listener of listeners) listener();
}

function markOutdated({ type }: Activity): void {
  outdated.add('wheel');
  for (const [prefix, routes] of outdatedBy) {
    if (type.startsWith(prefix)) for (const route of routes) outdated.add(route);
  }
  const all = type === 'manifest-applied';
  sweep ??= setTimeout(() => {
    sweep = undefined;
    void queryClient.invalidateQueries({ predicate: ({ queryKey }) => all || outdated.has(String(queryKey[0])) });
    outdated.clear();
  }, 500);
}

async function listen(signal: AbortSignal): Promise<void> {
  const headers: Record<string, string> = lastId === '' ? {} : { 'last-event-id': lastId };
  const response = await control().stream('streamActivity', {}, { signal, headers });
  publish({ connection: 'live' });
  for await (const { event, id, data } of readServerSentEvents(response)) {
    lastId = id;
    if (event !== 'activity') continue;
    const activity = JSON.parse(data) as Activity;
    publish({ events: [activity, ...feed.events].slice(0, 50) });
    markOutdated(activity);
  }
}

async function keepListening(signal: AbortSignal): Promise<void> {
  for (let waitMs = 1_000; !signal.aborted; waitMs = Math.min(15_000, waitMs * 2)) {
    try {
      await listen(signal);
      waitMs = 1_000;
    } catch {
      // The connection's state says it; what was asked for meanwhile shows its own error.
    }
    if (signal.aborted) return;
    publish({ connection: 'lost' });
    await new Promise((resolve) => setTimeout(resolve, waitMs));
    publish({ connection: 'connecting' });
  }
}

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  if (stop === undefined) {
    stop = new AbortController();
    void keepListening(stop.signal);
  }
  return () => {
    listeners.delete(listener);
    if (listeners.size > 0) return;
    stop?.abort();
    stop = undefined;
  };
}

export function useActivityFeed(): ActivityFeed {
  return useSyncExternalStore(subscribe, () => feed);
}
