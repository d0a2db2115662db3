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
    listApprovals: ({ params }) => page(of.approvals.filter(({ version }) => version === Number(params.version))),
  };
}
