import { existsSync } from 'node:fs';
import { homeLayout, type Config } from '#config/index.ts';
import { AccessService, accessMigrations, AuditLog, isLoopback, type AccessTables } from '#domains/access/index.ts';
import { ActivityService, activityMigrations, type ActivityTables } from '#domains/activity/index.ts';
import { ArtifactsService, artifactsMigrations, BlobSweep, type ArtifactsTables } from '#domains/artifacts/index.ts';
import { BatchService } from '#domains/batch/index.ts';
import { DatasetsService, datasetsMigrations, type DatasetsTables } from '#domains/datasets/index.ts';
import {
  endpointMigrations,
  SnapshotPublisher,
  SnapshotSource,
  type EndpointTables,
} from '#domains/endpoints/index.ts';
import { EvaluationDatasetsService, evalsMigrations, ScorersService, type EvalsTables } from '#domains/evals/index.ts';
import {
  ExperimentsService,
  experimentsMigrations,
  LoggedModelsService,
  RunImports,
  RunOrganiser,
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
import {
  WebhooksService,
  webhooksMigrations,
  type WebhooksOptions,
  type WebhooksTables,
} from '#domains/webhooks/index.ts';
import type { BlobStore } from '#platform/blobs/index.ts';
import {
  digestsInDatabase,
  digestsInFiles,
  listBackups,
  type Database,
  type LeftOut,
} from '#platform/database/index.ts';
import { fileSealer } from '#platform/secrets/index.ts';

/** Every domain's tables, as one database holds them. */
export type ControlTables = AccessTables &
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
  WebhooksTables &
  RuleTables;

export const controlMigrations = [
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
  ...webhooksMigrations,
  ...ruleMigrations,
];

export interface ServiceOptions {
  readonly onProblem: (thrown: unknown) => void;
  /** How long a worker that asks for a task is kept waiting; the leases' own default when left out. */
  readonly longPollMs?: number;
}

/** Services of what data scientists track: experiments with their runs, models and files; traces and evaluations. */
function trackingServices(
  kept: { database: Database<ControlTables>; audit: AuditLog; activity: ActivityService },
  blobs: BlobStore,
) {
  const { database, audit } = kept;
  const experiments = new ExperimentsService(kept);
  const ofExperiments = { database, audit, checkExperiment: (id: string) => experiments.assertExists(id) };
  return {
    experiments,
    runs: new RunsService(kept),
    imports: new RunImports({ database, audit }),
    loggedModels: new LoggedModelsService(database),
    artifacts: new ArtifactsService({ database, blobs }),
    traces: new TracesService(ofExperiments),
    evaluationDatasets: new EvaluationDatasetsService(ofExperiments),
    scorers: new ScorersService(ofExperiments),
  };
}

function organiserOf(
  kept: { database: Database<ControlTables>; audit: AuditLog },
  { runs, artifacts, traces, evaluationDatasets, scorers }: ReturnType<typeof trackingServices>,
  models: RegistryService,
): RunOrganiser {
  return new RunOrganiser({
    ...kept,
    runs,
    versionsOf: (runId) => models.versionsOfRun(runId),
    removeArtifacts: (uri) => artifacts.deleteTree(uri),
    async removeBeside(actor, experimentId) {
      await traces.deleteOfExperiment(actor, experimentId);
      await artifacts.deleteTree(`mlflow-artifacts:/${experimentId}/traces`);
      await evaluationDatasets.leaveExperiment(actor, experimentId);
      await scorers.deleteOfExperiment(actor, experimentId);
    },
  });
}

/** What the database and its backups name; files of SQLite are read beside whoever serves people. */
function namedDigests(
  { database: { url }, home }: Config,
  { kysely, dialect }: Database<ControlTables>,
  leftOut: LeftOut,
) {
  const { database, backups } = homeLayout(home);
  if (url !== '' || !existsSync(database)) return digestsInDatabase(kysely, dialect, leftOut);
  return digestsInFiles([database, ...listBackups(backups).map(({ path }) => path)], leftOut);
}

function webhooksOf(
  config: Config,
  kept: Pick<WebhooksOptions, 'database' | 'audit' | 'catalogue' | 'registry'>,
  { onProblem }: ServiceOptions,
): WebhooksService {
  const { allowPrivate } = config.webhooks;
  const { database, audit, catalogue, registry } = kept;
  const sealer = fileSealer(homeLayout(config.home).sealingKey);
  return new WebhooksService({ database, audit, catalogue, registry, sealer, allowPrivate, onProblem });
}

/** Every domain's service, each handed what it needs of the others. */
export async function openServices(
  config: Config,
  database: Database<ControlTables>,
  blobs: BlobStore,
  options: ServiceOptions,
) {
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
  const catalogue = new ModelCatalogue({ database, audit, endpointsServing: serving });
  const pipelines = new PipelineService({ ...kept, manifest });
  const leases = new LeaseService({ database, activity, ...options });
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
  const publisher = new SnapshotPublisher({ database, source, onProblem: options.onProblem });
  return {
    audit,
    activity,
    access,
    manifests,
    ...tracking,
    sweep: new BlobSweep({ ...kept, blobs, namedDigests: (leftOut) => namedDigests(config, database, leftOut) }),
    organiser: organiserOf(kept, tracking, models),
    datasets,
    models,
    catalogue,
    prompts: new PromptsService(catalogue),
    webhooks: webhooksOf(config, { ...kept, catalogue, registry: models }, options),
    lineage: new LineageService({
      registry: models,
      inputsOf: (id) => tracking.runs.readAndMade(id),
      endpointsServing: serving,
    }),
    releases,
    kpis: new KpiService({ database, models, manifest }),
    evidence: new EvidenceService({ database, activity, releases }),
    rules,
    pipelines,
    batches: new BatchService({ pipelines, models, datasets, blobs }),
    leases,
    triggers,
    monitors,
    publisher,
  };
}

export type Services = Awaited<ReturnType<typeof openServices>>;
