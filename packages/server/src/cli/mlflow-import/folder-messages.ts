/** What the folder holds, as MLflow's protocol would tell it. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Type } from '@mulle/contract';
import { MulleError } from '#kernel/errors.ts';
import { filesBelow, namesIn, readMeta, readYaml, textsBelow } from './folder-files.ts';
import {
  recordOf,
  type LoggedModelMessage,
  type MetricMessage,
  type RunMessage,
  type TraceMessage,
} from './messages.ts';

const text = Type.Optional(Type.String());
const integer = Type.Optional(Type.Integer());
/** The number of a status, or its name. */
const status = Type.Optional(Type.Union([Type.Integer(), Type.String()]));

const RunMeta = Type.Object({
  run_id: text,
  run_uuid: text,
  run_name: text,
  experiment_id: Type.Union([Type.String(), Type.Integer()]),
  user_id: text,
  status,
  start_time: integer,
  end_time: integer,
  artifact_uri: text,
  lifecycle_stage: text,
});
const runStatuses = ['', 'RUNNING', 'SCHEDULED', 'FINISHED', 'FAILED', 'KILLED'];

const InputMeta = Type.Object({
  source_type: Type.String(),
  source_id: Type.String(),
  step: integer,
  tags: Type.Optional(Type.Record(Type.String(), Type.String())),
});
const DatasetMeta = Type.Object({
  name: Type.String(),
  digest: Type.String(),
  source_type: Type.String(),
  source: Type.String(),
  schema: text,
  profile: text,
});

const ModelMeta = Type.Object({
  model_id: Type.String(),
  experiment_id: Type.String(),
  name: text,
  creation_timestamp: Type.Integer(),
  last_updated_timestamp: Type.Integer(),
  artifact_location: text,
  status,
  status_message: text,
  model_type: text,
  source_run_id: text,
  lifecycle_stage: text,
});
const modelStatuses = ['', 'LOGGED_MODEL_PENDING', 'LOGGED_MODEL_READY', 'LOGGED_MODEL_UPLOAD_FAILED'];

const TraceMeta = Type.Object({
  trace_id: text,
  request_id: text,
  request_time: text,
  timestamp_ms: integer,
  execution_duration_ms: integer,
  execution_time_ms: integer,
  state: text,
  status: text,
  client_request_id: text,
  request_preview: text,
  response_preview: text,
});

const pythonNumbers: Readonly<Record<string, string>> = { nan: 'NaN', inf: 'Infinity', '-inf': '-Infinity' };

/** `time value step`, for models of MLflow 3 with the run, and with the dataset where there is one. */
export function metricOf(key: string, line: string, ofModel = false): MetricMessage {
  const [timestamp = '', value = '', step = '0', ...more] = line.trim().split(' ');
  const [run, name, digest] = ofModel ? more : [undefined, ...more];
  const number = pythonNumbers[value] ?? Number(value);
  if (!/^\d+$/.test(timestamp) || !/^-?\d+$/.test(step) || Number.isNaN(number)) {
    throw new MulleError('corrupt_data', `Metric ${key} has a line that is none: ${line.slice(0, 100)}`);
  }
  return {
    key,
    value: number,
    timestamp: Number(timestamp),
    step: Number(step),
    ...(run === undefined ? {} : { run_id: run }),
    ...(name === undefined || digest === undefined ? {} : { dataset_name: name, dataset_digest: digest }),
  };
}

function named(names: readonly string[], given: number | string | undefined): string {
  return typeof given === 'number' ? (names[given] ?? '') : (given ?? '');
}

/** The run in a folder, of the experiment in another. */
export async function runIn(folder: string, experiment: string, metrics: MetricMessage[]): Promise<RunMessage> {
  const { run_uuid, run_id = run_uuid, status: given, experiment_id, ...meta } = await readMeta(folder, RunMeta);
  if (run_id === undefined) throw new MulleError('corrupt_data', `${folder}/meta.yaml has no run_id.`);
  const inputs = await inputsIn(join(folder, 'inputs'), experiment);
  const outputs = [];
  for (const name of await namesIn(join(folder, 'outputs'))) {
    const { source_id, step = 0 } = await readMeta(join(folder, 'outputs', name), InputMeta);
    outputs.push({ model_id: source_id, step });
  }
  return {
    info: { ...meta, run_id, experiment_id: String(experiment_id), status: named(runStatuses, given) },
    data: { metrics, params: await textsBelow(join(folder, 'params')), tags: await textsBelow(join(folder, 'tags')) },
    inputs,
    outputs: { model_outputs: outputs },
  };
}

async function inputsIn(folder: string, experiment: string) {
  const datasets: unknown[] = [];
  const models = [];
  for (const name of await namesIn(folder)) {
    const { source_type, source_id, tags = {} } = await readMeta(join(folder, name), InputMeta);
    if (source_type !== 'DATASET') {
      models.push({ model_id: source_id });
      continue;
    }
    const dataset = await readMeta(join(experiment, 'datasets', source_id), DatasetMeta);
    datasets.push({ dataset, tags: Object.entries(tags).map(([key, value]) => ({ key, value })) });
  }
  return { dataset_inputs: datasets, model_inputs: models };
}

/** Undefined for one that is deleted. */
export async function loggedModelIn(folder: string): Promise<LoggedModelMessage | undefined> {
  const meta = await readMeta(folder, ModelMeta);
  if (meta.lifecycle_stage === 'deleted') return undefined;
  const { creation_timestamp, last_updated_timestamp, artifact_location, status: given, ...info } = meta;
  const metrics: MetricMessage[] = [];
  for await (const { path, at } of filesBelow(join(folder, 'metrics'))) {
    const lines = (await readFile(at, 'utf8')).split('\n').filter((line) => line.trim() !== '');
    metrics.push(...lines.map((line) => metricOf(path, line, true)));
  }
  return {
    info: {
      ...info,
      creation_timestamp_ms: creation_timestamp,
      last_updated_timestamp_ms: last_updated_timestamp,
      ...(artifact_location === undefined ? {} : { artifact_uri: artifact_location }),
      status: named(modelStatuses, given),
      tags: await textsBelow(join(folder, 'tags')),
    },
    data: { params: await textsBelow(join(folder, 'params')), metrics },
  };
}

/** In the words of MLflow 3, whichever version wrote it. */
export async function readTrace(folder: string, experimentId: string): Promise<TraceMessage> {
  const {
    request_id,
    trace_id = request_id,
    timestamp_ms,
    execution_time_ms,
    status: old,
    ...meta
  } = await readYaml(join(folder, 'trace_info.yaml'), TraceMeta);
  if (trace_id === undefined) throw new MulleError('corrupt_data', `${folder}/trace_info.yaml has no trace_id.`);
  const { execution_duration_ms: durationMs = execution_time_ms, state = old, request_time, ...rest } = meta;
  const assessments: Record<string, unknown>[] = [];
  for await (const { at } of filesBelow(join(folder, 'assessments'))) {
    assessments.push(await readYaml(at, Type.Record(Type.String(), Type.Unknown())));
  }
  const trace = {
    ...rest,
    trace_id,
    trace_location: { type: 'MLFLOW_EXPERIMENT', mlflow_experiment: { experiment_id: experimentId } },
    request_time: request_time ?? new Date(timestamp_ms ?? 0).toISOString(),
    ...(durationMs === undefined ? {} : { execution_duration: `${durationMs / 1_000}s` }),
    ...(state === undefined ? {} : { state }),
    tags: recordOf(await textsBelow(join(folder, 'tags'))),
    trace_metadata: recordOf(await textsBelow(join(folder, 'request_metadata'))),
    assessments,
  };
  return trace;
}
