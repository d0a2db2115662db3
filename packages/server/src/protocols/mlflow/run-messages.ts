/** Runs in MLflow's messages, and back. */
import type { Run } from '@mulle/contract';
import type {
  LoggedDataset,
  MetricPoint,
  ModelMetric,
  RunInputs,
  RunModel,
  WholeRun,
} from '#domains/experiments/index.ts';
import { repeated } from './call.ts';
import { loggedKey } from './logged-key.ts';
import { invalidParameter } from './mlflow-error.ts';
import { objectList, optionalInteger, optionalObject, optionalText, text, type Fields } from './request-fields.ts';
import { tagsOf } from './experiment-calls.ts';

const statusNames: Readonly<Record<Run['status'], string>> = {
  running: 'RUNNING',
  scheduled: 'SCHEDULED',
  finished: 'FINISHED',
  failed: 'FAILED',
  killed: 'KILLED',
};
const statusNumbers: readonly Run['status'][] = ['running', 'scheduled', 'finished', 'failed', 'killed'];

/** The status named or numbered by a client; undefined where it names none. */
export function statusOf(fields: Fields): Run['status'] | undefined {
  const given = fields['status'];
  if (given === undefined || given === null) return undefined;
  const found = statusNumbers.find((status, index) => statusNames[status] === given || index + 1 === given);
  if (found) return found;
  throw invalidParameter(`Invalid value ${JSON.stringify(given)} for parameter 'status' supplied.`);
}

const pairs = (values: Readonly<Record<string, string>>) =>
  Object.entries(values).map(([key, value]) => ({ key, value }));

/** JSON has neither NaN nor infinities: protobuf writes them as words. */
function numberText(value: number): number | string {
  if (Number.isFinite(value)) return value;
  return Number.isNaN(value) ? 'NaN' : value > 0 ? 'Infinity' : '-Infinity';
}

export function toMetric({ key, value, timeMs, step }: MetricPoint) {
  return { key, value: numberText(value), timestamp: timeMs, step };
}

export function toRunInfo({ row }: WholeRun) {
  return {
    run_id: row.id,
    run_uuid: row.id,
    run_name: row.name,
    experiment_id: String(row.experiment_id),
    user_id: row.user_id,
    status: statusNames[row.status],
    start_time: row.started_at_ms,
    end_time: row.ended_at_ms ?? undefined,
    artifact_uri: row.artifact_uri,
    lifecycle_stage: row.lifecycle_stage,
  };
}

const nothing: RunInputs = { datasets: [], models: [], outputs: [] };

export function toRunMessage(run: WholeRun, { datasets, models, outputs }: RunInputs = nothing) {
  return {
    info: toRunInfo(run),
    data: {
      metrics: repeated(run.metrics.map(toMetric)),
      params: repeated(pairs(run.parameters)),
      tags: repeated(pairs(run.tags)),
    },
    inputs: {
      dataset_inputs: repeated(
        datasets.map((dataset) => ({
          tags: pairs(dataset.tags),
          dataset: {
            name: dataset.name,
            digest: dataset.digest,
            source_type: dataset.sourceType,
            source: dataset.source,
            schema: dataset.schema ?? undefined,
            profile: dataset.profile ?? undefined,
          },
        })),
      ),
      model_inputs: repeated(models.map(({ modelId }) => ({ model_id: modelId }))),
    },
    outputs: { model_outputs: repeated(outputs.map(({ modelId, step }) => ({ model_id: modelId, step }))) },
  };
}

/** A metric's number: a number, its text, or one of the words that stand for what JSON lacks. */
function metricNumber(fields: Fields, place: string): number {
  const given = fields['value'];
  if (given === undefined || given === null) throw missing(place, 'value');
  if (typeof given === 'number') return given;
  const words: Readonly<Record<string, number>> = { NaN: Number.NaN, Infinity: Infinity, '-Infinity': -Infinity };
  if (typeof given === 'string' && given !== '') {
    const value = words[given] ?? Number(given);
    if (given === 'NaN' || !Number.isNaN(value)) return value;
  }
  throw invalidParameter(
    `Invalid value ${JSON.stringify(given)} for parameter '${place}value' supplied: Please specify a value as a valid double (64-bit floating point)`,
  );
}

function missing(place: string, name: string) {
  return invalidParameter(
    `Missing value for required parameter '${place}${name}'. See the API docs for more information about request parameters.`,
  );
}

export function fromMetric(fields: Fields, place = ''): MetricPoint {
  const key = loggedKey(fields, place, 'Metric name');
  const value = metricNumber(fields, place);
  const timeMs = optionalInteger(fields, 'timestamp');
  if (timeMs === undefined) throw missing(place, 'timestamp');
  return { key, value, timeMs, step: optionalInteger(fields, 'step') ?? 0 };
}

/** Those of the metrics that measure a logged model. */
export function fromModelMetrics(metrics: readonly Fields[]): ModelMetric[] {
  return metrics.flatMap((fields) => {
    const modelId = optionalText(fields, 'model_id') || undefined;
    if (modelId === undefined) return [];
    const datasetName = optionalText(fields, 'dataset_name') || null;
    const datasetDigest = optionalText(fields, 'dataset_digest') || null;
    return [{ ...fromMetric(fields), modelId, datasetName, datasetDigest }];
  });
}

export function fromDatasetInput(fields: Fields): LoggedDataset {
  const dataset = optionalObject(fields, 'dataset') ?? {};
  return {
    name: text(dataset, 'name'),
    digest: text(dataset, 'digest'),
    sourceType: text(dataset, 'source_type'),
    source: text(dataset, 'source'),
    schema: optionalText(dataset, 'schema') ?? null,
    profile: optionalText(dataset, 'profile') ?? null,
    tags: tagsOf(fields),
  };
}

export function fromModels(fields: Fields, field: string): RunModel[] {
  return objectList(fields, field).map((model) => ({
    modelId: text(model, 'model_id'),
    step: optionalInteger(model, 'step') ?? 0,
  }));
}
