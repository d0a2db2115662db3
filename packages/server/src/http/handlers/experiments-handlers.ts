import type { ExperimentsService } from '#domains/experiments/index.ts';
import type { Handlers } from '../handler.ts';

type ExperimentsHandlers = Pick<
  Handlers,
  'listExperiments' | 'createRun' | 'listRuns' | 'getRun' | 'logRun' | 'getMetric' | 'endRun'
>;

export function experimentsHandlers(experiments: ExperimentsService): ExperimentsHandlers {
  return {
    listExperiments: async () => ({ items: await experiments.listExperiments() }),
    createRun: ({ actor, body }) => experiments.createRun(actor, body),
    listRuns: ({ query }) => experiments.listRuns(query),
    getRun: ({ params }) => experiments.getRun(params.id),
    logRun: async ({ actor, params, body }) => {
      await experiments.logRun(actor, params.id, body);
      return {};
    },
    getMetric: async ({ params }) => ({ points: await experiments.getMetric(params.id, params.key) }),
    endRun: ({ actor, params, body }) => experiments.endRun(actor, params.id, body.status),
  };
}
