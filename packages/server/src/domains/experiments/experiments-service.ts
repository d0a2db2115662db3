/**
 * Runs of experiments: running → finished | failed | killed. Parameters never change once given, tags may, metrics grow.
 * The latest value of a metric is the one of its greatest step, then time, then value, as MLflow has it.
 */
import type { Run } from '@mulle/contract';
import type { AccessTables, Actor, AuditLog } from '#domains/access/index.ts';
import type { ActivityService, ActivityTables } from '#domains/activity/index.ts';
import { nowMs } from '#kernel/clock.ts';
import { MulleError } from '#kernel/errors.ts';
import { newId } from '#kernel/ids.ts';
import {
  pageOf,
  readPageToken,
  type Database,
  type PageRequest,
  type Reader,
  type Transaction,
} from '#platform/database/index.ts';
import {
  completeRuns,
  findRunRow,
  insertMetrics,
  insertParameters,
  insertRun,
  listExperimentRows,
  listRunRows,
  metricHistory,
  parametersOf,
  setTags,
  updateRunEnd,
  type MetricPoint,
  type RunRow,
} from './experiments-store.ts';
import type { ExperimentsTables } from './experiments-tables.ts';

type Tables = ExperimentsTables & ActivityTables & AccessTables;

export interface ExperimentsOptions {
  readonly database: Database<Tables>;
  readonly activity: ActivityService;
  readonly audit: AuditLog;
}

export interface NewRun {
  readonly experiment: string;
  readonly name?: string;
  readonly parameters?: Readonly<Record<string, string>>;
  readonly tags?: Readonly<Record<string, string>>;
  readonly causeId?: string;
}

export interface RunLog {
  readonly metrics?: readonly MetricPoint[];
  readonly parameters?: Readonly<Record<string, string>>;
  readonly tags?: Readonly<Record<string, string>>;
}

export class ExperimentsService {
  readonly #options: ExperimentsOptions;

  constructor(options: ExperimentsOptions) {
    this.#options = options;
  }

  listExperiments(): Promise<{ name: string; runs: number; createdAtMs: number }[]> {
    return listExperimentRows(this.#options.database.kysely);
  }

  /** Begins a run; its experiment is made when it does not exist. */
  createRun(actor: Actor, wanted: NewRun): Promise<Run> {
    const { database, activity, audit } = this.#options;
    return database.transaction(async (trx) => {
      const id = newId('run');
      const row: RunRow = {
        id,
        experiment: wanted.experiment,
        name: wanted.name ?? id,
        status: 'running',
        cause_id: wanted.causeId ?? null,
        started_activity_id: newId('activity'),
        started_at_ms: nowMs(),
        ended_at_ms: null,
      };
      await insertRun(trx, row);
      await insertParameters(trx, id, wanted.parameters ?? {});
      await setTags(trx, id, wanted.tags ?? {});
      const run = await this.#complete(trx, row);
      await activity.record(trx, {
        id: row.started_activity_id,
        type: 'run-started',
        subject: id,
        causeId: row.cause_id,
        value: run,
      });
      await audit.record(trx, { actor, action: 'run.create', subject: id, details: { experiment: row.experiment } });
      return run;
    });
  }

  async getRun(id: string): Promise<Run> {
    const { kysely } = this.#options.database;
    return this.#complete(kysely, await this.#row(kysely, id));
  }

  async runExists(id: string): Promise<boolean> {
    return (await findRunRow(this.#options.database.kysely, id)) !== undefined;
  }

  /** Newest first. */
  async listRuns(request: PageRequest & { experiment?: string }): Promise<{ items: Run[]; nextPageToken?: string }> {
    const { kysely } = this.#options.database;
    const token = readPageToken(request);
    const before = token === undefined ? undefined : String(token);
    const page = await pageOf(
      request,
      (count) => listRunRows(kysely, { ...request, before }, count),
      (row) => row.id,
      (row) => row,
    );
    return { ...page, items: await completeRuns(kysely, page.items) };
  }

  /** One batch, all or nothing. Throws `conflict` on a parameter that has another value already. */
  logRun(actor: Actor, id: string, log: RunLog): Promise<void> {
    const { database, audit } = this.#options;
    return database.transaction(async (trx) => {
      await this.#row(trx, id);
      await insertParameters(trx, id, await this.#newParameters(trx, id, log.parameters ?? {}));
      await setTags(trx, id, log.tags ?? {});
      await insertMetrics(trx, id, log.metrics ?? []);
      // Metrics are measurements that keep their own history; who set parameters and tags is told by the audit log alone.
      const { parameters, tags } = log;
      if (!parameters && !tags) return;
      await audit.record(trx, { actor, action: 'run.log', subject: id, details: { parameters, tags } });
    });
  }

  async getMetric(id: string, key: string): Promise<MetricPoint[]> {
    const { kysely } = this.#options.database;
    await this.#row(kysely, id);
    return metricHistory(kysely, id, key);
  }

  /** Ending again with the same status changes nothing; with another it throws `invalid_state`. */
  endRun(actor: Actor, id: string, status: 'finished' | 'failed' | 'killed'): Promise<Run> {
    const { database, activity, audit } = this.#options;
    return database.transaction(async (trx) => {
      const row = await this.#row(trx, id);
      if (row.status === status) return this.#complete(trx, row);
      if (row.status !== 'running') {
        throw new MulleError('invalid_state', `Run ${id} has ended as ${row.status}. Begin a new run.`);
      }
      const endedAtMs = nowMs();
      await updateRunEnd(trx, id, status, endedAtMs);
      const run = await this.#complete(trx, { ...row, status, ended_at_ms: endedAtMs });
      const causeId = row.started_activity_id;
      await activity.record(trx, { type: 'run-ended', subject: id, causeId, value: run });
      await audit.record(trx, { actor, action: 'run.end', subject: id, details: { status } });
      return run;
    });
  }

  async #newParameters(
    trx: Transaction<Tables>,
    id: string,
    given: Readonly<Record<string, string>>,
  ): Promise<Record<string, string>> {
    const existing = await parametersOf(trx, id);
    for (const [key, value] of Object.entries(given)) {
      const before = existing.get(key);
      if (before === undefined || before === value) continue;
      throw new MulleError('conflict', `Parameter ${key} of run ${id} is "${before}" and cannot become "${value}".`);
    }
    return Object.fromEntries(Object.entries(given).filter(([key]) => !existing.has(key)));
  }

  async #row(reader: Reader<Tables>, id: string): Promise<RunRow> {
    const row = await findRunRow(reader, id);
    if (row) return row;
    throw new MulleError('not_found', `There is no run ${id}. GET /api/runs lists them.`);
  }

  async #complete(reader: Reader<Tables>, row: RunRow): Promise<Run> {
    const [run] = await completeRuns(reader, [row]);
    if (run) return run;
    throw new MulleError('not_found', `There is no run ${row.id}.`);
  }
}
