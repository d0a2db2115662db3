/** Calls of MLflow's protocol about runs: their life, what is logged of them, searches and histories. */
import { parseRunFilter, parseRunOrder, type MetricPoint, type RunsService } from '#domains/experiments/index.ts';
import { call, repeated, type MlflowCall } from './call.ts';
import { experimentId, tagsOf } from './experiment-calls.ts';
import { invalidParameter, MlflowError } from './mlflow-error.ts';
import { readPosition, writePosition } from './page-token.ts';
import {
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
  fromModels,
  loggedKey,
  statusOf,
  toMetric,
  toRunInfo,
  toRunMessage,
} from './run-messages.ts';
import { runName } from './run-name.ts';
import { stageOf } from './view-type.ts';

const parameterCharacters = 6_000;
const tagCharacters = 8_000;
const nameTag = 'mlflow.runName';
const batchLimits = { metrics: 1_000, params: 100, tags: 100, all: 1_000 } as const;

/** Old clients say `run_uuid`. */
export function runId(fields: Fields): string {
  const id = optionalText(fields, 'run_id') || optionalText(fields, 'run_uuid');
  if (id) return id;
  throw missingField('run_id');
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
      return { run: toRunMessage(await runs.getWhole(id)) };
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
      await runs.logRun(actor, runId(fields), { metrics: [fromMetric(fields)] });
      return {};
    }),
    call('POST', 'runs/log-parameter', 'member', async ({ actor, fields }) => {
      const value = (optionalText(fields, 'value') ?? '').slice(0, parameterCharacters);
      await runs.logRun(actor, runId(fields), { parameters: { [loggedKey(fields, '')]: value } });
      return {};
    }),
    call('POST', 'runs/set-tag', 'member', async ({ actor, fields }) => {
      const value = (optionalText(fields, 'value') ?? '').slice(0, tagCharacters);
      await runs.logRun(actor, runId(fields), { tags: { [loggedKey(fields, '')]: value } });
      return {};
    }),
    call('POST', 'runs/delete-tag', 'member', async ({ actor, fields }) => {
      await runs.deleteTag(actor, runId(fields), text(fields, 'key'));
      return {};
    }),
    call('POST', 'runs/log-batch', 'member', async ({ actor, fields }) => {
      const id = runId(fields);
      checkBatch(fields);
      const parameters = loggedTexts(fields, 'params', parameterCharacters);
      const tags = loggedTexts(fields, 'tags', tagCharacters);
      await runs.logRun(actor, id, {
        metrics: objectList(fields, 'metrics').map((metric, index) => fromMetric(metric, `metrics[${index}].`)),
        ...(Object.keys(parameters).length > 0 ? { parameters } : {}),
        ...(Object.keys(tags).length > 0 ? { tags } : {}),
      });
      return {};
    }),
    call('POST', 'runs/log-inputs', 'member', async ({ fields }) => {
      const datasets = objectList(fields, 'datasets').map(fromDatasetInput);
      await runs.logInputs(runId(fields), { datasets, models: fromModels(fields, 'models') });
      return {};
    }),
    call('POST', 'runs/outputs', 'member', async ({ fields }) => {
      await runs.logInputs(runId(fields), { outputs: fromModels(fields, 'models') });
      return {};
    }),
  ];
}

function readCalls(runs: RunsService): MlflowCall[] {
  return [
    call('POST', 'runs/search', 'viewer', async ({ fields }) => {
      const stage = stageOf(fields, 'run_view_type');
      const search = {
        experimentIds: textList(fields, 'experiment_ids')
          .filter((id) => /^\d{1,15}$/.test(id))
          .map(Number),
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
    call('GET', 'metrics/get-history', 'viewer', async ({ fields }) => {
      const [id, key] = [runId(fields), text(fields, 'metric_key')];
      const limit = optionalInteger(fields, 'max_results');
      if (limit === undefined) return { metrics: (await runs.getMetric(id, key)).map(toMetric) };
      if (limit < 1) throw invalidParameter(`Invalid value ${limit} for parameter 'max_results' supplied.`);
      const points = await runs.getMetricPage(id, key, pointAfter(optionalText(fields, 'page_token'), key), limit);
      const last = points.length === limit ? points.at(-1) : undefined;
      return {
        metrics: points.map(toMetric),
        next_page_token: last && writePosition([last.step, last.timeMs, last.value]),
      };
    }),
    call('GET', 'metrics/get-history-bulk-interval', 'viewer', async ({ fields }) => {
      const ids = textList(fields, 'run_ids');
      const key = text(fields, 'metric_key');
      const count = optionalInteger(fields, 'max_results') ?? 2_500;
      const [from = -Infinity, until = Infinity] = [
        optionalInteger(fields, 'start_step'),
        optionalInteger(fields, 'end_step'),
      ];
      const metrics = [];
      for (const id of ids) {
        const within = (await runs.getMetric(id, key)).filter(({ step }) => step >= from && step <= until);
        for (const point of sampled(within, Math.max(1, Math.floor(count / ids.length)))) {
          metrics.push({ ...toMetric(point), run_id: id });
        }
      }
      return { metrics };
    }),
  ];
}

function pointAfter(token: string | undefined, key: string): MetricPoint | undefined {
  const position = readPosition(token);
  if (position === undefined) return undefined;
  const [step, timeMs, value] = position;
  if (typeof step === 'number' && typeof timeMs === 'number' && typeof value === 'number')
    return { key, step, timeMs, value };
  throw new MlflowError('INVALID_PARAMETER_VALUE', 'Invalid page token, could not base64-decode');
}

/** Evenly spaced points, the first and the last among them. */
function sampled(points: readonly MetricPoint[], count: number): MetricPoint[] {
  if (points.length <= count) return [...points];
  const kept = new Set(
    Array.from({ length: count }, (_, index) => Math.round((index * (points.length - 1)) / Math.max(1, count - 1))),
  );
  return points.filter((_, index) => kept.has(index));
}
