/**
 * Runs of pipelines: started by people and triggers, cancelled, resumed, read.
 *
 * A pipeline has one run at a time. While one is unfinished a pipeline with `overlap: queue` lets a further run wait
 * for its turn, one for each starter and 100 in all; else, and with `overlap: skip`, there is none: a person is told
 * `conflict`, of a trigger the unfinished run's log tells.
 */
import type { AppliedManifest, PipelineDefinition, PipelineRun } from '@mulle/contract';
import type { AccessTables, Actor, AuditLog } from '#domains/access/index.ts';
import type { ActivityService, ActivityTables } from '#domains/activity/index.ts';
import { nowMs } from '#kernel/clock.ts';
import { MulleError } from '#kernel/errors.ts';
import { newId } from '#kernel/ids.ts';
import type { Database, Reader, Transaction } from '#platform/database/index.ts';
import { newRun } from './advance-run.ts';
import { listLog, type LogFilter } from './log-store.ts';
import type { PipelineTables } from './pipeline-tables.ts';
import {
  insertRun,
  listRuns,
  planOf,
  readLastRun,
  readRun,
  readRunOfTask,
  readUnfinished,
  toPipelineRun,
  type RunFilter,
  type RunRecord,
} from './run-store.ts';
import { RunWriter } from './run-writer.ts';

type Tables = PipelineTables & ActivityTables & AccessTables;

const queuedRuns = 100;

export interface PipelineServiceOptions {
  readonly database: Database<Tables>;
  readonly activity: ActivityService;
  readonly audit: AuditLog;
  readonly manifest: () => AppliedManifest | null;
}

export interface RunStart {
  readonly parameters?: Readonly<Record<string, string | number | boolean>>;
  /** `trigger:NAME`, `person:NAME`, `cli`, … */
  readonly startedBy: string;
  readonly causeId: string | null;
}

/** Whether a run may start: now, later, or not because of the unfinished run named. */
export type Admission = { kind: 'start' | 'queue' } | { kind: 'skip'; activeRunId: string; reason: string };

export class PipelineService {
  readonly #options: PipelineServiceOptions;
  readonly #writer: RunWriter;

  constructor(options: PipelineServiceOptions) {
    this.#options = options;
    this.#writer = new RunWriter(options.activity);
  }

  /** A pipeline of the applied manifest; throws `not_found`. */
  definition(name: string): PipelineDefinition {
    const found = this.#options.manifest()?.manifest.pipelines.find((pipeline) => pipeline.name === name);
    if (!found) throw new MulleError('not_found', `There is no pipeline '${name}'. Apply a manifest that has it.`);
    return found;
  }

  /** All pipelines of the applied manifest with their last runs. */
  async listPipelines(): Promise<{ definition: PipelineDefinition; last: PipelineRun | null }[]> {
    const items = [];
    for (const definition of this.#options.manifest()?.manifest.pipelines ?? []) {
      const last = await readLastRun(this.#options.database.kysely, definition.name);
      items.push({ definition, last: last && toPipelineRun(last) });
    }
    return items;
  }

  /** Starts a run by hand. Throws `not_found`, `invalid_argument`, `conflict`. */
  async start(pipeline: string, wanted: RunStart, actor: Actor): Promise<PipelineRun> {
    const definition = this.definition(pipeline);
    return this.#options.database.transaction(async (trx) => {
      const admission = await this.admit(trx, definition, wanted.startedBy);
      if (admission.kind === 'skip') {
        throw new MulleError('conflict', admission.reason, { details: { runId: admission.activeRunId } });
      }
      const record = await this.startWithin(trx, definition, wanted, admission.kind);
      const details = { pipeline, parameters: record.parameters };
      await this.#options.audit.record(trx, { actor, action: 'pipeline-run.start', subject: record.id, details });
      return toPipelineRun(record);
    });
  }

  /** Starts a run of a definition that stands in no manifest, beside any others of its name. */
  startOnce(definition: PipelineDefinition, wanted: RunStart, actor: Actor): Promise<PipelineRun> {
    return this.#options.database.transaction(async (trx) => {
      const record = await this.startWithin(trx, definition, wanted, 'start');
      const details = { pipeline: definition.name, parameters: record.parameters };
      await this.#options.audit.record(trx, { actor, action: 'pipeline-run.start', subject: record.id, details });
      return toPipelineRun(record);
    });
  }

  /** Whether a run of this pipeline may start, as its `overlap` says. */
  async admit(reader: Reader<Tables>, definition: PipelineDefinition, startedBy: string): Promise<Admission> {
    const unfinished = await readUnfinished(reader, definition.name);
    const [active] = unfinished;
    if (!active) return { kind: 'start' };
    const skip = (reason: string): Admission => ({ kind: 'skip', activeRunId: active.id, reason });
    if (definition.overlap !== 'queue')
      return skip(`Run ${active.id} of '${definition.name}' is not finished. Wait for it or cancel it.`);
    const queue = unfinished.filter((run) => run.queued);
    if (queue.length >= queuedRuns || queue.some((run) => run.startedBy === startedBy))
      return skip(`A run of '${definition.name}' started by ${startedBy} is waiting for run ${active.id} already.`);
    return { kind: 'queue' };
  }

  /** Starts or queues an admitted run in the caller's transaction. Throws `invalid_argument` on its parameters. */
  async startWithin(
    trx: Transaction<Tables>,
    definition: PipelineDefinition,
    wanted: RunStart,
    admitted: 'start' | 'queue',
  ): Promise<RunRecord> {
    const at = nowMs();
    const progress = newRun(planOf(definition));
    const record: RunRecord = {
      id: newId('run'),
      pipeline: definition.name,
      queued: admitted === 'queue',
      parameters: parametersOf(definition, wanted.parameters ?? {}),
      startedBy: wanted.startedBy,
      definition,
      codeDigest: this.#options.manifest()?.digest ?? null,
      causeId: wanted.causeId,
      startedEventId: null,
      createdAtMs: at,
      ...progress,
      tasks: progress.tasks.map((task) => ({ ...task, inputsDigest: null, eventId: null })),
    };
    await insertRun(trx, record);
    return admitted === 'queue' ? record : this.#writer.begin(trx, record, 'begin', record.causeId, at);
  }

  /** Ends a run and everything in it. Throws `not_found`, `invalid_state`. */
  cancel(id: string, actor: Actor): Promise<PipelineRun> {
    return this.#change(id, 'pipeline-run.cancel', actor, (trx, record) => this.#writer.cancel(trx, record, nowMs()));
  }

  /** Goes on with a failed or cancelled run: what succeeded stays. Throws `not_found`, `invalid_state`, `conflict`. */
  resume(id: string, actor: Actor): Promise<PipelineRun> {
    return this.#change(id, 'pipeline-run.resume', actor, async (trx, record) => {
      const [active] = await readUnfinished(trx, record.pipeline);
      if (active && active.id !== id)
        throw new MulleError(
          'conflict',
          `Run ${active.id} of '${record.pipeline}' is not finished. Wait or cancel it.`,
        );
      return this.#writer.begin(trx, record, 'resume', record.startedEventId, nowMs());
    });
  }

  /** A further run of the same pipeline, as it is applied now. Throws `invalid_argument` where its parameters are others by now. */
  async again(id: string, actor: Actor): Promise<PipelineRun> {
    const before = await this.#read(this.#options.database.kysely, id);
    const parameters = Object.fromEntries(Object.entries(before.parameters).filter(isParameter));
    const wanted = { parameters, startedBy: `person:${actor.name}`, causeId: before.startedEventId };
    return this.start(before.pipeline, wanted, actor);
  }

  /** The run whose task's start an activity tells of; undefined where it tells of something else. */
  runOfTask(activityId: string): Promise<string | undefined> {
    return readRunOfTask(this.#options.database.kysely, activityId);
  }

  async get(id: string): Promise<PipelineRun> {
    return toPipelineRun(await this.#read(this.#options.database.kysely, id));
  }

  list(filter: RunFilter) {
    return listRuns(this.#options.database.kysely, filter);
  }

  /** Lines of a run's log, oldest first. Throws `not_found`. */
  async logs(id: string, filter: LogFilter) {
    await this.#read(this.#options.database.kysely, id);
    return listLog(this.#options.database.kysely, id, filter);
  }

  #change(
    id: string,
    action: string,
    actor: Actor,
    change: (trx: Transaction<Tables>, record: RunRecord) => Promise<RunRecord>,
  ): Promise<PipelineRun> {
    return this.#options.database.transaction(async (trx) => {
      const after = await change(trx, await this.#read(trx, id));
      const details = { pipeline: after.pipeline };
      await this.#options.audit.record(trx, { actor, action, subject: id, details });
      return toPipelineRun(after);
    });
  }

  async #read(reader: Reader<Tables>, id: string): Promise<RunRecord> {
    const record = await readRun(reader, id);
    if (!record) throw new MulleError('not_found', `There is no pipeline run '${id}'. List the runs.`);
    return record;
  }
}

function isParameter(entry: [string, unknown]): entry is [string, string | number | boolean] {
  return ['string', 'number', 'boolean'].includes(typeof entry[1]);
}

/** The declared parameters with what was given in their place. */
function parametersOf(
  { name: pipeline, parameters = {} }: PipelineDefinition,
  given: Readonly<Record<string, string | number | boolean>>,
): Record<string, string | number | boolean> {
  for (const [name, value] of Object.entries(given)) {
    const declared = Object.hasOwn(parameters, name) ? parameters[name] : undefined;
    if (declared === undefined) {
      const known = Object.keys(parameters).join(', ') || 'none';
      throw new MulleError('invalid_argument', `'${pipeline}' has no parameter '${name}'. Its parameters: ${known}.`);
    }
    if (typeof value !== typeof declared)
      throw new MulleError(
        'invalid_argument',
        `Parameter '${name}' must be a ${typeof declared}, not a ${typeof value}.`,
      );
  }
  return { ...parameters, ...given };
}
