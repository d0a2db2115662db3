import type { SnapshotPublisher } from '#domains/endpoints/index.ts';
import type { MonitorService } from '#domains/monitors/index.ts';
import type { LeaseService, TriggerService } from '#domains/pipelines/index.ts';
import type { ManifestService } from '#domains/project/index.ts';
import type { ReleaseService } from '#domains/releases/index.ts';
import type { RulesService } from '#domains/rules/index.ts';
import type { Handlers } from '../handler.ts';

type InternalHandlers = Pick<
  Handlers,
  | 'streamSnapshot'
  | 'leaseTasks'
  | 'heartbeatTask'
  | 'completeTask'
  | 'listLiveReleases'
  | 'concludeRelease'
  | 'recordMonitorWindows'
  | 'recordRuleHits'
  | 'advanceWatermark'
  | 'fireTrigger'
  | 'currentManifest'
>;

export interface InternalServices {
  readonly publisher: SnapshotPublisher;
  readonly leases: LeaseService;
  readonly triggers: TriggerService;
  readonly monitors: MonitorService;
  readonly releases: ReleaseService;
  readonly manifests: ManifestService;
  readonly rules: RulesService;
}

/** What the other roles of the installation call. */
export function internalHandlers(services: InternalServices): InternalHandlers {
  const { publisher, leases, triggers, monitors, releases, manifests, rules } = services;
  return {
    streamSnapshot: async ({ signal }) => publisher.open(signal),
    leaseTasks: async ({ body, signal }) => ({ tasks: await leases.lease(body.worker, body.slots, signal) }),
    heartbeatTask: ({ params, body }) => leases.heartbeat(params.leaseId, body),
    completeTask: async ({ params, body }) => {
      await leases.complete(params.leaseId, body);
      return {};
    },
    listLiveReleases: async () => {
      const contending = await releases.contending();
      return { releases: contending.filter((release) => release.state === 'running') };
    },
    concludeRelease: ({ params, body }) => releases.conclude(params.id, body),
    recordMonitorWindows: async ({ body }) => ({ findingIds: await monitors.record(body.windows, body.findings) }),
    recordRuleHits: async ({ body }) => {
      await rules.recordHits(body.hits);
      return {};
    },
    advanceWatermark: async ({ body }) => ({
      fired: await triggers.advanceWatermark(body.endpoint, body.eventTimeMs),
    }),
    fireTrigger: async ({ params, body }) => ({ runId: await triggers.fireCron(params.name, body.dueMs) }),
    currentManifest: async () => ({ applied: manifests.current() }),
  };
}
