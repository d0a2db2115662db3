import { found, page, type Handlers } from './handler.ts';
import { minute, wobble } from './history.ts';
import type { Installation } from './installation.ts';

/** Runs and models. */
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
    listExperiments: (_, nowMs) =>
      page(
        of.runs.length === 0
          ? []
          : [
              {
                id: '1',
                name: 'flight-delay',
                stage: 'active',
                tags: {},
                runs: of.runs.length,
                running: 0,
                lastRunAtMs: of.runs[0]?.startedAtMs ?? null,
                createdAtMs: nowMs - 9_000 * minute,
                updatedAtMs: nowMs - 9_000 * minute,
              },
            ],
      ),
    listRuns: ({ query }) => page(of.runs, query),
    getRun: ({ params }) =>
      found(
        of.runs.find(({ id }) => id === params.id),
        `run ${params.id}`,
      ),
    getMetric: ({ params }, nowMs) => ({
      points: Array.from({ length: 100 }, (_, step) => ({
        key: params.key,
        value: 0.437 + 0.25 * Math.exp(-step / 18) + 0.002 * wobble(step),
        step,
        timeMs: nowMs - (100 - step) * 400,
      })),
    }),
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
