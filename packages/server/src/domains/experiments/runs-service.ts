/**
 * Runs of experiments: running → finished | failed | killed. Parameters never change once given, tags may, metrics grow.
 * The latest value of a metric is the one of its greatest step, then time, then value, as MLflow has it. A deleted run
 * takes nothing any more, and comes back whole when it is restored.
 */
import type { MetricSeries, MetricSummary, Run } from '@mulle/contract';
import type { AccessTables, Actor, AuditLog } from '#domains/access/index.ts';
import type { ActivityService, ActivityTables } from '#domains/activity/index.ts';
import { nowMs } from '#kernel/clock.ts';
import { MulleError } from '#kernel/errors.ts';
import { newHexId, newId } from '#kernel/ids.ts';
import {
  pageOf,
  readPageToken,
  readPosition,
  type Database,
  type PageRequest,
  type Reader,
  type Transaction,
  type Position,
} from '#platform/database/index.ts';
import { findExperiment, insertExperiment, keptHere, type ExperimentRow } from './experiment-store.ts';
import { assertActive } from './experiments-service.ts';
import { defaultExperimentId, type ExperimentsTables, type LifecycleStage } from './experiments-tables.ts';
import {
  inputsOf,
  insertInputs,
  insertRunModels,
  type LoggedDataset,
  type RunInputs,
  type RunModel,
  summariseDatasets,
  type DatasetSummary,
} from './input-store.ts';
import { insertModelMetrics, type ModelMetric } from './logged-model-metrics.ts';
import { MetricRollups } from './metric-rollups.ts';
import { metricSeries, summariseMetrics, type WantedSeries } from './metric-series.ts';
import { insertMetrics, metricHistory, type MetricPoint } from './metric-store.ts';
import { RunFeed, type RunNews } from './run-feed.ts';
import { searchRunRows, type RunSearch } from './run-search.ts';
import {
  findRunRow,
  insertParameters,
  listRunRows,
  parametersOf,
  putRunTags,
  removeRunTag,
  toRun,
  updateRun,
  wholeRuns,
  type RunRow,
  type WholeRun,
} from './run-store.ts';

type Tables = ExperimentsTables & ActivityTables & AccessTables;

export interface RunsOptions {
  readonly database: Database<Tables>;
  readonly activity: ActivityService;
  readonly audit: AuditLog;
}

export interface NewRun {
  /** Of the two, or neither: the default one. An experiment that is named is made when it does not exist. */
  readonly experiment?: string;
  readonly experimentId?: number;
  readonly name?: string | undefined;
  readonly userId?: string | undefined;
  readonly startedAtMs?: number | undefined;
  readonly parameters?: Readonly<Record<string, string>>;
  readonly tags?: Readonly<Record<string, string>>;
  readonly causeId?: string;
}

export interface RunLog {
  readonly metrics?: readonly MetricPoint[];
  readonly parameters?: Readonly<Record<string, string>>;
  readonly tags?: Readonly<Record<string, string>>;
}

export interface RunChange {
  readonly status?: Run['status'] | undefined;
  readonly endedAtMs?: number | undefined;
  readonly name?: string | undefined;
}

/** The tag by which MLflow's clients know a run's name. */
const nameTag = 'mlflow.runName';
const ended = new Set<Run['status']>(['finished', 'failed', 'killed']);

export class RunsService {
  readonly #options: RunsOptions;
  readonly #rollups = new MetricRollups();
  /** What happens to runs, for whoever watches them. */
  readonly feed = new RunFeed();

  constructor(options: RunsOptions) {
    this.#options = options;
  }

  createRun(actor: Actor, wanted: NewRun): Promise<Run> {
    const { database, activity, audit } = this.#options;
    return database.transaction(async (trx) => {
      const experiment = await this.#experiment(trx, wanted);
      assertActive(experiment);
      const id = newHexId();
      const name = wanted.name ?? wanted.tags?.[nameTag] ?? id;
      const row: RunRow = {
        id,
        experiment_id: experiment.id,
        name,
        status: 'running',
        lifecycle_stage: 'active',
        user_id: wanted.userId ?? actor.name,
        artifact_uri: `${experiment.artifact_location.replace(/\/+$/, '')}/${id}/artifacts`,
        cause_id: wanted.causeId ?? null,
        started_activity_id: newId('activity'),
        started_at_ms: wanted.startedAtMs ?? nowMs(),
        ended_at_ms: null,
        stopped_by: null,
        stopped_at_ms: null,
      };
      await trx.insertInto('runs').values(row).execute();
      await insertParameters(trx, id, new Map(Object.entries(wanted.parameters ?? {})));
      await putRunTags(trx, id, wanted.tags ?? {});
      const run = toRun(await this.#whole(trx, row));
      await activity.record(trx, {
        id: row.started_activity_id,
        type: 'run-started',
        subject: id,
        causeId: row.cause_id,
        value: run,
      });
      await audit.record(trx, { actor, action: 'run.create', subject: id, details: { experiment: experiment.name } });
      return run;
    });
  }

  async getRun(id: string): Promise<Run> {
    return toRun(await this.getWhole(id));
  }

  async getWhole(id: string): Promise<WholeRun> {
    const { kysely } = this.#options.database;
    return this.#whole(kysely, await this.#row(kysely, id));
  }

  async runExists(id: string): Promise<boolean> {
    return (await findRunRow(this.#options.database.kysely, id)) !== undefined;
  }

  /** Newest first. */
  async listRuns(request: PageRequest & { experiment?: string }): Promise<{ items: Run[]; nextPageToken?: string }> {
    const { kysely } = this.#options.database;
    const token = readPageToken(request);
    const before = token === undefined ? undefined : String(token);
    const named =
      request.experiment === undefined ? undefined : await findExperiment(kysely, { name: request.experiment });
    if (request.experiment !== undefined && named === undefined) return { items: [] };
    const page = await pageOf(
      request,
      (count) => listRunRows(kysely, { experimentId: named?.id, before }, count),
      (row) => row.id,
      (row) => row,
    );
    return { ...page, items: (await wholeRuns(kysely, page.items)).map(toRun) };
  }

  /** A page is full or the last one; `next` is there whenever it is full. */
  async search(
    search: RunSearch,
    after: Position | undefined,
    count: number,
  ): Promise<{ runs: WholeRun[]; next: Position | undefined }> {
    const { kysely, dialect } = this.#options.database;
    const found = await searchRunRows(kysely, dialect, search, after, count);
    const runs = await wholeRuns(
      kysely,
      found.map(({ row }) => row),
    );
    return { runs, next: found.length === count ? found.at(-1)?.position : undefined };
  }

  /** A page of Mulle's own API. */
  async searchPage(search: RunSearch, request: PageRequest): Promise<{ items: Run[]; nextPageToken?: string }> {
    const { kysely, dialect } = this.#options.database;
    const after = readPosition(request);
    const page = await pageOf(
      request,
      (count) => searchRunRows(kysely, dialect, search, after, count),
      ({ position }) => JSON.stringify(position),
      ({ row }) => row,
    );
    return { ...page, items: (await wholeRuns(kysely, page.items)).map(toRun) };
  }

  inputsOf(runIds: readonly string[]): Promise<Map<string, RunInputs>> {
    return inputsOf(this.#options.database.kysely, runIds);
  }

  datasetsOf(experimentIds: readonly number[], count: number): Promise<DatasetSummary[]> {
    return summariseDatasets(this.#options.database.kysely, experimentIds, count);
  }

  /** Names of the datasets that a run read, and ids of the models that it logged. Throws `not_found`. */
  async readAndMade(id: string): Promise<{ datasets: string[]; models: string[] }> {
    const { kysely } = this.#options.database;
    await this.#row(kysely, id);
    const inputs = (await this.inputsOf([id])).get(id);
    const logged = await kysely.selectFrom('logged_models').select('id').where('source_run_id', '=', id).execute();
    return {
      datasets: [...new Set((inputs?.datasets ?? []).map(({ name }) => name))],
      models: [
        ...new Set([...(inputs?.outputs ?? []).map(({ modelId }) => modelId), ...logged.map((model) => model.id)]),
      ],
    };
  }

  /** One batch, all or nothing. Throws `conflict` on a parameter that has another value already. */
  logRun(actor: Actor, id: string, log: RunLog, ofModels: readonly ModelMetric[] = []): Promise<void> {
    const { parameters, tags, metrics = [] } = log;
    return this.#write(id, metrics, async (trx) => {
      await insertParameters(trx, id, await this.#newParameters(trx, id, parameters ?? {}));
      await putRunTags(trx, id, tags ?? {});
      const name = tags?.[nameTag];
      if (name !== undefined) await updateRun(trx, id, { name });
      await insertMetrics(trx, id, metrics);
      await insertModelMetrics(trx, id, ofModels);
      // Metrics are measurements that keep their own history; who set parameters and tags is told by the audit log alone.
      if (!parameters && !tags) return;
      await this.#options.audit.record(trx, { actor, action: 'run.log', subject: id, details: { parameters, tags } });
    });
  }

  logInputs(
    id: string,
    given: { datasets?: readonly LoggedDataset[]; models?: readonly RunModel[]; outputs?: readonly RunModel[] },
  ): Promise<void> {
    return this.#write(id, [], async (trx, row) => {
      await insertInputs(trx, { id, experimentId: row.experiment_id }, given.datasets ?? []);
      await insertRunModels(trx, id, 'input', given.models ?? []);
      await insertRunModels(trx, id, 'output', given.outputs ?? []);
    });
  }

  deleteTag(actor: Actor, id: string, key: string): Promise<void> {
    return this.#write(id, [], async (trx) => {
      if (!(await removeRunTag(trx, id, key))) {
        throw new MulleError('not_found', `No tag with name: ${key} in run with id ${id}`);
      }
      await this.#options.audit.record(trx, { actor, action: 'run.delete-tag', subject: id, details: { key } });
    });
  }

  async getMetric(id: string, key: string): Promise<MetricPoint[]> {
    const { kysely } = this.#options.database;
    await this.#row(kysely, id);
    return metricHistory(kysely, id, key);
  }

  async summariseMetrics(id: string): Promise<MetricSummary[]> {
    const { kysely } = this.#options.database;
    await this.#row(kysely, id);
    return summariseMetrics(kysely, id);
  }

  /** Histories for charts; runs and metrics that are not there have none. */
  metricSeries(wanted: WantedSeries): Promise<MetricSeries[]> {
    return metricSeries(this.#options.database.kysely, this.#rollups, wanted);
  }

  /** What happens to a run after the change of this id, or from now on. Throws `not_found`. */
  async follow(id: string, afterId: string | undefined, signal: AbortSignal): Promise<AsyncIterable<RunNews>> {
    const { position } = this.feed;
    await this.#row(this.#options.database.kysely, id);
    return this.feed.follow(id, afterId ?? position, signal);
  }

  async getMetricPage(id: string, key: string, after: MetricPoint | undefined, count: number): Promise<MetricPoint[]> {
    const { kysely } = this.#options.database;
    await this.#row(kysely, id);
    return metricHistory(kysely, id, key, { after, count });
  }

  /** Ending again with the same status changes nothing; with another it throws `invalid_state`. */
  endRun(actor: Actor, id: string, status: 'finished' | 'failed' | 'killed'): Promise<Run> {
    return this.#changed(id, async (trx) => {
      const row = await this.#row(trx, id);
      if (row.status === status) return toRun(await this.#whole(trx, row));
      if (ended.has(row.status)) {
        throw new MulleError('invalid_state', `Run ${id} has ended as ${row.status}. Begin a new run.`);
      }
      return this.#end(trx, actor, { ...row, status, ended_at_ms: nowMs() });
    });
  }

  /** What MLflow's clients may change at any time: a run that has ended may be taken up again. */
  updateRun(actor: Actor, id: string, change: RunChange): Promise<WholeRun> {
    return this.#changed(id, async (trx) => {
      const before = await this.#active(trx, id);
      const { name = before.name, endedAtMs = before.ended_at_ms } = change;
      const isTakenUp = before.stopped_by !== null && change.status === 'running';
      // The program of a stopped run says how it ended; it was killed all the same.
      const status = before.stopped_by !== null && !isTakenUp ? before.status : (change.status ?? before.status);
      const row: RunRow = {
        ...before,
        name,
        status,
        ended_at_ms: ended.has(status) ? (endedAtMs ?? nowMs()) : endedAtMs,
      };
      if (name !== before.name) await putRunTags(trx, id, { [nameTag]: name });
      if (ended.has(status) && !ended.has(before.status)) await this.#end(trx, actor, row);
      else await updateRun(trx, id, { name, status, ended_at_ms: row.ended_at_ms });
      if (isTakenUp) await updateRun(trx, id, { stopped_by: null, stopped_at_ms: null });
      return this.#whole(trx, row);
    });
  }

  setStage(actor: Actor, id: string, stage: LifecycleStage): Promise<void> {
    return this.#changed(id, async (trx) => {
      await this.#row(trx, id);
      await updateRun(trx, id, { lifecycle_stage: stage });
      const action = stage === 'deleted' ? 'run.delete' : 'run.restore';
      await this.#options.audit.record(trx, { actor, action, subject: id, details: {} });
    });
  }

  async #end(trx: Transaction<Tables>, actor: Actor, row: RunRow): Promise<Run> {
    const { activity, audit } = this.#options;
    await updateRun(trx, row.id, { status: row.status, ended_at_ms: row.ended_at_ms, name: row.name });
    const run = toRun(await this.#whole(trx, row));
    const causeId = row.started_activity_id;
    await activity.record(trx, { type: 'run-ended', subject: row.id, causeId, value: run });
    await audit.record(trx, { actor, action: 'run.end', subject: row.id, details: { status: row.status } });
    return run;
  }

  async #experiment(trx: Transaction<Tables>, { experiment, experimentId }: NewRun): Promise<ExperimentRow> {
    if (experiment === undefined) {
      const id = experimentId ?? defaultExperimentId;
      const found = await findExperiment(trx, { id });
      if (found) return found;
      throw new MulleError('not_found', `No Experiment with id=${id} exists`);
    }
    const wanted = { name: experiment, artifactRoot: keptHere };
    return (await findExperiment(trx, { name: experiment })) ?? insertExperiment(trx, wanted, nowMs());
  }

  async #newParameters(
    trx: Transaction<Tables>,
    id: string,
    given: Readonly<Record<string, string>>,
  ): Promise<Map<string, string>> {
    const existing = await parametersOf(trx, id, Object.keys(given));
    const added = new Map<string, string>();
    for (const [key, value] of Object.entries(given)) {
      const before = existing.get(key);
      if (before === undefined) added.set(key, value);
      else if (before !== value)
        throw new MulleError(
          'conflict',
          `Changing param values is not allowed. Param with key='${key}' was already logged with value='${before}' for run ID='${id}'. Attempted logging new value '${value}'.`,
        );
    }
    return added;
  }

  /** A change of a run, told to its watchers once it is committed. */
  async #changed<T>(id: string, change: (trx: Transaction<Tables>) => Promise<T>): Promise<T> {
    const result = await this.#options.database.transaction(change);
    this.feed.publish(id, []);
    return result;
  }

  /** A change to what a run holds: refused once it is deleted or stopped. */
  async #write(
    id: string,
    points: readonly MetricPoint[],
    write: (trx: Transaction<Tables>, row: RunRow) => Promise<void>,
  ): Promise<void> {
    await this.#options.database.transaction(async (trx) => {
      const row = await this.#active(trx, id);
      if (row.stopped_by !== null) {
        throw new MulleError(
          'invalid_state',
          `Run ${id} was stopped by ${row.stopped_by} and takes nothing more. End this program, or take the run up again with mlflow.start_run(run_id='${id}').`,
        );
      }
      await write(trx, row);
    });
    this.feed.publish(id, points);
  }

  async #active(reader: Reader<Tables>, id: string): Promise<RunRow> {
    const row = await this.#row(reader, id);
    if (row.lifecycle_stage === 'active') return row;
    throw new MulleError('invalid_state', `The run ${id} must be in the 'active' state. Current state is deleted.`);
  }

  async #row(reader: Reader<Tables>, id: string): Promise<RunRow> {
    const row = await findRunRow(reader, id);
    if (row) return row;
    throw new MulleError('not_found', `Run with id=${id} not found`);
  }

  async #whole(reader: Reader<Tables>, row: RunRow): Promise<WholeRun> {
    const [run] = await wholeRuns(reader, [row]);
    if (run) return run;
    throw new MulleError('not_found', `Run with id=${row.id} not found`);
  }
}
