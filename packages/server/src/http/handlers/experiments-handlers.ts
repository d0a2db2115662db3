import type { ExperimentsService, RunsService } from '#domains/experiments/index.ts';
import type { Handlers } from '../handler.ts';

type ExperimentsHandlers = Pick<
  Handlers,
  'listExperiments' | 'createRun' | 'listRuns' | 'getRun' | 'logRun' | 'getMetric' | 'endRun'
>;

export function experimentsHandlers(experiments: ExperimentsService, runs: RunsService): ExperimentsHandlers {
  return {
    listExperiments: async () => ({ items: await experiments.listExperiments() }),
    createRun: ({ actor, body }) => runs.createRun(actor, body),
    listRuns: ({ query }) => runs.listRuns(query),
    getRun: ({ params }) => runs.getRun(params.id),
    logRun: async ({ actor, params, body }) => {
      await runs.logRun(actor, params.id, body);
      return {};
    },
    getMetric: async ({ params }) => ({ points: await runs.getMetric(params.id, params.key) }),
    endRun: ({ actor, params, body }) => runs.endRun(actor, params.id, body.status),
  };
}
