import { durationMs, type PipelineDefinition, type PipelineRun, type Task, type TaskRun } from '@mulle/contract';
import type { Selectable } from 'kysely';
import {
  decodeJson,
  encodeJson,
  pageOf,
  readPageToken,
  type PageRequest,
  type Reader,
  type Transaction,
} from '#platform/database/index.ts';
import type { RunProgress, TaskError, TaskPlan, TaskProgress } from './advance-run.ts';
import type { PipelineTables } from './pipeline-tables.ts';

/** A task's progress and what only the server needs to know of it. */
export interface StoredTask extends TaskProgress {
  readonly inputsDigest: string | null;
  readonly eventId: string | null;
}

export interface RunRecord {
  readonly id: string;
  readonly pipeline: string;
  readonly queued: boolean;
  readonly parameters: Readonly<Record<string, unknown>>;
  readonly startedBy: string;
  readonly definition: PipelineDefinition;
  readonly codeDigest: string | null;
  readonly causeId: string | null;
  /** Id of its last `pipeline-run-started` event; null while queued. */
  readonly startedEventId: string | null;
  readonly createdAtMs: number;
  readonly state: PipelineRun['state'];
  readonly endedAtMs: number | null;
  /** In the order of the definition. */
  readonly tasks: readonly StoredTask[];
}

type RunRow = Selectable<PipelineTables['pipeline_runs']>;
type TaskRow = Selectable<PipelineTables['task_runs']>;
type Runs = Reader<PipelineTables>;

/** What the engine needs to know of a pipeline. */
export function planOf(definition: PipelineDefinition): TaskPlan[] {
  return definition.tasks.map(({ name, dependsOn, retries, backoff }) => ({
    name,
    dependsOn: dependsOn ?? [],
    retries: retries ?? 0,
    backoffMs: durationMs(backoff ?? '1s'),
  }));
}

export function taskOf(record: RunRecord, name: string): { definition: Task; stored: StoredTask } {
  const definition = record.definition.tasks.find((task) => task.name === name);
  const stored = record.tasks.find((task) => task.name === name);
  if (!definition || !stored) throw new Error(`Run ${record.id} has no task '${name}'.`);
  return { definition, stored };
}

/** A task as the API shows it. */
export function toTaskRun(task: StoredTask, kind: string): TaskRun {
  const { name, state, attempt, cached, progress, error, startedAtMs, endedAtMs } = task;
  return { name, kind, state, attempt, cached, progress, outputs: { ...task.outputs }, error, startedAtMs, endedAtMs };
}

/** A run as the API shows it. */
export function toPipelineRun(record: RunRecord): PipelineRun {
  const { id, pipeline, state, parameters, startedBy, codeDigest, causeId, createdAtMs, endedAtMs } = record;
  const tasks = record.tasks.map((task) => toTaskRun(task, taskOf(record, task.name).definition.kind));
  return {
    id,
    pipeline,
    state,
    parameters: { ...parameters },
    startedBy,
    tasks,
    codeDigest,
    causeId,
    createdAtMs,
    endedAtMs,
  };
}

/** The record with the engine's new progress. */
export function withProgress(record: RunRecord, progress: RunProgress): RunRecord {
  const tasks = record.tasks.map((task) => ({ ...task, ...progress.tasks.find(({ name }) => name === task.name) }));
  return { ...record, state: progress.state, endedAtMs: progress.endedAtMs, tasks };
}

function toStoredTask(row: TaskRow): StoredTask {
  return {
    name: row.name,
    state: row.state,
    attempt: row.attempt,
    failures: row.failures,
    losses: row.losses,
    cached: row.cached === 1,
    progress: row.progress,
    outputs: decodeJson<Record<string, unknown>>(row.outputs),
    error: row.error === null ? null : decodeJson<TaskError>(row.error),
    readyAtMs: row.ready_at_ms,
    startedAtMs: row.started_at_ms,
    endedAtMs: row.ended_at_ms,
    inputsDigest: row.inputs_digest,
    eventId: row.event_id,
  };
}

function toRecord(row: RunRow, tasks: readonly TaskRow[]): RunRecord {
  return {
    id: row.id,
    pipeline: row.pipeline,
    queued: row.queued === 1,
    parameters: decodeJson<Record<string, unknown>>(row.parameters),
    startedBy: row.started_by,
    definition: decodeJson<PipelineDefinition>(row.definition),
    codeDigest: row.code_digest,
    causeId: row.cause_id,
    startedEventId: row.started_event_id,
    createdAtMs: row.created_at_ms,
    state: row.state,
    endedAtMs: row.ended_at_ms,
    tasks: tasks.filter(({ run_id: runId }) => runId === row.id).map(toStoredTask),
  };
}

async function withTasks(reader: Runs, rows: readonly RunRow[]): Promise<RunRecord[]> {
  if (rows.length === 0) return [];
  const tasks = await reader
    .selectFrom('task_runs')
    .selectAll()
    .where(
      'run_id',
      'in',
      rows.map(({ id }) => id),
    )
    .orderBy('ordinal')
    .execute();
  return rows.map((row) => toRecord(row, tasks));
}

function taskColumns(task: StoredTask) {
  return {
    state: task.state,
    attempt: task.attempt,
    failures: task.failures,
    losses: task.losses,
    cached: task.cached ? 1 : 0,
    progress: task.progress,
    outputs: encodeJson(task.outputs),
    error: task.error === null ? null : encodeJson(task.error),
    ready_at_ms: task.readyAtMs,
    started_at_ms: task.startedAtMs,
    ended_at_ms: task.endedAtMs,
    inputs_digest: task.inputsDigest,
    event_id: task.eventId,
  };
}

/** Writes a new run with its tasks. */
export async function insertRun(trx: Transaction<PipelineTables>, record: RunRecord): Promise<void> {
  const last = await trx
    .selectFrom('pipeline_runs')
    .select((expression) => expression.fn.max('sequence').as('sequence'))
    .executeTakeFirst();
  await trx
    .insertInto('pipeline_runs')
    .values({
      id: record.id,
      sequence: (last?.sequence ?? 0) + 1,
      pipeline: record.pipeline,
      state: record.state,
      queued: record.queued ? 1 : 0,
      parameters: encodeJson(record.parameters),
      started_by: record.startedBy,
      definition: encodeJson(record.definition),
      code_digest: record.codeDigest,
      cause_id: record.causeId,
      started_event_id: record.startedEventId,
      created_at_ms: record.createdAtMs,
      ended_at_ms: record.endedAtMs,
    })
    .execute();
  const rows = record.tasks.map((task, ordinal) => ({
    run_id: record.id,
    name: task.name,
    ordinal,
    ...taskColumns(task),
  }));
  // 16 columns a row: well below the 32,766 parameters that SQLite takes in a statement.
  for (let from = 0; from < rows.length; from += 500)
    await trx
      .insertInto('task_runs')
      .values(rows.slice(from, from + 500))
      .execute();
}

/** Writes what differs between two records of a run. */
export async function updateRun(trx: Transaction<PipelineTables>, before: RunRecord, after: RunRecord): Promise<void> {
  await trx
    .updateTable('pipeline_runs')
    .set({
      state: after.state,
      queued: after.queued ? 1 : 0,
      started_event_id: after.startedEventId,
      ended_at_ms: after.endedAtMs,
    })
    .where('id', '=', after.id)
    .execute();
  for (const [ordinal, task] of after.tasks.entries()) {
    const old = before.tasks[ordinal];
    if (old && encodeJson(old) === encodeJson(task)) continue;
    await trx
      .updateTable('task_runs')
      .set(taskColumns(task))
      .where('run_id', '=', after.id)
      .where('name', '=', task.name)
      .execute();
  }
}

export async function readRun(reader: Runs, id: string): Promise<RunRecord | null> {
  const rows = await reader.selectFrom('pipeline_runs').selectAll().where('id', '=', id).execute();
  return (await withTasks(reader, rows))[0] ?? null;
}

/** The run whose task began with an activity of this id. */
export async function readRunOfTask(reader: Runs, eventId: string): Promise<string | undefined> {
  const row = await reader
    .selectFrom('task_runs')
    .select('run_id')
    .where('event_id', '=', eventId)
    .limit(1)
    .executeTakeFirst();
  return row?.run_id;
}

/** Runs of a pipeline that have not ended, oldest first; those that wait their turn among them. */
export async function readUnfinished(reader: Runs, pipeline: string): Promise<RunRecord[]> {
  const rows = await reader
    .selectFrom('pipeline_runs')
    .selectAll()
    .where('pipeline', '=', pipeline)
    .where('state', '=', 'running')
    .orderBy('sequence')
    .execute();
  return withTasks(reader, rows);
}

/** The last run of a pipeline; null when it never ran. */
export async function readLastRun(reader: Runs, pipeline: string): Promise<RunRecord | null> {
  const rows = await reader
    .selectFrom('pipeline_runs')
    .selectAll()
    .where('pipeline', '=', pipeline)
    .orderBy('sequence', 'desc')
    .limit(1)
    .execute();
  return (await withTasks(reader, rows))[0] ?? null;
}

export interface RunFilter extends PageRequest {
  readonly pipeline?: string;
}

/** Runs, newest first. */
export async function listRuns(reader: Runs, filter: RunFilter) {
  const after = readPageToken(filter);
  const { pipeline } = filter;
  const page = await pageOf(
    filter,
    (count) =>
      reader
        .selectFrom('pipeline_runs')
        .selectAll()
        .$if(pipeline !== undefined, (query) => query.where('pipeline', '=', pipeline ?? ''))
        .$if(after !== undefined, (query) => query.where('sequence', '<', Number(after)))
        .orderBy('sequence', 'desc')
        .limit(count)
        .execute(),
    (row) => row.sequence,
    (row) => row,
  );
  return { ...page, items: (await withTasks(reader, page.items)).map(toPipelineRun) };
}

/** Tasks that may start now, those of the oldest runs first. */
export function readReadyTasks(reader: Runs, nowMs: number, limit: number): Promise<{ runId: string; task: string }[]> {
  return reader
    .selectFrom('task_runs')
    .innerJoin('pipeline_runs', 'pipeline_runs.id', 'task_runs.run_id')
    .select(['task_runs.run_id as runId', 'task_runs.name as task'])
    .where('task_runs.state', '=', 'ready')
    .where('task_runs.ready_at_ms', '<=', nowMs)
    .where('pipeline_runs.state', '=', 'running')
    .orderBy('pipeline_runs.sequence')
    .orderBy('task_runs.ordinal')
    .limit(limit)
    .execute();
}

/** When the next task that waits for its next attempt may start; null when none waits. */
export async function nextReadyAtMs(reader: Runs): Promise<number | null> {
  const row = await reader
    .selectFrom('task_runs')
    .select((expression) => expression.fn.min('ready_at_ms').as('next'))
    .where('state', '=', 'ready')
    .executeTakeFirst();
  return row?.next ?? null;
}

/** Outputs of the last success with these inputs; null when there is none. */
export async function readCached(reader: Runs, inputsDigest: string): Promise<Record<string, unknown> | null> {
  const row = await reader
    .selectFrom('task_runs')
    .select('outputs')
    .where('inputs_digest', '=', inputsDigest)
    .where('state', '=', 'succeeded')
    .orderBy('ended_at_ms', 'desc')
    .limit(1)
    .executeTakeFirst();
  return row ? decodeJson<Record<string, unknown>>(row.outputs) : null;
}
