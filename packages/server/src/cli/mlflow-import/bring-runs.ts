/** A run with all that was logged of it: what it holds first, the tag that says it is whole last. */
import { canonicalJson, Type } from '@mulle/contract';
import { MulleError } from '#kernel/errors.ts';
import { sha256 } from '#kernel/ids.ts';
import { bringFiles, importedTag, type ImportTarget } from './import-target.ts';
import type { ImportSource } from './import-source.ts';
import { LoggedModelMessage, recordOf, RunMessage, type MetricMessage } from './messages.ts';
import { isAbsent } from './wire.ts';

const api = '/api/2.0/mlflow';
const pointsAtOnce = 1_000;
const Found = Type.Object({ run: RunMessage });
const FoundModel = Type.Object({ model: LoggedModelMessage });

const statuses = {
  RUNNING: 'running',
  SCHEDULED: 'scheduled',
  FINISHED: 'finished',
  FAILED: 'failed',
  KILLED: 'killed',
} as const;
type Status = keyof typeof statuses;

function isStatus(name: string): name is Status {
  return Object.hasOwn(statuses, name);
}

/** What tells a message from one to which something was added. */
function revisionOf(message: object): string {
  return sha256(canonicalJson(message)).slice(0, 16);
}

/** The tags of what the target has; undefined where it has nothing of the kind. */
async function tagsThere<T>(read: () => Promise<T>, tagsOf: (found: T) => Record<string, string>) {
  try {
    return tagsOf(await read());
  } catch (thrown) {
    if (isAbsent(thrown)) return undefined;
    throw thrown;
  }
}

export async function bringRun(
  target: ImportTarget,
  source: ImportSource,
  run: RunMessage,
  experimentId: string,
): Promise<'brought' | 'there'> {
  const { control, wire, tally, from, withFiles } = target;
  const { info } = run;
  const id = info.run_id;
  const revision = revisionOf(run);
  const there = await tagsThere(
    () => wire.get(`${api}/runs/get`, { run_id: id }, Found),
    (found) => recordOf(found.run.data?.tags),
  );
  if (there?.[importedTag] === revision) return 'there';
  if (!isStatus(info.status)) throw new MulleError('invalid_argument', `Run ${id} has the status ${info.status}.`);
  const [parameters, tags] = [recordOf(run.data?.params), recordOf(run.data?.tags)];
  const stays = !withFiles && info.artifact_uri !== undefined ? { artifactUri: info.artifact_uri } : {};
  const told = {
    from,
    experimentId,
    name: info.run_name ?? tags['mlflow.runName'] ?? id,
    user: info.user_id ?? '',
    status: statuses[info.status],
    startedAtMs: info.start_time ?? 0,
    endedAtMs: info.end_time ?? null,
    parameters,
    ...stays,
  };
  // Only what is active takes metrics.
  const { artifactUri } = await control.call('importRun', { params: { id }, body: { ...told, stage: 'active', tags } });
  await bringMetrics(target, id, source.metrics(run));
  await bringInputs(target, run);
  if (withFiles) await bringFiles(target, source.runFiles(run), artifactUri, there !== undefined);
  const stage = info.lifecycle_stage === 'deleted' ? 'deleted' : 'active';
  const body = { ...told, stage, tags: { ...tags, [importedTag]: revision } } as const;
  await control.call('importRun', { params: { id }, body });
  tally.sent.parameters += Object.keys(parameters).length;
  tally.sent.tags += Object.keys(tags).length;
  return 'brought';
}

async function bringMetrics(
  { wire, tally }: ImportTarget,
  id: string,
  pieces: AsyncIterable<readonly MetricMessage[]>,
): Promise<void> {
  let waiting: object[] = [];
  const send = async (metrics: object[]): Promise<void> => {
    if (metrics.length === 0) return;
    await wire.send(`${api}/runs/log-batch`, { run_id: id, metrics });
    tally.sent.metricPoints += metrics.length;
  };
  for await (const piece of pieces) {
    for (const { key, value, timestamp, step = 0 } of piece) {
      waiting.push({ key, value, timestamp, step });
      if (waiting.length < pointsAtOnce) continue;
      await send(waiting);
      waiting = [];
    }
  }
  await send(waiting);
}

async function bringInputs({ wire, tally }: ImportTarget, { info, inputs, outputs }: RunMessage): Promise<void> {
  const run_id = info.run_id;
  const [datasets, models] = [inputs?.dataset_inputs ?? [], inputs?.model_inputs ?? []];
  if (datasets.length + models.length > 0) await wire.send(`${api}/runs/log-inputs`, { run_id, datasets, models });
  tally.sent.datasets += datasets.length;
  const made = outputs?.model_outputs ?? [];
  if (made.length > 0) await wire.send(`${api}/runs/outputs`, { run_id, models: made });
}

const modelStatuses: Readonly<Record<string, 'pending' | 'ready' | 'failed'>> = {
  LOGGED_MODEL_READY: 'ready',
  LOGGED_MODEL_UPLOAD_FAILED: 'failed',
};

export async function bringLoggedModel(
  target: ImportTarget,
  source: ImportSource,
  model: LoggedModelMessage,
  experimentId: string,
): Promise<'brought' | 'there'> {
  const { control, wire, from, withFiles } = target;
  const { info, data } = model;
  const id = info.model_id;
  const revision = revisionOf(model);
  const there = await tagsThere(
    () => wire.get(`${api}/logged-models/${id}`, {}, FoundModel),
    (found) => recordOf(found.model.info.tags),
  );
  if (there?.[importedTag] === revision) return 'there';
  const tags = recordOf(info.tags);
  const told = {
    from,
    experimentId,
    name: info.name ?? id,
    statusMessage: info.status_message || null,
    type: info.model_type || null,
    runId: info.source_run_id || null,
    createdAtMs: info.creation_timestamp_ms,
    updatedAtMs: info.last_updated_timestamp_ms,
    parameters: recordOf(data?.params),
    metrics: (data?.metrics ?? []).map((metric) => modelMetric(metric, info.source_run_id ?? '')),
    ...(!withFiles && info.artifact_uri !== undefined ? { artifactUri: info.artifact_uri } : {}),
  };
  const params = { id };
  const begun = await control.call('importLoggedModel', { params, body: { ...told, tags, status: 'pending' } });
  if (withFiles) await bringFiles(target, source.modelFiles(model), begun.artifactUri, there !== undefined);
  const status = modelStatuses[info.status ?? ''] ?? 'pending';
  await control.call('importLoggedModel', {
    params,
    body: { ...told, status, tags: { ...tags, [importedTag]: revision } },
  });
  return 'brought';
}

function modelMetric(metric: MetricMessage, sourceRun: string) {
  const words: Readonly<Record<string, number>> = { Infinity: Number.MAX_VALUE, '-Infinity': -Number.MAX_VALUE };
  const number = Number(words[String(metric.value)] ?? metric.value);
  return {
    key: metric.key,
    value: Number.isNaN(number) ? null : number,
    step: metric.step ?? 0,
    timeMs: metric.timestamp,
    runId: metric.run_id ?? sourceRun,
    datasetName: metric.dataset_name ?? null,
    datasetDigest: metric.dataset_digest ?? null,
  };
}
