import type { LoggedModel as ToldModel } from '@mulle/contract';
import { contentTypeOf, treePath, type ArtifactsService } from '#domains/artifacts/index.ts';
import {
  experimentNumber,
  type LoggedModel,
  type LoggedModelClause,
  type LoggedModelsService,
  type RunsService,
} from '#domains/experiments/index.ts';
import { allOf } from '#platform/filters/index.ts';
import { pageOf, readPosition } from '#platform/database/index.ts';
import type { Handlers } from '../handler.ts';

type ArtifactsHandlers = Pick<
  Handlers,
  'listRunArtifacts' | 'getRunArtifact' | 'listLoggedModels' | 'listModelArtifacts' | 'getModelArtifact'
>;

export interface ArtifactsHandlersOptions {
  readonly runs: RunsService;
  readonly loggedModels: LoggedModelsService;
  readonly artifacts: ArtifactsService;
}

function toldModel({ row, parameters, tags }: LoggedModel): ToldModel {
  return {
    id: row.id,
    experimentId: String(row.experiment_id),
    name: row.name,
    status: row.status,
    statusMessage: row.status_message,
    type: row.model_type,
    runId: row.source_run_id,
    parameters,
    tags,
    createdAtMs: row.created_at_ms,
    updatedAtMs: row.updated_at_ms,
  };
}

/** Files of runs and of the models that clients logged. */
export function artifactsHandlers({ runs, loggedModels, artifacts }: ArtifactsHandlersOptions): ArtifactsHandlers {
  const listBelow = async (root: string, path = '') => {
    const folder = path.replace(/\/+$/, '');
    const entries = await artifacts.list(folder === '' ? root : `${root}/${folder}`);
    return {
      items: entries.map((entry) => ({ ...entry, path: folder === '' ? entry.name : `${folder}/${entry.name}` })),
    };
  };
  const open = async (root: string, path: string) => {
    const { stream, bytes, name } = await artifacts.open(`${root}/${path}`);
    return { stream, bytes, type: contentTypeOf(name) };
  };
  const runRoot = async (id: string) => treePath((await runs.getWhole(id)).row.artifact_uri);
  const modelRoot = async (id: string) => treePath((await loggedModels.get(id)).row.artifact_location);
  return {
    listRunArtifacts: async ({ params, query }) => listBelow(await runRoot(params.id), query.path),
    getRunArtifact: async ({ params, query }) => open(await runRoot(params.id), query.path),
    async listLoggedModels({ query }) {
      const after = readPosition(query);
      const search = {
        ...(query.experimentId === undefined ? {} : { experimentIds: [experimentNumber(query.experimentId)] }),
        filter: allOf<LoggedModelClause>(
          query.runId === undefined
            ? []
            : [{ on: 'model', column: 'source_run_id', comparator: '=', value: query.runId }],
        ),
        order: [],
      };
      return pageOf(
        query,
        async (count) => (await loggedModels.search(search, after, count)).models,
        ({ row }) => JSON.stringify([row.created_at_ms, row.id]),
        toldModel,
      );
    },
    listModelArtifacts: async ({ params, query }) => listBelow(await modelRoot(params.id), query.path),
    getModelArtifact: async ({ params, query }) => open(await modelRoot(params.id), query.path),
  };
}
