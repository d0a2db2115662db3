/** Scorers: what judges outputs, kept as its client wrote it, in versions 1, 2, … by experiment and name. */
import type { Actor } from '#domains/access/index.ts';
import { nowMs } from '#kernel/clock.ts';
import { MulleError } from '#kernel/errors.ts';
import { newHexId } from '#kernel/ids.ts';
import type { Reader } from '#platform/database/index.ts';
import type { EvalsOptions } from './evaluation-datasets-service.ts';
import type { EvalsTables } from './evals-tables.ts';

export interface ScorerVersion {
  readonly id: string;
  readonly experimentId: string;
  readonly name: string;
  readonly version: number;
  readonly content: string;
  readonly createdAtMs: number;
}

export class ScorersService {
  readonly #options: EvalsOptions;

  constructor(options: EvalsOptions) {
    this.#options = options;
  }

  async register(actor: Actor, experimentId: string, name: string, content: string): Promise<ScorerVersion> {
    await this.#options.checkExperiment(experimentId);
    return this.#options.database.transaction(async (trx) => {
      const versions = await versionsOf(trx, [experimentId], name);
      const id = versions[0]?.id ?? (await newScorer(trx, experimentId, name));
      const version = (versions[0]?.version ?? 0) + 1;
      const createdAtMs = nowMs();
      await trx
        .insertInto('scorer_versions')
        .values({ scorer_id: id, version, content, created_at_ms: createdAtMs })
        .execute();
      const details = { experimentId, name, version };
      await this.#options.audit.record(trx, { actor, action: 'scorer.register', subject: id, details });
      return { id, experimentId, name, version, content, createdAtMs };
    });
  }

  /** The newest version of each, by experiment and name. */
  async list(experimentIds: readonly string[]): Promise<ScorerVersion[]> {
    for (const id of experimentIds) await this.#options.checkExperiment(id);
    const newest = new Map<string, ScorerVersion>();
    for (const version of await versionsOf(this.#options.database.kysely, experimentIds)) {
      if (!newest.has(version.id)) newest.set(version.id, version);
    }
    return [...newest.values()];
  }

  /** Oldest first. */
  async listVersions(experimentId: string, name: string): Promise<ScorerVersion[]> {
    await this.#options.checkExperiment(experimentId);
    return (await found(this.#options.database.kysely, experimentId, name)).toReversed();
  }

  /** The newest where no version is named. */
  async get(experimentId: string, name: string, version?: number): Promise<ScorerVersion> {
    await this.#options.checkExperiment(experimentId);
    const versions = await found(this.#options.database.kysely, experimentId, name, version);
    return versions[0] ?? absent(experimentId, name, version);
  }

  async deleteOfExperiment(actor: Actor, experimentId: string): Promise<void> {
    const { database, audit } = this.#options;
    await database.transaction(async (trx) => {
      await trx.deleteFrom('scorers').where('experiment_id', '=', experimentId).execute();
      await audit.record(trx, { actor, action: 'scorer.delete', subject: experimentId, details: { all: true } });
    });
  }

  /** All versions where none is named. */
  async delete(actor: Actor, experimentId: string, name: string, version?: number): Promise<void> {
    await this.#options.checkExperiment(experimentId);
    await this.#options.database.transaction(async (trx) => {
      const gone = await found(trx, experimentId, name, version);
      const id = gone[0]?.id ?? absent(experimentId, name, version);
      await trx
        .deleteFrom('scorer_versions')
        .where('scorer_id', '=', id)
        .where(
          'version',
          'in',
          gone.map((one) => one.version),
        )
        .execute();
      if ((await versionsOf(trx, [experimentId], name)).length === 0) {
        await trx.deleteFrom('scorers').where('id', '=', id).execute();
      }
      const details = { experimentId, name, version };
      await this.#options.audit.record(trx, { actor, action: 'scorer.delete', subject: id, details });
    });
  }
}

function absent(experimentId: string, name: string, version: number | undefined): never {
  const named = version === undefined ? `name '${name}'` : `name '${name}' and version ${version}`;
  throw new MulleError('not_found', `Scorer with ${named} not found for experiment ${experimentId}.`);
}

/** Newest first; that version alone where one is named. */
async function found(
  database: Reader<EvalsTables>,
  experimentId: string,
  name: string,
  version?: number,
): Promise<ScorerVersion[]> {
  const versions = await versionsOf(database, [experimentId], name);
  const wanted = version === undefined ? versions : versions.filter((one) => one.version === version);
  return wanted.length > 0 ? wanted : absent(experimentId, name, version);
}

async function newScorer(database: Reader<EvalsTables>, experimentId: string, name: string): Promise<string> {
  const id = newHexId();
  await database.insertInto('scorers').values({ id, experiment_id: experimentId, name }).execute();
  return id;
}

/** By experiment and name, newest first. */
async function versionsOf(
  database: Reader<EvalsTables>,
  experimentIds: readonly string[],
  name?: string,
): Promise<ScorerVersion[]> {
  if (experimentIds.length === 0) return [];
  let query = database
    .selectFrom('scorers as s')
    .innerJoin('scorer_versions as v', 'v.scorer_id', 's.id')
    .select(['s.id', 's.experiment_id as experimentId', 's.name', 'v.version', 'v.content'])
    .select('v.created_at_ms as createdAtMs')
    .where('s.experiment_id', 'in', experimentIds);
  if (name !== undefined) query = query.where('s.name', '=', name);
  return query.orderBy('s.experiment_id').orderBy('s.name').orderBy('v.version', 'desc').execute();
}
