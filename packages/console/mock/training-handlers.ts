import { found, page, type Handlers } from './handler.ts';
import type { Installation } from './installation.ts';

/** Models and their versions. */
export function trainingHandlers(of: Installation): Handlers {
  const latest = () => of.models[0] ?? null;
  const withAliases = (version: Installation['models'][number]) => ({
    ...version,
    aliases: Object.entries(of.aliases)
      .filter(([, number]) => number === version.version)
      .map(([name]) => name),
  });
  const model = () => ({
    name: 'flight-delay',
    description: '',
    tags: {},
    createdAtMs: of.models[0]?.createdAtMs ?? 0,
    updatedAtMs: latest()?.createdAtMs ?? 0,
    versions: of.models.length,
    latest: latest(),
    aliases: of.aliases,
  });
  return {
    listModels: () => page(of.models.length === 0 ? [] : [model()]),
    getModel: ({ params }) =>
      found(of.models.length > 0 && params.model === 'flight-delay' ? model() : undefined, `model ${params.model}`),
    listModelVersions: ({ query }) => page(of.models.map(withAliases), query),
    getModelVersion: ({ params }) =>
      withAliases(
        found(
          of.models.find(({ version }) => version === Number(params.version)),
          `version ${params.version}`,
        ),
      ),
    getModelLineage: ({ params }) => {
      const version = `${params.model}@${params.version}`;
      return {
        nodes: [
          { id: 'dataset-version:flights@20', kind: 'dataset-version', subject: 'flights@20' },
          { id: 'run:run_00018', kind: 'run', subject: 'run_00018' },
          { id: `model-version:${version}`, kind: 'model-version', subject: version },
          { id: 'endpoint:flight-delay', kind: 'endpoint', subject: 'flight-delay' },
        ],
        edges: [
          { from: 'dataset-version:flights@20', to: 'run:run_00018' },
          { from: 'run:run_00018', to: `model-version:${version}` },
          { from: `model-version:${version}`, to: 'endpoint:flight-delay' },
        ],
      };
    },
    listApprovals: ({ params }) => page(of.approvals.filter(({ version }) => version === Number(params.version))),
  };
}
