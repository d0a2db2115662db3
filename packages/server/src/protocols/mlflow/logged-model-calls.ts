/** Calls of MLflow's protocol about logged models: what `log_model` and `models:/m-…` speak. */
import type { ArtifactsService } from '#domains/artifacts/index.ts';
import type {
  LoggedModel,
  LoggedModelClause,
  LoggedModelsService,
  LoggedModelStatus,
} from '#domains/experiments/index.ts';
import {
  comparedTime,
  mapFilter,
  parseFilter,
  type Comparison,
  type Filter,
  type FilterComparison,
} from '#platform/filters/index.ts';
import { listBelow } from './artifact-calls.ts';
import { call, type MlflowCall, type MlflowRequest } from './call.ts';
import { experimentId, tagsOf } from './experiment-calls.ts';
import { invalidParameter } from './mlflow-error.ts';
import { readPosition, writePosition } from './page-token.ts';
import {
  maxResults,
  objectList,
  optionalBoolean,
  optionalText,
  text,
  textList,
  type Fields,
} from './request-fields.ts';
import { runName } from './run-name.ts';

const statusNames: Readonly<Record<LoggedModelStatus, string>> = {
  pending: 'LOGGED_MODEL_PENDING',
  ready: 'LOGGED_MODEL_READY',
  failed: 'LOGGED_MODEL_UPLOAD_FAILED',
};
const statusNumbers: readonly LoggedModelStatus[] = ['pending', 'ready', 'failed'];

const pairs = (values: Readonly<Record<string, string>>) =>
  Object.entries(values).map(([key, value]) => ({ key, value }));

function toMessage({ row, parameters, tags }: LoggedModel) {
  return {
    info: {
      model_id: row.id,
      experiment_id: String(row.experiment_id),
      name: row.name,
      creation_timestamp_ms: row.created_at_ms,
      last_updated_timestamp_ms: row.updated_at_ms,
      artifact_uri: row.artifact_location,
      status: statusNames[row.status],
      status_message: row.status_message ?? undefined,
      model_type: row.model_type ?? undefined,
      source_run_id: row.source_run_id ?? undefined,
      tags: pairs(tags),
      registrations: [],
    },
    data: { params: pairs(parameters), metrics: [] },
  };
}

const columns = {
  model_id: 'id',
  name: 'name',
  model_name: 'name',
  model_type: 'model_type',
  status: 'status',
  source_run_id: 'source_run_id',
  creation_timestamp: 'created_at_ms',
  creation_time: 'created_at_ms',
  last_updated_timestamp: 'updated_at_ms',
  last_updated_time: 'updated_at_ms',
} as const;

function columnOf(key: string) {
  if (Object.hasOwn(columns, key)) return columns[key as keyof typeof columns];
  throw invalidParameter(`Invalid attribute key '${key}' specified.`);
}

function toFilter({ entity, key, ...compared }: FilterComparison): Filter<LoggedModelClause> {
  switch (entity?.toLowerCase()) {
    case 'param':
    case 'params':
      return { clause: { on: 'parameter', key, ...compared } };
    case 'tag':
    case 'tags':
      return { clause: { on: 'tag', key, ...compared } };
    case undefined:
    case 'attribute':
    case 'attributes':
      return attributeFilter(key, compared);
    default:
      throw invalidParameter(`Invalid entity type '${entity}'.`);
  }
}

function attributeFilter(key: string, { comparator, value }: Comparison): Filter<LoggedModelClause> {
  const column = columnOf(key);
  if (value === undefined) return { clause: { on: 'model', column, comparator } };
  if (column === 'created_at_ms' || column === 'updated_at_ms') {
    return mapFilter(comparedTime(comparator, value), (time) => ({ clause: { on: 'model', column, ...time } }));
  }
  const named =
    key === 'status'
      ? statusNumbers.find((status) => statusNames[status] === value || status === String(value).toLowerCase())
      : undefined;
  return { clause: { on: 'model', column, comparator, value: named ?? value } };
}

function statusOf(fields: Fields): LoggedModelStatus {
  const given = fields['status'];
  const found = statusNumbers.find((status, index) => statusNames[status] === given || index + 1 === given);
  if (found) return found;
  throw invalidParameter(`Invalid model status: ${JSON.stringify(given)}.`);
}

const id = (request: MlflowRequest): string => request.params['model_id'] ?? '';

export function loggedModelCalls(models: LoggedModelsService, artifacts: ArtifactsService): readonly MlflowCall[] {
  return [
    call('POST', 'logged-models', 'member', async ({ fields }) => {
      const model = await models.create({
        experimentId: experimentId({ experiment_id: '0', ...fields }),
        name: optionalText(fields, 'name') || runName(),
        modelType: optionalText(fields, 'model_type') || null,
        sourceRunId: optionalText(fields, 'source_run_id') || null,
        parameters: tagsOf(fields, 'params'),
        tags: tagsOf(fields),
      });
      return { model: toMessage(model) };
    }),
    call('POST', 'logged-models/search', 'viewer', async ({ fields }) => {
      const search = {
        experimentIds: textList(fields, 'experiment_ids')
          .filter((one) => /^\d{1,15}$/.test(one))
          .map(Number),
        filter: mapFilter(parseFilter(optionalText(fields, 'filter') ?? ''), toFilter),
        order: objectList(fields, 'order_by').map((order) => ({
          column: columnOf(text(order, 'field_name').replace(/^attributes?\./, '')),
          descending: optionalBoolean(order, 'ascending') === false,
        })),
      };
      const page = await models.search(
        search,
        readPosition(optionalText(fields, 'page_token')),
        maxResults(fields, 100, 500),
      );
      return { models: page.models.map(toMessage), next_page_token: page.next && writePosition(page.next) };
    }),
    call('GET', 'logged-models/:model_id', 'viewer', async (request) => ({
      model: toMessage(await models.get(id(request))),
    })),
    call('PATCH', 'logged-models/:model_id', 'member', async (request) => ({
      model: toMessage(
        await models.finish(
          id(request),
          statusOf(request.fields),
          optionalText(request.fields, 'status_message') ?? null,
        ),
      ),
    })),
    call('DELETE', 'logged-models/:model_id', 'member', async (request) => {
      await models.delete(id(request));
      return {};
    }),
    call('POST', 'logged-models/:model_id/params', 'member', async (request) => {
      await models.putParameters(id(request), tagsOf(request.fields, 'params'));
      return {};
    }),
    call('PATCH', 'logged-models/:model_id/tags', 'member', async (request) => ({
      model: toMessage(await models.putTags(id(request), tagsOf(request.fields))),
    })),
    call('DELETE', 'logged-models/:model_id/tags/:tag_key', 'member', async (request) => {
      await models.deleteTag(id(request), request.params['tag_key'] ?? '');
      return {};
    }),
    call('GET', 'logged-models/:model_id/artifacts/directories', 'viewer', async (request) => {
      const { row } = await models.get(id(request));
      return listBelow(artifacts, row.artifact_location, optionalText(request.fields, 'artifact_directory_path') ?? '');
    }),
  ];
}
