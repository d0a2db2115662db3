import { Type } from '../type.ts';
import { LineageGraph } from '../model.ts';
import { Name } from '../names.ts';
import {
  ExperimentSummary,
  LifecycleStage,
  LoggedModel,
  MetricSeries,
  MetricSummary,
  Run,
  RunArtifact,
  RunInputs,
  RunOrder,
} from '../run.ts';
import { Body, Page, PageQuery, route } from './route.ts';

const runId = Body({ id: Type.String() });
const key = Type.String({ minLength: 1, maxLength: 250 });
const artifactPath = Type.String({ maxLength: 4_096 });

const experimentName = Type.String({ minLength: 1, maxLength: 500, pattern: '\\S' });
const folder = Type.String({ maxLength: 500 });
const notes = Type.String({ maxLength: 100_000 });

export const MetricPoint = Type.Object({
  key,
  value: Type.Number(),
  step: Type.Integer(),
  timeMs: Type.Number(),
});

export const experimentRoutes = {
  listExperiments: route({
    method: 'GET',
    path: '/api/experiments',
    summary: 'Experiments by name, with their runs counted',
    access: 'viewer',
    query: Body({ stage: Type.Optional(LifecycleStage) }),
    response: Page(ExperimentSummary),
  }),
  getExperiment: route({
    method: 'GET',
    path: '/api/experiments/{id}',
    summary: 'One experiment',
    access: 'viewer',
    params: Body({ id: Type.String() }),
    response: ExperimentSummary,
  }),
  createExperiment: route({
    method: 'POST',
    path: '/api/experiments',
    summary: 'Make an experiment',
    access: 'member',
    body: Body({ name: experimentName, folder: Type.Optional(folder), notes: Type.Optional(notes) }),
    response: ExperimentSummary,
  }),
  updateExperiment: route({
    method: 'PATCH',
    path: '/api/experiments/{id}',
    summary: 'Rename an experiment, file it in a folder (empty: in none), write its notes',
    access: 'member',
    params: Body({ id: Type.String() }),
    body: Body({ name: Type.Optional(experimentName), folder: Type.Optional(folder), notes: Type.Optional(notes) }),
    response: ExperimentSummary,
  }),
  deleteExperiment: route({
    method: 'DELETE',
    path: '/api/experiments/{id}',
    summary: 'Delete an experiment with its runs; they can be restored',
    access: 'member',
    params: Body({ id: Type.String() }),
    response: Type.Object({}),
  }),
  restoreExperiment: route({
    method: 'POST',
    path: '/api/experiments/{id}/restore',
    summary: 'Bring a deleted experiment back, with its runs',
    access: 'member',
    params: Body({ id: Type.String() }),
    response: Type.Object({}),
  }),
  purgeExperiment: route({
    method: 'POST',
    path: '/api/experiments/{id}/purge',
    summary: 'Remove a deleted experiment for good, with runs and artifacts',
    access: 'maintainer',
    params: Body({ id: Type.String() }),
    response: Type.Object({}),
  }),
  createRun: route({
    method: 'POST',
    path: '/api/runs',
    summary: 'Begin a run; its experiment is made when it does not exist',
    access: 'member',
    body: Body({
      experiment: Name,
      name: Type.Optional(Type.String({ maxLength: 250 })),
      parameters: Type.Optional(Type.Record(Type.String(), Type.String())),
      tags: Type.Optional(Type.Record(Type.String(), Type.String())),
      causeId: Type.Optional(Type.String()),
    }),
    response: Run,
  }),
  listRuns: route({
    method: 'GET',
    path: '/api/runs',
    summary: 'Runs, newest first',
    access: 'viewer',
    query: PageQuery({ experiment: Type.Optional(Type.String({ maxLength: 500 })) }),
    response: Page(Run),
  }),
  searchRuns: route({
    method: 'POST',
    path: '/api/runs/search',
    summary: 'Runs that a filter holds for, in any order',
    access: 'viewer',
    body: PageQuery({
      /** All active experiments when absent. */
      experimentIds: Type.Optional(Type.Array(Type.String(), { maxItems: 1_000 })),
      /** As MLflow writes it: `metrics.auc > 0.9 and params.depth = '6'`. */
      filter: Type.Optional(Type.String({ maxLength: 20_000 })),
      /** Newest first when absent. */
      order: Type.Optional(Type.Array(RunOrder, { maxItems: 10 })),
      /** Active runs when absent. */
      stage: Type.Optional(LifecycleStage),
    }),
    response: Page(Run),
  }),
  getRun: route({
    method: 'GET',
    path: '/api/runs/{id}',
    summary: 'One run',
    access: 'viewer',
    params: runId,
    response: Run,
  }),
  getRunInputs: route({
    method: 'GET',
    path: '/api/runs/{id}/inputs',
    summary: 'Datasets and models that a run read, and models that it made',
    access: 'viewer',
    params: runId,
    response: RunInputs,
  }),
  getRunLineage: route({
    method: 'GET',
    path: '/api/runs/{id}/lineage',
    summary: 'What a run read and made, and which endpoints answer with it, as a graph',
    access: 'viewer',
    params: runId,
    response: LineageGraph,
  }),
  logRun: route({
    method: 'POST',
    path: '/api/runs/{id}/log',
    summary: 'Metrics, parameters and tags, in one batch',
    access: 'member',
    params: runId,
    body: Body({
      metrics: Type.Optional(Type.Array(MetricPoint, { maxItems: 1_000 })),
      parameters: Type.Optional(Type.Record(Type.String(), Type.String())),
      tags: Type.Optional(Type.Record(Type.String(), Type.String())),
    }),
    response: Type.Object({}),
  }),
  listRunMetrics: route({
    method: 'GET',
    path: '/api/runs/{id}/metrics',
    summary: 'Metrics of a run: last value, extremes, number of points',
    access: 'viewer',
    params: runId,
    response: Page(MetricSummary),
  }),
  getMetric: route({
    method: 'GET',
    path: '/api/runs/{id}/metrics/{key}',
    summary: 'History of a metric',
    access: 'viewer',
    params: Body({ id: Type.String(), key: Type.String() }),
    response: Type.Object({ points: Type.Array(MetricPoint) }),
  }),
  getMetricSeries: route({
    method: 'POST',
    path: '/api/metric-series',
    summary: 'Histories of metrics of many runs, down-sampled for charts',
    access: 'viewer',
    body: Body({
      runIds: Type.Array(Type.String(), { minItems: 1, maxItems: 500 }),
      /** All metrics of the runs when absent. */
      keys: Type.Optional(Type.Array(key, { minItems: 1, maxItems: 200 })),
      /** The most entries that a series may have. */
      entries: Type.Optional(Type.Integer({ minimum: 2, maximum: 5_000 })),
      /** Only points between these, both inclusive. */
      fromStep: Type.Optional(Type.Integer()),
      toStep: Type.Optional(Type.Integer()),
      fromMs: Type.Optional(Type.Number()),
      toMs: Type.Optional(Type.Number()),
    }),
    response: Type.Object({ series: Type.Array(MetricSeries) }),
  }),
  listRunArtifacts: route({
    method: 'GET',
    path: '/api/runs/{id}/artifacts',
    summary: 'What lies in a folder of a run’s artifacts',
    access: 'viewer',
    params: runId,
    query: Body({ path: Type.Optional(artifactPath) }),
    response: Page(RunArtifact),
  }),
  getRunArtifact: route({
    method: 'GET',
    path: '/api/runs/{id}/artifact',
    summary: 'Bytes of one artifact of a run, typed by its name',
    access: 'viewer',
    params: runId,
    query: Body({ path: artifactPath }),
    responseBody: 'bytes',
    response: Type.Unknown(),
  }),
  endRun: route({
    method: 'POST',
    path: '/api/runs/{id}/end',
    summary: 'End a run',
    access: 'member',
    params: runId,
    body: Body({ status: Type.Enum(['finished', 'failed', 'killed']) }),
    response: Run,
  }),
  updateRun: route({
    method: 'PATCH',
    path: '/api/runs/{id}',
    summary: 'Rename a run, write its notes, move it to another experiment, nest it in another run',
    access: 'member',
    params: runId,
    body: Body({
      name: Type.Optional(Type.String({ minLength: 1, maxLength: 250 })),
      notes: Type.Optional(notes),
      /** What is nested in the run moves with it. */
      experimentId: Type.Optional(Type.String()),
      parentId: Type.Optional(Type.Union([Type.String(), Type.Null()])),
    }),
    response: Run,
  }),
  stopRun: route({
    method: 'POST',
    path: '/api/runs/{id}/stop',
    summary: 'Stop a run from outside: it is killed, and its program learns it at its next call',
    access: 'member',
    params: runId,
    body: Body({ reason: Type.Optional(Type.String({ maxLength: 2_000 })) }),
    response: Run,
  }),
  deleteRun: route({
    method: 'DELETE',
    path: '/api/runs/{id}',
    summary: 'Delete a run; it can be restored',
    access: 'member',
    params: runId,
    response: Type.Object({}),
  }),
  restoreRun: route({
    method: 'POST',
    path: '/api/runs/{id}/restore',
    summary: 'Bring a deleted run back',
    access: 'member',
    params: runId,
    response: Type.Object({}),
  }),
  purgeRun: route({
    method: 'POST',
    path: '/api/runs/{id}/purge',
    summary: 'Remove a deleted run for good, with its histories and artifacts',
    access: 'maintainer',
    params: runId,
    response: Type.Object({}),
  }),
  /**
   * `run` (a Run) at the beginning and whenever it changes; `metrics` ({points}, null for no number) as they are logged;
   * `missed` when some were forgotten before they could be told: read the series again.
   */
  streamRun: route({
    method: 'GET',
    path: '/api/runs/{id}/stream',
    summary: 'State and metrics of a run as server-sent events; Last-Event-ID resumes',
    access: 'viewer',
    params: runId,
    responseBody: 'event-stream',
    response: Type.Unknown(),
  }),
  listLoggedModels: route({
    method: 'GET',
    path: '/api/logged-models',
    summary: 'Models that clients logged, newest first',
    access: 'viewer',
    query: PageQuery({ experimentId: Type.Optional(Type.String()), runId: Type.Optional(Type.String()) }),
    response: Page(LoggedModel),
  }),
  listModelArtifacts: route({
    method: 'GET',
    path: '/api/logged-models/{id}/artifacts',
    summary: 'What lies in a folder of a logged model',
    access: 'viewer',
    params: Body({ id: Type.String() }),
    query: Body({ path: Type.Optional(artifactPath) }),
    response: Page(RunArtifact),
  }),
  getModelArtifact: route({
    method: 'GET',
    path: '/api/logged-models/{id}/artifact',
    summary: 'Bytes of one file of a logged model, typed by its name',
    access: 'viewer',
    params: Body({ id: Type.String() }),
    query: Body({ path: artifactPath }),
    responseBody: 'bytes',
    response: Type.Unknown(),
  }),
} as const;
