import type { DatasetsService } from '#domains/datasets/index.ts';
import type { Handlers } from '../handler.ts';

type DatasetsHandlers = Pick<
  Handlers,
  | 'listDatasets'
  | 'getDataset'
  | 'listDatasetVersions'
  | 'getDatasetVersion'
  | 'createDatasetVersion'
  | 'diffDataset'
  | 'quarantineWindow'
  | 'listQuarantine'
  | 'liftQuarantine'
>;

export function datasetsHandlers(datasets: DatasetsService): DatasetsHandlers {
  return {
    listDatasets: async () => ({ items: await datasets.listDatasets() }),
    getDataset: ({ params }) => datasets.getDataset(params.name),
    listDatasetVersions: ({ params, query }) => datasets.listVersions(params.name, query),
    getDatasetVersion: ({ params }) => datasets.getVersion(params.name, params.version),
    createDatasetVersion: ({ actor, params, body }) => datasets.createVersion(actor, params.name, body),
    diffDataset: ({ params, query }) => datasets.diff(params.name, query.from, query.to),
    quarantineWindow: ({ actor, params, body }) => datasets.quarantine(actor, params.name, body),
    listQuarantine: async ({ params }) => ({ items: await datasets.listQuarantine(params.name) }),
    liftQuarantine: async ({ actor, params }) => {
      await datasets.liftQuarantine(actor, params.name, params.fromMs);
      return {};
    },
  };
}
