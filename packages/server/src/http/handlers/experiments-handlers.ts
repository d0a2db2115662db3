import type { RunOrder as WantedOrder } from '@mulle/contract';
import {
  experimentNumber,
  parseRunFilter,
  type ExperimentsService,
  type RunOrder,
  type RunSearch,
  type RunsService,
} from '#domains/experiments/index.ts';
import type { Handlers } from '../handler.ts';

type ExperimentsHandlers = Pick<
  Handlers,
  | 'listExperiments'
  | 'getExperiment'
  | 'createExperiment'
  | 'updateExperiment'
  | 'deleteExperiment'
  | 'restoreExperiment'
  | 'createRun'
  | 'listRuns'
  | 'searchRuns'
  | 'getRun'
  | 'getRunInputs'
  | 'logRun'
  | 'listRunMetrics'
  | 'getMetric'
  | 'getMetricSeries'
  | 'endRun'
>;

const columns = {
  id: 'id',
  name: 'name',
  user: 'user_id',
  status: 'status',
  startedAt: 'started_at_ms',
  endedAt: 'ended_at_ms',
} as const;

function orderOf(wanted: WantedOrder): RunOrder {
  const { descending } = wanted;
  return 'key' in wanted
    ? { on: wanted.by, key: wanted.key, descending }
    : { on: 'run', column: columns[wanted.by], descending };
}

export function experimentsHandlers(experiments: ExperimentsService, runs: RunsService): ExperimentsHandlers {
  return {
    listExperiments: async ({ query }) => ({ items: await experiments.listExperiments(query.stage ?? 'active') }),
    getExperiment: ({ params }) => experiments.summary(params.id),
    async createExperiment({ actor, body }) {
      const { row } = await experiments.create(actor, { name: body.name });
      await experiments.edit(actor, row.id, body);
      return experiments.summary(String(row.id));
    },
    async updateExperiment({ actor, params, body }) {
      await experiments.edit(actor, experimentNumber(params.id), body);
      return experiments.summary(params.id);
    },
    async deleteExperiment({ actor, params }) {
      await experiments.setStage(actor, experimentNumber(params.id), 'deleted');
      return {};
    },
    async restoreExperiment({ actor, params }) {
      await experiments.setStage(actor, experimentNumber(params.id), 'active');
      return {};
    },
    createRun: ({ actor, body }) => runs.createRun(actor, body),
    listRuns: ({ query }) => runs.listRuns(query),
    async searchRuns({ body }) {
      const search: RunSearch = {
        ...(body.experimentIds && { experimentIds: body.experimentIds.map(experimentNumber) }),
        stage: body.stage ?? 'active',
        filter: parseRunFilter(body.filter ?? ''),
        order: (body.order ?? []).map(orderOf),
      };
      return runs.searchPage(search, body);
    },
    getRun: ({ params }) => runs.getRun(params.id),
    async getRunInputs({ params }) {
      const { row } = await runs.getWhole(params.id);
      const inputs = (await runs.inputsOf([row.id])).get(row.id);
      const models = (given: readonly { modelId: string; step: number }[] = []) =>
        given.map(({ modelId, step }) => ({ id: modelId, step }));
      return {
        datasets: (inputs?.datasets ?? []).map(({ tags, ...dataset }) => ({
          ...dataset,
          context: tags['mlflow.data.context'] ?? null,
        })),
        inputModels: models(inputs?.models),
        outputModels: models(inputs?.outputs),
      };
    },
    logRun: async ({ actor, params, body }) => {
      await runs.logRun(actor, params.id, body);
      return {};
    },
    listRunMetrics: async ({ params }) => ({ items: await runs.summariseMetrics(params.id) }),
    getMetric: async ({ params }) => ({ points: await runs.getMetric(params.id, params.key) }),
    getMetricSeries: async ({ body }) => ({ series: await runs.metricSeries(body) }),
    endRun: ({ actor, params, body }) => runs.endRun(actor, params.id, body.status),
  };
}
