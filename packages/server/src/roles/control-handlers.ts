import { homeLayout, type RoleConfig } from '#config/index.ts';
import { readDataStatuses } from '#domains/endpoints/index.ts';
import { WheelService } from '#domains/wheel/index.ts';
import type { Handlers } from '#http/index.ts';
import { accessHandlers } from '#http/handlers/access-handlers.ts';
import { activityHandlers } from '#http/handlers/activity-handlers.ts';
import { adminHandlers } from '#http/handlers/admin-handlers.ts';
import { artifactsHandlers } from '#http/handlers/artifacts-handlers.ts';
import { batchHandlers } from '#http/handlers/batch-handlers.ts';
import { blobsHandlers } from '#http/handlers/blobs-handlers.ts';
import { datasetsHandlers } from '#http/handlers/datasets-handlers.ts';
import { decisionsHandlers } from '#http/handlers/decisions-handlers.ts';
import { doctorHandlers } from '#http/handlers/doctor-handlers.ts';
import { endpointsHandlers } from '#http/handlers/endpoints-handlers.ts';
import { eventsHandlers } from '#http/handlers/events-handlers.ts';
import { experimentsHandlers } from '#http/handlers/experiments-handlers.ts';
import { healthHandlers } from '#http/handlers/health-handlers.ts';
import { importHandlers } from '#http/handlers/import-handlers.ts';
import { internalHandlers } from '#http/handlers/internal-handlers.ts';
import { kpisHandlers } from '#http/handlers/kpis-handlers.ts';
import { monitorsHandlers } from '#http/handlers/monitors-handlers.ts';
import { pipelinesHandlers } from '#http/handlers/pipelines-handlers.ts';
import { projectHandlers } from '#http/handlers/project-handlers.ts';
import { promptsHandlers } from '#http/handlers/prompts-handlers.ts';
import { registryHandlers } from '#http/handlers/registry-handlers.ts';
import { releasesHandlers } from '#http/handlers/releases-handlers.ts';
import { tracesHandlers } from '#http/handlers/traces-handlers.ts';
import { runCareHandlers } from '#http/handlers/run-care-handlers.ts';
import { rulesHandlers } from '#http/handlers/rules-handlers.ts';
import { wheelHandlers } from '#http/handlers/wheel-handlers.ts';
import type { BlobStore } from '#platform/blobs/index.ts';
import { version } from '../version.ts';
import type { Database } from '#platform/database/index.ts';
import { findEvent, Lake, type JournalReader } from '#platform/events/index.ts';
import type { ControlTables, Services } from './control-services.ts';
import { resetPlatform } from './reset-platform.ts';

export interface HandlerContext extends Pick<RoleConfig, 'config' | 'dataUrls'> {
  readonly database: Database<ControlTables>;
  readonly blobs: BlobStore;
  readonly reader: JournalReader;
  readonly onProblem: (thrown: unknown) => void;
}

/** Everything that the API answers, by route. */
export function controlHandlers(services: Services, context: HandlerContext): Handlers {
  const { config, dataUrls, database, blobs, reader } = context;
  const data = { dataUrls: () => dataUrls, internalToken: config.internalToken };
  const wheel = new WheelService({
    activity: services.activity,
    releases: services.releases,
    statuses: () => readDataStatuses(data),
  });
  return {
    ...accessHandlers(services.access, services.audit),
    ...activityHandlers(services.activity),
    ...adminHandlers((actor, root) => resetPlatform(services, context, actor, root)),
    ...artifactsHandlers(services),
    ...batchHandlers(services.batches),
    ...blobsHandlers(blobs, services.sweep),
    ...datasetsHandlers(services.datasets),
    ...decisionsHandlers({ ...services, find: (id) => findDecision(context, id) }),
    ...doctorHandlers({
      home: config.home,
      database,
      audit: services.audit,
      manifests: services.manifests,
      data,
      batches: services.batches,
    }),
    ...endpointsHandlers(services.manifests, services.releases, data),
    ...eventsHandlers(reader),
    ...experimentsHandlers(services.experiments, services.runs),
    ...runCareHandlers(services.runs, services.organiser),
    ...healthHandlers(version),
    ...importHandlers(services.imports),
    ...internalHandlers(services),
    ...kpisHandlers(services.kpis),
    ...monitorsHandlers(services.monitors),
    ...pipelinesHandlers(services.pipelines, services.triggers, services.runs),
    ...projectHandlers(services.manifests),
    ...promptsHandlers(services.prompts),
    ...registryHandlers(services.models, services.catalogue, services.lineage),
    ...releasesHandlers(services.releases, services.evidence),
    ...tracesHandlers(services.traces),
    ...rulesHandlers(services.rules, services),
    ...wheelHandlers(wheel),
  };
}

function findDecision({ config, reader, onProblem }: HandlerContext, id: string) {
  const { journal: dir } = homeLayout(config.home);
  return findEvent(reader, () => new Lake({ dir, onProblem, threads: 1 }), 'decisions', id);
}
