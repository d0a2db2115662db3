import type { PipelineService, TriggerService } from '#domains/pipelines/index.ts';
import type { Handlers } from '../handler.ts';

type PipelinesHandlers = Pick<
  Handlers,
  | 'listPipelines'
  | 'getPipeline'
  | 'startPipeline'
  | 'listPipelineRuns'
  | 'getPipelineRun'
  | 'getPipelineLogs'
  | 'cancelPipelineRun'
  | 'resumePipelineRun'
  | 'listTriggers'
>;

export function pipelinesHandlers(pipelines: PipelineService, triggers: TriggerService): PipelinesHandlers {
  return {
    listPipelines: async () => ({ items: await pipelines.listPipelines() }),
    getPipeline: async ({ params }) => pipelines.definition(params.name),
    startPipeline: ({ params, body, actor }) => {
      const { parameters = {}, startedBy = `person:${actor.name}`, causeId = null } = body;
      return pipelines.start(params.name, { parameters, startedBy, causeId }, actor);
    },
    listPipelineRuns: ({ query }) => pipelines.list(query),
    getPipelineRun: ({ params }) => pipelines.get(params.id),
    getPipelineLogs: ({ params, query }) => pipelines.logs(params.id, query),
    cancelPipelineRun: ({ params, actor }) => pipelines.cancel(params.id, actor),
    resumePipelineRun: ({ params, actor }) => pipelines.resume(params.id, actor),
    listTriggers: async () => ({ items: await triggers.list() }),
  };
}
