/**
 * Runs and logged models that were recorded elsewhere, under the ids that they have there. Each may be told again and
 * again, and stands as it was told last; what was recorded here is never written over. No activity tells of them: what
 * happened elsewhere turns no wheel here.
 */
import type { Run } from '@mulle/contract';
import type { AccessTables, Actor, AuditLog } from '#domains/access/index.ts';
import { MulleError } from '#kernel/errors.ts';
import { newId } from '#kernel/ids.ts';
import type { Database, Transaction } from '#platform/database/index.ts';
import { findExperiment, type ExperimentRow } from './experiment-store.ts';
import { experimentNumber } from './experiments-service.ts';
import type { ExperimentsTables, LifecycleStage, LoggedModelStatus } from './experiments-tables.ts';
import { insertModelMetrics, type ModelMetric } from './logged-model-metrics.ts';
import { putTexts } from './logged-models-service.ts';
import { findRunRow, insertParameters, putRunTags } from './run-store.ts';

type Tables = ExperimentsTables & AccessTables;
type Trx = Transaction<Tables>;
type Texts = Readonly<Record<string, string>>;

interface Told {
  /** Where it was recorded. */
  readonly from: string;
  readonly experimentId: string;
  readonly name: string;
  readonly parameters: Texts;
  readonly tags: Texts;
  /** Where its files stay; among those of its experiment when left out. */
  readonly artifactUri?: string;
}

export interface ToldRun extends Told {
  readonly user: string;
  readonly status: Run['status'];
  readonly stage: LifecycleStage;
  readonly startedAtMs: number;
  readonly endedAtMs: number | null;
}

export interface ToldModel extends Told {
  readonly status: LoggedModelStatus;
  readonly statusMessage: string | null;
  readonly type: string | null;
  readonly runId: string | null;
  readonly createdAtMs: number;
  readonly updatedAtMs: number;
  readonly metrics: readonly (Omit<ModelMetric, 'modelId' | 'value'> & {
    readonly value: number | null;
    readonly runId: string;
  })[];
}

/** By this tag what came from elsewhere is told from what was recorded here. */
const fromTag = 'mulle.imported.from';

export class RunImports {
  readonly #database: Database<Tables>;
  readonly #audit: AuditLog;

  constructor(options: { database: Database<Tables>; audit: AuditLog }) {
    this.#database = options.database;
    this.#audit = options.audit;
  }

  /** Throws `already_exists` where a run of this id was recorded here. Where somebody moved it to, it stays. */
  putRun(actor: Actor, id: string, told: ToldRun): Promise<{ artifactUri: string }> {
    return this.#database.transaction(async (trx) => {
      const experiment = await experimentOf(trx, told);
      const before = await findRunRow(trx, id);
      if (before) await assertImported(trx, 'run_tags', 'run_id', id);
      const row = {
        name: told.name,
        status: told.status,
        lifecycle_stage: told.stage,
        user_id: told.user,
        started_at_ms: told.startedAtMs,
        ended_at_ms: told.endedAtMs,
      };
      const artifactUri = before?.artifact_uri ?? placeOf(experiment, id, told);
      if (before) await trx.updateTable('runs').set(row).where('id', '=', id).execute();
      else {
        const fresh = {
          ...row,
          id,
          experiment_id: experiment.id,
          artifact_uri: artifactUri,
          cause_id: null,
          started_activity_id: newId('activity'),
          stopped_by: null,
          stopped_at_ms: null,
        };
        await trx.insertInto('runs').values(fresh).execute();
      }
      await trx.deleteFrom('run_parameters').where('run_id', '=', id).execute();
      await insertParameters(trx, id, new Map(Object.entries(told.parameters)));
      await putRunTags(trx, id, { ...told.tags, [fromTag]: told.from });
      await this.#record(trx, actor, 'run.import', id, told);
      return { artifactUri };
    });
  }

  /** The same for a logged model. */
  putLoggedModel(actor: Actor, id: string, told: ToldModel): Promise<{ artifactUri: string }> {
    return this.#database.transaction(async (trx) => {
      const experiment = await experimentOf(trx, told);
      const before = await trx.selectFrom('logged_models').selectAll().where('id', '=', id).executeTakeFirst();
      if (before) await assertImported(trx, 'logged_model_tags', 'model_id', id);
      const artifactUri = before?.artifact_location ?? placeOf(experiment, `models/${id}`, told);
      const row = {
        name: told.name,
        status: told.status,
        status_message: told.statusMessage,
        model_type: told.type,
        source_run_id: told.runId,
        created_at_ms: told.createdAtMs,
        updated_at_ms: told.updatedAtMs,
      };
      if (before) await trx.updateTable('logged_models').set(row).where('id', '=', id).execute();
      else {
        const place = { experiment_id: experiment.id, artifact_location: artifactUri };
        const fresh = { ...row, ...place, id, lifecycle_stage: 'active' } as const;
        await trx.insertInto('logged_models').values(fresh).execute();
      }
      await trx.deleteFrom('logged_model_parameters').where('model_id', '=', id).execute();
      await putTexts(trx, 'parameter', id, told.parameters);
      await putTexts(trx, 'tag', id, { ...told.tags, [fromTag]: told.from });
      for (const [runId, metrics] of Map.groupBy(told.metrics, (metric) => metric.runId)) {
        const ofModel = metrics.map((metric) => ({ ...metric, modelId: id, value: metric.value ?? Number.NaN }));
        await insertModelMetrics(trx, runId, ofModel);
      }
      await this.#record(trx, actor, 'logged-model.import', id, told);
      return { artifactUri };
    });
  }

  #record(trx: Trx, actor: Actor, action: string, subject: string, { from, experimentId }: Told): Promise<void> {
    return this.#audit.record(trx, { actor, action, subject, details: { from, experimentId } });
  }
}

/** The experiment, be it deleted: what was deleted elsewhere is brought over, too. */
async function experimentOf(trx: Trx, { experimentId }: Told): Promise<ExperimentRow> {
  const found = await findExperiment(trx, { id: experimentNumber(experimentId) });
  if (found) return found;
  throw new MulleError('not_found', `No Experiment with id=${experimentId} exists`);
}

function placeOf(experiment: ExperimentRow, folder: string, { artifactUri }: Told): string {
  return artifactUri ?? `${experiment.artifact_location.replace(/\/+$/, '')}/${folder}/artifacts`;
}

async function assertImported(
  trx: Trx,
  table: 'run_tags' | 'logged_model_tags',
  owner: 'run_id' | 'model_id',
  id: string,
): Promise<void> {
  const tag = await trx
    .selectFrom(table)
    .select('value')
    .where((where) => where.and({ [owner]: id, key: fromTag }))
    .executeTakeFirst();
  if (tag) return;
  throw new MulleError('already_exists', `${id} was recorded here, and is not written over by what is brought over.`);
}
