/** Calls of MLflow's protocol about logged models: what `log_model` and `models:/m-…` speak. */
import type { ArtifactsService } from '#domains/artifacts/index.ts';
import type { LoggedModel, LoggedModelsService, LoggedModelStatus } from '#domains/experiments/index.ts';
import { listBelow } from './artifact-calls.ts';
import { call, repeated, type MlflowCall, type MlflowRequest } from './call.ts';
import { experimentId, experimentNumbers, tagsOf } from './experiment-calls.ts';
import {
  loggedModelStatuses,
  loggedModelStatusNames,
  datasetChoice,
  loggedModelOrder,
  parseLoggedModelFilter,
} from './logged-model-filter.ts';
import { invalidParameter } from './mlflow-error.ts';
import { readPosition, writePosition } from './page-token.ts';
import { maxResults, objectList, optionalText, type Fields } from './request-fields.ts';
import { toMetric } from './run-messages.ts';
import { runName } from './run-name.ts';

const pairs = (values: Readonly<Record<string, string>>) =>
  Object.entries(values).map(([key, value]) => ({ key, value }));

function toMessage({ row, parameters, tags, metrics }: LoggedModel) {
  return {
    info: {
      model_id: row.id,
      experiment_id: String(row.experiment_id),
      name: row.name,
      creation_timestamp_ms: row.created_at_ms,
      last_updated_timestamp_ms: row.updated_at_ms,
      artifact_uri: row.artifact_location,
      status: loggedModelStatusNames[row.status],
      status_message: row.status_message ?? undefined,
      model_type: row.model_type ?? '',
      source_run_id: row.source_run_id ?? '',
      tags: repeated(pairs(tags)),
    },
    data: {
      params: repeated(pairs(parameters)),
      metrics: repeated(
        metrics.map((metric) => ({
          ...toMetric(metric),
          model_id: metric.modelId,
          run_id: metric.runId,
          dataset_name: metric.datasetName ?? undefined,
          dataset_digest: metric.datasetDigest ?? undefined,
        })),
      ),
    },
  };
}

function modelName(fields: Fields): string {
  const name = optionalText(fields, 'name') || runName();
  if (!/[/:.%"']/.test(name)) return name;
  throw invalidParameter(
    `Invalid model name ('${name}') provided. Model name must be a non-empty string and cannot contain the following characters: ('/', ':', '.', '%', '"', "'")`,
  );
}

function statusOf(fields: Fields): LoggedModelStatus {
  const given = fields['status'];
  const found = loggedModelStatuses.find(
    (status, index) => loggedModelStatusNames[status] === given || index + 1 === given,
  );
  if (found) return found;
  throw invalidParameter(`Invalid model status: ${JSON.stringify(given)}.`);
}

const id = (request: MlflowRequest): string => request.params['model_id'] ?? '';

export function loggedModelCalls(models: LoggedModelsService, artifacts: ArtifactsService): readonly MlflowCall[] {
  return [
    call('POST', 'logged-models', 'member', async ({ fields }) => {
      const model = await models.create({
        experimentId: experimentId(fields),
        name: modelName(fields),
        modelType: optionalText(fields, 'model_type') || null,
        sourceRunId: optionalText(fields, 'source_run_id') || null,
        parameters: tagsOf(fields, 'params'),
        tags: tagsOf(fields),
      });
      return { model: toMessage(model) };
    }),
    call('POST', 'logged-models/search', 'viewer', async ({ fields }) => {
      const search = {
        experimentIds: experimentNumbers(fields),
        filter: parseLoggedModelFilter(optionalText(fields, 'filter') ?? ''),
        datasets: objectList(fields, 'datasets').map(datasetChoice),
        order: objectList(fields, 'order_by').map(loggedModelOrder),
      };
      const page = await models.search(
        search,
        readPosition(optionalText(fields, 'page_token')),
        maxResults(fields, 100, 500),
      );
      return { models: repeated(page.models.map(toMessage)), next_page_token: page.next && writePosition(page.next) };
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
    call('PATCH', 'logged-models/:model_id/tags', 'member', async (request) => {
      await models.putTags(id(request), tagsOf(request.fields));
      return {};
    }),
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
