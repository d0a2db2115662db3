import type { LineageService, ModelCatalogue, RegistryService } from '#domains/registry/index.ts';
import type { Handlers } from '../handler.ts';

type RegistryHandlers = Pick<
  Handlers,
  | 'listModels'
  | 'getModel'
  | 'listModelVersions'
  | 'getModelVersion'
  | 'getModelLineage'
  | 'getRunLineage'
  | 'describeModel'
  | 'createModelVersion'
  | 'setAlias'
  | 'deleteAlias'
  | 'createApproval'
  | 'listApprovals'
>;

export function registryHandlers(
  registry: RegistryService,
  catalogue: ModelCatalogue,
  lineage: LineageService,
): RegistryHandlers {
  return {
    listModels: async () => ({ items: await registry.listModels() }),
    getModel: ({ params }) => registry.getModel(params.model),
    listModelVersions: ({ params, query }) => registry.listVersions(params.model, query),
    getModelVersion: ({ params }) => registry.getVersion(params.model, params.version),
    getModelLineage: ({ params }) => lineage.graphOf(params.model, params.version),
    getRunLineage: ({ params }) => lineage.graphOfRun(params.id),
    async describeModel({ actor, params, body }) {
      await catalogue.describe(actor, params.model, body.description);
      return {};
    },
    createModelVersion: ({ actor, params, body }) => registry.createVersion(actor, params.model, body),
    setAlias: ({ actor, params, body }) => registry.setAlias(actor, params.model, params.alias, body),
    deleteAlias: async ({ actor, params }) => {
      await registry.deleteAlias(actor, params.model, params.alias);
      return {};
    },
    createApproval: ({ actor, params, body }) => registry.approve(actor, params.model, params.version, body),
    listApprovals: async ({ params }) => ({ items: await registry.listApprovals(params.model, params.version) }),
  };
}
