import type { RunsService } from '#domains/experiments/index.ts';
import type { PipelineService, TriggerService } from '#domains/pipelines/index.ts';
import { MulleError } from '#kernel/errors.ts';
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
  | 'runPipelineAgain'
  | 'runAgain'
  | 'listTriggers'
>;

export function pipelinesHandlers(
  pipelines: PipelineService,
  triggers: TriggerService,
  runs: RunsService,
): PipelinesHandlers {
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
    runPipelineAgain: ({ params, actor }) => pipelines.again(params.id, actor),
    async runAgain({ params, actor }) {
      const { causeId } = await runs.getRun(params.id);
      const made = causeId === null ? undefined : await pipelines.runOfTask(causeId);
      if (made !== undefined) return pipelines.again(made, actor);
      throw new MulleError('invalid_state', `No pipeline made run ${params.id}: run the program again that did.`);
    },
    listTriggers: async () => ({ items: await triggers.list() }),
  };
}
