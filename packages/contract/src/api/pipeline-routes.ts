import { Type, type Static } from '../type.ts';
import { Name } from '../names.ts';
import { PipelineDefinition, PipelineRun, TriggerDefinition } from '../pipeline.ts';
import { Body, Page, PageQuery, route } from './route.ts';

const byName = Body({ name: Name });
const byId = Body({ id: Type.String() });

export const LogLine = Type.Object({
  sequence: Type.Integer(),
  timeMs: Type.Number(),
  task: Type.String(),
  level: Type.Enum(['debug', 'info', 'warning', 'error']),
  message: Type.String(),
});
export type LogLine = Static<typeof LogLine>;

export const pipelineRoutes = {
  listPipelines: route({
    method: 'GET',
    path: '/api/pipelines',
    summary: 'Pipelines with their last run',
    access: 'viewer',
    response: Page(Type.Object({ definition: PipelineDefinition, last: Type.Union([PipelineRun, Type.Null()]) })),
  }),
  getPipeline: route({
    method: 'GET',
    path: '/api/pipelines/{name}',
    summary: 'One pipeline',
    access: 'viewer',
    params: byName,
    response: PipelineDefinition,
  }),
  startPipeline: route({
    method: 'POST',
    path: '/api/pipelines/{name}/runs',
    summary: 'Start a run',
    access: 'member',
    params: byName,
    body: Body({
      parameters: Type.Optional(Type.Record(Type.String(), Type.Union([Type.String(), Type.Number(), Type.Boolean()]))),
      startedBy: Type.Optional(Type.String()),
      causeId: Type.Optional(Type.String()),
    }),
    response: PipelineRun,
  }),
  listPipelineRuns: route({
    method: 'GET',
    path: '/api/pipeline-runs',
    summary: 'Runs, newest first',
    access: 'viewer',
    query: PageQuery({ pipeline: Type.Optional(Name) }),
    response: Page(PipelineRun),
  }),
  getPipelineRun: route({
    method: 'GET',
    path: '/api/pipeline-runs/{id}',
    summary: 'One run',
    access: 'viewer',
    params: byId,
    response: PipelineRun,
  }),
  getPipelineLogs: route({
    method: 'GET',
    path: '/api/pipeline-runs/{id}/logs',
    summary: 'Log lines after a sequence number',
    access: 'viewer',
    params: byId,
    query: PageQuery({ task: Type.Optional(Name), after: Type.Optional(Type.Integer({ minimum: 0 })) }),
    response: Page(LogLine),
  }),
  cancelPipelineRun: route({
    method: 'POST',
    path: '/api/pipeline-runs/{id}/cancel',
    summary: 'Stop a run; running tasks are told at their next heartbeat',
    access: 'member',
    params: byId,
    response: PipelineRun,
  }),
  resumePipelineRun: route({
    method: 'POST',
    path: '/api/pipeline-runs/{id}/resume',
    summary: 'Go on from the failed tasks',
    access: 'member',
    params: byId,
    response: PipelineRun,
  }),
  runPipelineAgain: route({
    method: 'POST',
    path: '/api/pipeline-runs/{id}/again',
    summary: 'Start the pipeline of a run again, as it is applied now, with the parameters of that run',
    access: 'member',
    params: byId,
    response: PipelineRun,
  }),
  runAgain: route({
    method: 'POST',
    path: '/api/runs/{id}/again',
    summary: 'Start the pipeline again that made a run of an experiment, with the parameters it had then',
    access: 'member',
    params: byId,
    response: PipelineRun,
  }),
  listTriggers: route({
    method: 'GET',
    path: '/api/triggers',
    summary: 'Triggers and when they last fired',
    access: 'viewer',
    response: Page(
      Type.Object({ definition: TriggerDefinition, lastFiredAtMs: Type.Union([Type.Number(), Type.Null()]) }),
    ),
  }),
} as const;
