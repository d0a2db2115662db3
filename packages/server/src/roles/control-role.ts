import { mkdirSync } from 'node:fs';
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { homeLayout, type Config, type RoleConfig } from '#config/index.ts';
import { AccessService, accessMigrations, AuditLog, isLoopback, type AccessTables } from '#domains/access/index.ts';
import {
  ActivityIntake,
  ActivityService,
  activityMigrations,
  EventRelay,
  relayedAtOnce,
  type ActivityTables,
} from '#domains/activity/index.ts';
import { ArtifactsService, artifactsMigrations, type ArtifactsTables } from '#domains/artifacts/index.ts';
import { DatasetsService, datasetsMigrations, type DatasetsTables } from '#domains/datasets/index.ts';
import {
  endpointMigrations,
  readDataStatuses,
  SnapshotPublisher,
  SnapshotSource,
  type EndpointTables,
} from '#domains/endpoints/index.ts';
import { EvaluationDatasetsService, evalsMigrations, ScorersService, type EvalsTables } from '#domains/evals/index.ts';
import {
  ExperimentsService,
  experimentsMigrations,
  LoggedModelsService,
  RunsService,
  type ExperimentsTables,
} from '#domains/experiments/index.ts';
import { kpiMigrations, KpiService, type KpiTables } from '#domains/kpis/index.ts';
import { MonitorService, monitorMigrations, type MonitorTables } from '#domains/monitors/index.ts';
import {
  LeaseService,
  pipelineMigrations,
  PipelineService,
  TriggerService,
  type PipelineTables,
} from '#domains/pipelines/index.ts';
import { ManifestService, projectMigrations, type ProjectTables } from '#domains/project/index.ts';
import { PromptsService } from '#domains/prompts/index.ts';
import {
  lineageCheck,
  LineageService,
  ModelCatalogue,
  RegistryService,
  registryMigrations,
  type RegistryTables,
} from '#domains/registry/index.ts';
import { ruleMigrations, RulesService, type RuleTables } from '#domains/rules/index.ts';
import {
  endpointsServing,
  EvidenceService,
  releaseMigrations,
  ReleaseService,
  type ReleaseTables,
} from '#domains/releases/index.ts';
import { TracesService, tracesMigrations, type TracesTables } from '#domains/traces/index.ts';
import { WheelService } from '#domains/wheel/index.ts';
import { createControlServer, type Handlers } from '#http/index.ts';
import { accessHandlers } from '#http/handlers/access-handlers.ts';
import { activityHandlers } from '#http/handlers/activity-handlers.ts';
import { artifactsHandlers } from '#http/handlers/artifacts-handlers.ts';
import { blobsHandlers } from '#http/handlers/blobs-handlers.ts';
import { datasetsHandlers } from '#http/handlers/datasets-handlers.ts';
import { decisionsHandlers } from '#http/handlers/decisions-handlers.ts';
import { doctorHandlers } from '#http/handlers/doctor-handlers.ts';
import { endpointsHandlers } from '#http/handlers/endpoints-handlers.ts';
import { eventsHandlers } from '#http/handlers/events-handlers.ts';
import { experimentsHandlers } from '#http/handlers/experiments-handlers.ts';
import { healthHandlers } from '#http/handlers/health-handlers.ts';
import { internalHandlers } from '#http/handlers/internal-handlers.ts';
import { kpisHandlers } from '#http/handlers/kpis-handlers.ts';
import { monitorsHandlers } from '#http/handlers/monitors-handlers.ts';
import { pipelinesHandlers } from '#http/handlers/pipelines-handlers.ts';
import { projectHandlers } from '#http/handlers/project-handlers.ts';
import { promptsHandlers } from '#http/handlers/prompts-handlers.ts';
import { registryHandlers } from '#http/handlers/registry-handlers.ts';
import { releasesHandlers } from '#http/handlers/releases-handlers.ts';
import { tracesHandlers } from '#http/handlers/traces-handlers.ts';
import { rulesHandlers } from '#http/handlers/rules-handlers.ts';
import { wheelHandlers } from '#http/handlers/wheel-handlers.ts';
import { toMulleError } from '#kernel/errors.ts';
import { artifactCalls, artifactProxy } from '#protocols/mlflow/artifact-calls.ts';
import { evaluationDatasetCalls } from '#protocols/mlflow/evaluation-dataset-calls.ts';
import { experimentCalls } from '#protocols/mlflow/experiment-calls.ts';
import { loggedModelCalls } from '#protocols/mlflow/logged-model-calls.ts';
import { metricCalls } from '#protocols/mlflow/metric-calls.ts';
import { mlflowProtocol } from '#protocols/mlflow/mlflow-protocol.ts';
import { registryCalls } from '#protocols/mlflow/registry-calls.ts';
import { runCalls } from '#protocols/mlflow/run-calls.ts';
import { scorerCalls } from '#protocols/mlflow/scorer-calls.ts';
import { traceCalls } from '#protocols/mlflow/trace-calls.ts';
import { serverCalls, serverProbes } from '#protocols/mlflow/server-calls.ts';
import { sourceResolver } from '#protocols/mlflow/version-source.ts';
import { otlpProtocol } from '#protocols/otlp/otlp-protocol.ts';
import { openBlobStore, type BlobStore } from '#platform/blobs/index.ts';
import { openDatabase, type Database } from '#platform/database/index.ts';
import { findEvent, JournalReader, Lake, openJournalWriter } from '#platform/events/index.ts';
import type { RunningChild } from '#platform/processes/index.ts';
import { version } from '../version.ts';

type Tables = AccessTables &
  ActivityTables &
  ArtifactsTables &
  DatasetsTables &
  EndpointTables &
  EvalsTables &
  ExperimentsTables &
  KpiTables &
  MonitorTables &
  PipelineTables &
  ProjectTables &
  RegistryTables &
  ReleaseTables &
  TracesTables &
  RuleTables;

const migrations = [
  ...accessMigrations,
  ...activityMigrations,
  ...artifactsMigrations,
  ...datasetsMigrations,
  ...endpointMigrations,
  ...evalsMigrations,
  ...experimentsMigrations,
  ...kpiMigrations,
  ...monitorMigrations,
  ...pipelineMigrations,
  ...projectMigrations,
  ...registryMigrations,
  ...releaseMigrations,
  ...tracesMigrations,
  ...ruleMigrations,
];

const consoleFolder = fileURLToPath(new URL('../../../console/dist', import.meta.url));

function onProblem(thrown: unknown): void {
  process.stderr.write(`${toMulleError(thrown).message}\n`);
}

/** Services of what data scientists track: experiments with their runs, models and files; traces and evaluations. */
function trackingServices(
  kept: { database: Database<Tables>; audit: AuditLog; activity: ActivityService },
  blobs: BlobStore,
) {
  const { database, audit } = kept;
  const experiments = new ExperimentsService(kept);
  const ofExperiments = { database, audit, checkExperiment: (id: string) => experiments.assertExists(id) };
  return {
    experiments,
    runs: new RunsService(kept),
    loggedModels: new LoggedModelsService(database),
    artifacts: new ArtifactsService({ database, blobs }),
    traces: new TracesService(ofExperiments),
    evaluationDatasets: new EvaluationDatasetsService(ofExperiments),
    scorers: new ScorersService(ofExperiments),
  };
}

/** Every domain's service, each handed what it needs of the others. */
async function openServices(config: Config, database: Database<Tables>, blobs: BlobStore) {
  const audit = new AuditLog(database);
  const activity = new ActivityService(database);
  const access = new AccessService({ database, audit, internalToken: config.internalToken, host: config.control.host });
  const kept = { database, activity, audit };
  const manifests = await ManifestService.open({ ...kept, allowedRoots: config.sources.allowedRoots });
  const manifest = manifests.current;
  const tracking = trackingServices(kept, blobs);
  const datasets = new DatasetsService({ ...kept, blobs, definitions: () => manifest()?.manifest.datasets ?? [] });
  const models = new RegistryService({
    ...kept,
    blobs,
    checkLineage: lineageCheck(tracking.runs, datasets),
    aliasPolicies: manifests.aliasPolicies,
  });
  const rules = new RulesService({ ...kept, manifest });
  const releases = new ReleaseService({ ...kept, models, rules, manifest });
  manifests.addFollower(rules);
  manifests.addFollower(releases);
  const serving = (model: string, version?: number) =>
    endpointsServing(releases, manifest()?.manifest.endpoints ?? [], model, version);
  const catalogue = new ModelCatalogue({
    database,
    audit,
    endpointsServing: serving,
  });
  const pipelines = new PipelineService({ ...kept, manifest });
  const leases = new LeaseService({ database, activity, onProblem });
  const triggers = new TriggerService({ database, activity, pipelines, manifest });
  const monitors = new MonitorService({ database, activity, triggers, manifest });
  const source = new SnapshotSource({
    manifest,
    releases,
    models,
    rules,
    access,
    onLoopback: isLoopback(config.data.host),
  });
  const publisher = new SnapshotPublisher({ database, source, onProblem });
  return {
    audit,
    activity,
    access,
    manifests,
    ...tracking,
    datasets,
    models,
    catalogue,
    prompts: new PromptsService(catalogue),
    lineage: new LineageService({ registry: models, endpointsServing: serving }),
    releases,
    kpis: new KpiService({ database, models, manifest }),
    evidence: new EvidenceService({ database, activity, releases }),
    rules,
    pipelines,
    leases,
    triggers,
    monitors,
    publisher,
  };
}

type Services = Awaited<ReturnType<typeof openServices>>;

/** Ids of the last events that control's journal holds: a batch of each relayed topic. */
async function recentIds(reader: JournalReader): Promise<Set<string>> {
  const limit = 2 * relayedAtOnce;
  const end = reader.endOffsets()['control'] ?? 0;
  const request = { writer: 'control', topics: ['activity', 'audit'] as const, limit };
  const { events } = await reader.readAfter({ ...request, afterOffset: Math.max(0, end - limit) });
  return new Set(events.map(({ id }) => id));
}

/** Everything that the API answers, by route. */
function controlHandlers(
  services: Services,
  of: Pick<RoleConfig, 'config' | 'dataUrls'> & { readonly blobs: BlobStore; readonly reader: JournalReader },
): Handlers {
  const { config, dataUrls, blobs, reader } = of;
  const data = { dataUrls: () => dataUrls, internalToken: config.internalToken };
  const wheel = new WheelService({
    activity: services.activity,
    releases: services.releases,
    statuses: () => readDataStatuses(data),
  });
  return {
    ...accessHandlers(services.access, services.audit),
    ...activityHandlers(services.activity),
    ...artifactsHandlers(services),
    ...blobsHandlers(blobs),
    ...datasetsHandlers(services.datasets),
    ...decisionsHandlers({ ...services, find: (id) => findDecision(reader, config, id) }),
    ...doctorHandlers({ home: config.home, audit: services.audit, manifests: services.manifests, data }),
    ...endpointsHandlers(services.manifests, services.releases, data),
    ...eventsHandlers(reader),
    ...experimentsHandlers(services.experiments, services.runs),
    ...healthHandlers(version),
    ...internalHandlers(services),
    ...kpisHandlers(services.kpis),
    ...monitorsHandlers(services.monitors),
    ...pipelinesHandlers(services.pipelines, services.triggers),
    ...projectHandlers(services.manifests),
    ...promptsHandlers(services.prompts),
    ...registryHandlers(services.models, services.catalogue, services.lineage),
    ...releasesHandlers(services.releases, services.evidence),
    ...tracesHandlers(services.traces),
    ...rulesHandlers(services.rules, services),
    ...wheelHandlers(wheel),
  };
}

/** The protocols that other tools' clients speak on the people's port. */
function foreignProtocols(services: Services, blobs: BlobStore, controlBodyBytes: number) {
  const { access, artifacts, catalogue, experiments, loggedModels, models, runs, traces } = services;
  const registry = {
    registry: models,
    catalogue,
    sources: sourceResolver({ registry: models, blobs, artifacts, runs, loggedModels }),
  };
  const shared = {
    authenticate: (authorization: string | undefined) => access.authenticate(authorization),
    onInternalError: (thrown: unknown, requestId: string) =>
      process.stderr.write(`${requestId}: ${String(thrown instanceof Error ? thrown.stack : thrown)}\n`),
  };
  return [
    serverProbes,
    mlflowProtocol({
      ...shared,
      calls: [
        ...serverCalls(),
        ...experimentCalls(experiments),
        ...runCalls(runs),
        ...metricCalls(runs),
        ...artifactCalls(runs, artifacts),
        ...loggedModelCalls(loggedModels, artifacts),
        ...registryCalls(registry),
        ...traceCalls(traces),
        ...evaluationDatasetCalls(services.evaluationDatasets),
        ...scorerCalls(services.scorers),
      ],
    }),
    artifactProxy({ ...shared, artifacts }),
    // Many spans at once are larger than what people send.
    otlpProtocol({ ...shared, traces, maximumBytes: 8 * controlBodyBytes }),
  ];
}

function findDecision(reader: JournalReader, config: Config, id: string) {
  const { journal: dir } = homeLayout(config.home);
  return findEvent(reader, () => new Lake({ dir, onProblem, threads: 1 }), 'decisions', id);
}

/** Wires control: database, domains, event relay, snapshot, and the people's port. */
export async function startControl({ config, dataUrls }: RoleConfig): Promise<RunningChild> {
  const layout = homeLayout(config.home);
  mkdirSync(dirname(layout.database), { recursive: true });
  const database = await openDatabase<Tables>({ url: config.database.url, sqlitePath: layout.database, migrations });
  const blobs = await openBlobStore(layout.blobs, { maximumBytes: config.limits.blobBytes });
  const services = await openServices(config, database, blobs);
  await services.access.assertSafeToListen();
  const journal = await openJournalWriter({ dir: layout.journal, writer: 'control', onProblem });
  const reader = new JournalReader({ dir: layout.journal, onProblem });
  const relay = new EventRelay({
    database,
    sources: { activity: services.activity, audit: services.audit },
    appender: journal,
    recentIds: () => recentIds(reader),
    onProblem,
  });
  await services.rules.settle();
  const intake = new ActivityIntake({ database, activity: services.activity, reader, ownWriter: 'control', onProblem });
  await services.publisher.start();
  await services.leases.start();
  const handlers = controlHandlers(services, { config, dataUrls, blobs, reader });
  const server = createControlServer({
    handlers,
    protocols: foreignProtocols(services, blobs, config.limits.controlBodyBytes),
    authenticate: (authorization) => services.access.authenticate(authorization),
    onLoopback: isLoopback(config.control.host),
    version,
    consoleFolder,
    bodyLimitBytes: config.limits.controlBodyBytes,
    onInternalError: (error, requestId) => process.stderr.write(`${requestId}: ${error.stack ?? error.message}\n`),
  });
  await server.listen({ host: config.control.host, port: config.control.port });
  return {
    details: { port: config.control.port },
    async stop() {
      await server.close();
      services.leases.close();
      await services.publisher.close();
      await intake.close();
      await relay.drained();
      await relay.close();
      services.activity.close();
      await reader.close();
      await journal.close();
      await database.close();
    },
  };
}
