/**
 * What people do to runs and experiments from outside, while they run or after: name, note, move, nest, stop, and remove
 * for good. A stopped run is `killed` and takes nothing more, which its program learns at its next call; taking it up
 * again (status `running`) lifts that.
 */
import { sql } from 'kysely';
import type { Run } from '@mulle/contract';
import type { AccessTables, Actor, AuditLog } from '#domains/access/index.ts';
import { nowMs } from '#kernel/clock.ts';
import { MulleError } from '#kernel/errors.ts';
import type { Database, Transaction } from '#platform/database/index.ts';
import { findExperiment, notesTag } from './experiment-store.ts';
import { assertActive, experimentNumber } from './experiments-service.ts';
import { defaultExperimentId, type ExperimentsTables } from './experiments-tables.ts';
import { removeExperiment, removeRuns } from './removal-store.ts';
import { findRunRow, parentTag, putRunTags, removeRunTag, type RunRow } from './run-store.ts';
import type { RunsService } from './runs-service.ts';

type Tables = ExperimentsTables & AccessTables;

export interface RunOrganiserOptions {
  readonly database: Database<Tables>;
  readonly audit: AuditLog;
  readonly runs: RunsService;
  /** Versions that came from a run, as `model@3`: while there are any, the run stays. */
  readonly versionsOf: (runId: string) => Promise<readonly string[]>;
  /** Removes the artifacts below an address that are kept here. */
  readonly removeArtifacts: (uri: string) => Promise<void>;
  /** Removes what other domains keep of an experiment. */
  readonly removeBeside: (actor: Actor, experimentId: string) => Promise<void>;
}

export interface RunEdit {
  readonly name?: string;
  readonly notes?: string;
  /** Moves the run there, with all that is nested in it. */
  readonly experimentId?: string;
  /** Nests it in a run of the same experiment; null takes it out. */
  readonly parentId?: string | null;
}

const familyLimit = 10_000;

export class RunOrganiser {
  readonly #options: RunOrganiserOptions;

  constructor(options: RunOrganiserOptions) {
    this.#options = options;
  }

  async edit(actor: Actor, id: string, edit: RunEdit): Promise<Run> {
    const { database, audit, runs } = this.#options;
    if (edit.name !== undefined) await runs.updateRun(actor, id, { name: edit.name });
    const touched = await database.transaction(async (trx) => {
      const run = await this.#row(trx, id);
      if (edit.notes !== undefined) await putRunTags(trx, id, { [notesTag]: edit.notes });
      const moved = edit.experimentId === undefined ? [] : await this.#move(trx, run, edit.experimentId);
      if (edit.parentId !== undefined) await this.#nest(trx, id, edit.parentId);
      await audit.record(trx, { actor, action: 'run.edit', subject: id, details: { ...edit } });
      return [id, ...moved];
    });
    for (const changed of new Set(touched)) runs.feed.publish(changed, []);
    return runs.getRun(id);
  }

  /** Throws `invalid_state` on a run that has ended. */
  async stop(actor: Actor, id: string, reason: string | undefined): Promise<Run> {
    const { database, audit, runs } = this.#options;
    const { status } = await runs.getRun(id);
    if (status !== 'running' && status !== 'scheduled') {
      throw new MulleError('invalid_state', `Run ${id} has ended as ${status}: there is nothing to stop.`);
    }
    await database.transaction(async (trx) => {
      const stopped = { stopped_by: actor.name, stopped_at_ms: nowMs() };
      await trx.updateTable('runs').set(stopped).where('id', '=', id).execute();
      const details = reason === undefined ? {} : { reason };
      await audit.record(trx, { actor, action: 'run.stop', subject: id, details });
    });
    return runs.endRun(actor, id, 'killed');
  }

  /**
   * Removes a deleted run for good, with its histories, artifacts and the models it logged; their blobs are reclaimed by
   * the next sweep. Interrupted, it may be called again. Throws `invalid_state` on a run that is not deleted, or that a
   * version of the registry came from.
   */
  async purgeRun(actor: Actor, id: string): Promise<void> {
    const row = await this.#row(this.#options.database.kysely, id);
    if (row.lifecycle_stage !== 'deleted') {
      throw new MulleError(
        'invalid_state',
        `Run ${id} is not deleted. Delete it first; until then it may be restored.`,
      );
    }
    await this.#purge(actor, [row]);
  }

  /** The same for a deleted experiment with all of its runs, traces, scorers, and the evaluation datasets of it alone. */
  async purgeExperiment(actor: Actor, id: string): Promise<void> {
    const { database, audit, removeArtifacts, removeBeside } = this.#options;
    const number = experimentNumber(id);
    const experiment = await findExperiment(database.kysely, { id: number });
    if (!experiment) throw new MulleError('not_found', `No Experiment with id=${id} exists`);
    if (number === defaultExperimentId) {
      throw new MulleError('invalid_state', `Experiment ${id} is the default one, which is always there.`);
    }
    if (experiment.lifecycle_stage !== 'deleted') {
      throw new MulleError(
        'invalid_state',
        `Experiment ${id} is not deleted. Delete it first; until then it may be restored.`,
      );
    }
    const rows = await database.kysely.selectFrom('runs').selectAll().where('experiment_id', '=', number).execute();
    await this.#purge(actor, rows);
    // Not all below the experiment's address: runs that were moved away keep their files there.
    for (const uri of await this.#modelUris('experiment_id', number)) await removeArtifacts(uri);
    await removeBeside(actor, id);
    await database.transaction(async (trx) => {
      await removeExperiment(trx, number);
      await audit.record(trx, { actor, action: 'experiment.purge', subject: id, details: { name: experiment.name } });
    });
  }

  async #purge(actor: Actor, rows: readonly RunRow[]): Promise<void> {
    const { database, audit, removeArtifacts, versionsOf, runs } = this.#options;
    for (const { id } of rows) {
      const [version] = await versionsOf(id);
      if (version === undefined) continue;
      throw new MulleError('invalid_state', `${version} came from run ${id}: delete that version first.`);
    }
    for (const { id, artifact_uri } of rows) {
      for (const uri of [artifact_uri, ...(await this.#modelUris('source_run_id', id))]) await removeArtifacts(uri);
      await database.transaction(async (trx) => {
        await removeRuns(trx, [id]);
        await audit.record(trx, { actor, action: 'run.purge', subject: id, details: {} });
      });
      runs.feed.publish(id, []);
    }
  }

  async #modelUris(column: 'source_run_id' | 'experiment_id', value: string | number): Promise<string[]> {
    const rows = await this.#options.database.kysely
      .selectFrom('logged_models')
      .select('artifact_location')
      .where(column, '=', value)
      .execute();
    return rows.map((row) => row.artifact_location);
  }

  /** Ids of the runs that moved along. */
  async #move(trx: Transaction<Tables>, run: RunRow, experimentId: string): Promise<readonly string[]> {
    const experiment = await findExperiment(trx, { id: experimentNumber(experimentId) });
    if (!experiment) throw new MulleError('not_found', `No Experiment with id=${experimentId} exists`);
    assertActive(experiment);
    if (experiment.id === run.experiment_id) return [];
    const family = await familyOf(trx, run.id);
    const change = { experiment_id: experiment.id };
    await trx.updateTable('runs').set(change).where('id', 'in', family).execute();
    await trx.updateTable('logged_models').set(change).where('source_run_id', 'in', family).execute();
    await removeRunTag(trx, run.id, parentTag);
    return family;
  }

  async #nest(trx: Transaction<Tables>, id: string, parentId: string | null): Promise<void> {
    if (parentId === null) return void (await removeRunTag(trx, id, parentTag));
    const [run, parent] = [await this.#row(trx, id), await this.#row(trx, parentId)];
    if (run.experiment_id !== parent.experiment_id) {
      throw new MulleError('invalid_argument', `Run ${parentId} is of another experiment. Move one of the two first.`);
    }
    if ((await familyOf(trx, id)).includes(parentId)) {
      throw new MulleError('invalid_argument', `Run ${parentId} is nested in ${id} already, or is ${id} itself.`);
    }
    await putRunTags(trx, id, { [parentTag]: parentId });
  }

  async #row(reader: Transaction<Tables> | Database<Tables>['kysely'], id: string): Promise<RunRow> {
    const row = await findRunRow(reader, id);
    if (row) return row;
    throw new MulleError('not_found', `Run with id=${id} not found`);
  }
}

/** A run and all that is nested in it, however deep. */
async function familyOf(trx: Transaction<Tables>, id: string): Promise<string[]> {
  const { rows } = await sql<{ id: string }>`
    with recursive family(id) as (
      select cast(${id} as text) union
      select t.run_id from run_tags t join family on t.value = family.id where t.key = ${parentTag}
    ) select id from family limit ${familyLimit}`.execute(trx);
  return rows.map((row) => row.id);
}
