import type { Activity, RouteName } from '@mulle/contract';
import { useSyncExternalStore } from 'react';
import { followStream, type Connection } from './follow-stream.ts';
import type { ServerSentEvent } from './server-sent-events.ts';
import { isLongList, queryClient } from './use-route.ts';

/**
 * The steps of the wheel as they happen, one stream for the whole page. Each event makes the answers it outdates be read
 * again, at most every half second.
 */
export interface ActivityFeed {
  readonly connection: Connection;
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
  ['run-', ['searchRuns', 'getRun', 'listExperiments']],
  ['model-', ['listModels', 'getModel', 'listModelVersions']],
  ['alias-', ['listModels', 'getModel', 'listModelVersions', 'getModelVersion']],
  ['approval-', ['listApprovals']],
  ['release-', ['listReleases', 'getRelease', 'listEndpoints', 'getEndpoint', 'getReleaseEvidence']],
  ['rule-set-', ['listRuleSets', 'listRuleSetVersions', 'getRuleSetVersion']],
  ['host-', ['getEndpointStatus']],
];

let feed: ActivityFeed = { connection: 'connecting', events: [] };
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
    const names = new Set(outdated);
    outdated.clear();
    void queryClient.invalidateQueries({
      predicate: (query) => !isLongList(query) && (all || names.has(String(query.queryKey[0]))),
    });
  }, 500);
}

function onEvent({ event, data }: ServerSentEvent): void {
  if (event !== 'activity') return;
  const activity = JSON.parse(data) as Activity;
  publish({ events: [activity, ...feed.events].slice(0, 50) });
  markOutdated(activity);
}

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  if (stop === undefined) {
    stop = new AbortController();
    void followStream('streamActivity', {}, stop.signal, {
      onConnection: (connection) => publish({ connection }),
      onEvent,
    });
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
