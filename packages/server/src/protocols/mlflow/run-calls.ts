/** Calls of MLflow's protocol about runs: their life, what is logged of them, searches and histories. */
import { parseRunFilter, parseRunOrder, type RunsService } from '#domains/experiments/index.ts';
import { call, repeated, type MlflowCall } from './call.ts';
import { experimentId, experimentNumbers, tagsOf } from './experiment-calls.ts';
import { loggedKey } from './logged-key.ts';
import { invalidParameter } from './mlflow-error.ts';
import { readPosition, writePosition } from './page-token.ts';
import {
  isFields,
  maxResults,
  missingField,
  objectList,
  optionalInteger,
  optionalText,
  text,
  textList,
  type Fields,
} from './request-fields.ts';
import {
  fromDatasetInput,
  fromMetric,
  fromModelMetrics,
  fromModels,
  statusOf,
  toRunInfo,
  toRunMessage,
} from './run-messages.ts';
import { runName } from './run-name.ts';
import { stageOf } from './view-type.ts';

const parameterCharacters = 6_000;
const tagCharacters = 8_000;
const nameTag = 'mlflow.runName';
const summaries = { experiments: 20, datasets: 1_000 } as const;
const batchLimits = { metrics: 1_000, params: 100, tags: 100, all: 1_000 } as const;

/** Old clients say `run_uuid`. */
export function runId(fields: Fields): string {
  const id = optionalText(fields, 'run_id') || optionalText(fields, 'run_uuid');
  if (id) return id;
  throw missingField('run_id');
}

function plainRunId(fields: Fields): string {
  const id = runId(fields);
  if (/^[a-zA-Z0-9][\w-]{0,255}$/.test(id)) return id;
  throw invalidParameter(`Invalid value ${JSON.stringify(id)} for parameter 'run_id' supplied.`);
}

function loggedTexts(fields: Fields, field: 'params' | 'tags', characters: number): Record<string, string> {
  const values: Record<string, string> = {};
  objectList(fields, field).forEach((item, index) => {
    const key = loggedKey(item, `${field}[${index}].`);
    const value = (optionalText(item, 'value') ?? '').slice(0, characters);
    if (field === 'params' && values[key] !== undefined && values[key] !== value) {
      throw invalidParameter(
        `Duplicate parameter keys have been submitted: ['${key}']. Please ensure the request contains only one param value per param key.`,
      );
    }
    values[key] = value;
  });
  return values;
}

function checkBatch(fields: Fields): void {
  const sizes = ['metrics', 'params', 'tags'].map((field) => objectList(fields, field).length);
  const [metrics = 0, params = 0, tags = 0] = sizes;
  const all = metrics + params + tags;
  const over = (what: string, limit: number, got: number) =>
    invalidParameter(
      `A batch logging request can contain at most ${limit} ${what}. Got ${got} ${what}. Please split up ${what} across multiple requests and try again.`,
    );
  if (metrics > batchLimits.metrics) throw over('metrics', batchLimits.metrics, metrics);
  if (params > batchLimits.params) throw over('params', batchLimits.params, params);
  if (tags > batchLimits.tags) throw over('tags', batchLimits.tags, tags);
  if (all > batchLimits.all) {
    throw invalidParameter(
      `A batch logging request can contain at most ${batchLimits.all} metrics, params, and tags in total.`,
    );
  }
}

export function runCalls(runs: RunsService): readonly MlflowCall[] {
  return [...lifeCalls(runs), ...logCalls(runs), ...readCalls(runs)];
}

function lifeCalls(runs: RunsService): MlflowCall[] {
  return [
    call('POST', 'runs/create', 'member', async ({ actor, fields }) => {
      const tags = tagsOf(fields);
      const named = optionalText(fields, 'run_name') || tags[nameTag] || runName();
      const userId = optionalText(fields, 'user_id') || tags['mlflow.user'];
      const { id } = await runs.createRun(actor, {
        experimentId: experimentId({ experiment_id: '0', ...present(fields) }),
        name: named,
        userId: userId || undefined,
        startedAtMs: optionalInteger(fields, 'start_time') || undefined,
        tags: { ...tags, [nameTag]: named },
      });
      const { outputs: _, ...run } = toRunMessage(await runs.getWhole(id));
      return { run };
    }),
    call('GET', 'runs/get', 'viewer', async ({ fields }) => {
      const run = await runs.getWhole(runId(fields));
      return { run: toRunMessage(run, (await runs.inputsOf([run.row.id])).get(run.row.id)) };
    }),
    call('POST', 'runs/update', 'member', async ({ actor, fields }) => {
      const run = await runs.updateRun(actor, runId(fields), {
        status: statusOf(fields),
        endedAtMs: optionalInteger(fields, 'end_time'),
        name: optionalText(fields, 'run_name') || undefined,
      });
      return { run_info: toRunInfo(run) };
    }),
    call('POST', 'runs/delete', 'member', async ({ actor, fields }) => {
      await runs.setStage(actor, runId(fields), 'deleted');
      return {};
    }),
    call('POST', 'runs/restore', 'member', async ({ actor, fields }) => {
      await runs.setStage(actor, runId(fields), 'active');
      return {};
    }),
  ];
}

/** Fields without those that are null or empty text, so that defaults may stand in. */
function present(fields: Fields): Fields {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== null && value !== ''));
}

function logCalls(runs: RunsService): MlflowCall[] {
  return [
    call('POST', 'runs/log-metric', 'member', async ({ actor, fields }) => {
      await runs.logRun(actor, runId(fields), { metrics: [fromMetric(fields)] }, fromModelMetrics([fields]));
      return {};
    }),
    call('POST', 'runs/log-parameter', 'member', async ({ actor, fields }) => {
      const value = (optionalText(fields, 'value') ?? '').slice(0, parameterCharacters);
      await runs.logRun(actor, runId(fields), { parameters: { [loggedKey(fields, '', 'Param key')]: value } });
      return {};
    }),
    call('POST', 'runs/set-tag', 'member', async ({ actor, fields }) => {
      const value = (optionalText(fields, 'value') ?? '').slice(0, tagCharacters);
      await runs.logRun(actor, runId(fields), { tags: { [loggedKey(fields)]: value } });
      return {};
    }),
    call('POST', 'runs/log-model', 'member', async ({ actor, fields }) => {
      await runs.logRun(actor, runId(fields), { tags: await modelHistory(runs, fields) });
      return {};
    }),
    call('POST', 'runs/delete-tag', 'member', async ({ actor, fields }) => {
      await runs.deleteTag(actor, runId(fields), text(fields, 'key'));
      return {};
    }),
    call('POST', 'runs/log-batch', 'member', async ({ actor, fields }) => {
      const id = plainRunId(fields);
      checkBatch(fields);
      const parameters = loggedTexts(fields, 'params', parameterCharacters);
      const tags = loggedTexts(fields, 'tags', tagCharacters);
      const metrics = objectList(fields, 'metrics');
      const log = {
        metrics: metrics.map((metric, index) => fromMetric(metric, `metrics[${index}].`)),
        ...(Object.keys(parameters).length > 0 ? { parameters } : {}),
        ...(Object.keys(tags).length > 0 ? { tags } : {}),
      };
      await runs.logRun(actor, id, log, fromModelMetrics(metrics));
      return {};
    }),
    call('POST', 'runs/log-inputs', 'member', async ({ fields }) => {
      const datasets = objectList(fields, 'datasets').map(fromDatasetInput);
      await runs.logInputs(plainRunId(fields), { datasets, models: fromModels(fields, 'models') });
      return {};
    }),
    call('POST', 'runs/outputs', 'member', async ({ fields }) => {
      const outputs = fromModels(fields, 'models');
      if (outputs.length === 0) throw missingField('models');
      await runs.logInputs(runId(fields), { outputs });
      return {};
    }),
  ];
}

/** Models that clients before MLflow 3 logged, as they keep them: a tag of the run. */
async function modelHistory(runs: RunsService, fields: Fields): Promise<Record<string, string>> {
  const tag = 'mlflow.log-model.history';
  const given = text(fields, 'model_json');
  const model = jsonOf(given);
  if (!isFields(model)) throw invalidParameter(`Malformed model info. \n ${given} \n is not a valid JSON.`);
  const missing = ['artifact_path', 'flavors', 'utc_time_created', 'run_id'].filter(
    (key) => !Object.hasOwn(model, key),
  );
  if (missing.length > 0) {
    throw invalidParameter(`Model json is missing mandatory fields: {${missing.map((key) => `'${key}'`).join(', ')}}`);
  }
  const before = jsonOf((await runs.getWhole(runId(fields))).tags[tag] ?? '[]');
  return { [tag]: JSON.stringify([...(Array.isArray(before) ? before : []), model]) };
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function readCalls(runs: RunsService): MlflowCall[] {
  return [
    ...(['GET', 'POST'] as const).map((method) =>
      call(method, 'experiments/search-datasets', 'viewer', async ({ fields }) => {
        const ids = textList(fields, 'experiment_ids');
        if (ids.length === 0) throw invalidParameter('SearchDatasets request must specify at least one experiment_id.');
        if (ids.length > summaries.experiments) {
          throw invalidParameter(
            `SearchDatasets request cannot specify more than ${summaries.experiments} experiment_ids. Received ${ids.length} experiment_ids.`,
          );
        }
        const found = await runs.datasetsOf(experimentNumbers(fields), summaries.datasets);
        return {
          dataset_summaries: repeated(
            found.map(({ experimentId: id, name, digest, context }) => ({
              experiment_id: String(id),
              name,
              digest,
              context: context ?? undefined,
            })),
          ),
        };
      }),
    ),
    call('POST', 'runs/search', 'viewer', async ({ fields }) => {
      const stage = stageOf(fields, 'run_view_type');
      const search = {
        experimentIds: experimentNumbers(fields),
        ...(stage === undefined ? {} : { stage }),
        filter: parseRunFilter(optionalText(fields, 'filter') ?? ''),
        order: textList(fields, 'order_by').map(parseRunOrder),
      };
      const count = maxResults(fields, 1_000, 50_000);
      const page = await runs.search(search, readPosition(optionalText(fields, 'page_token')), count);
      const inputs = await runs.inputsOf(page.runs.map(({ row }) => row.id));
      return {
        runs: repeated(page.runs.map((run) => toRunMessage(run, inputs.get(run.row.id)))),
        next_page_token: page.next && writePosition(page.next),
      };
    }),
  ];
}
