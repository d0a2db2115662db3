/**
 * Experiments: a name, tags, and a place for artifacts. active → deleted → active; deletion takes the runs with it, and
 * restoring brings them back. Ids are whole numbers from 0, the experiment that is always there.
 */
import type { ExperimentSummary } from '@mulle/contract';
import type { AccessTables, Actor, AuditLog } from '#domains/access/index.ts';
import { nowMs } from '#kernel/clock.ts';
import { MulleError } from '#kernel/errors.ts';
import { type Database, type Reader, type Transaction, type Position } from '#platform/database/index.ts';
import {
  experimentTags,
  findExperiment,
  folderTag,
  insertExperiment,
  keptHere,
  notesTag,
  putExperimentTag,
  removeExperimentTag,
  summariseExperiments,
  updateExperiment,
  type ExperimentRow,
} from './experiment-store.ts';
import { searchExperimentRows, type ExperimentSearch } from './experiment-search.ts';
import { defaultExperimentName, type ExperimentsTables } from './experiments-tables.ts';

type Tables = ExperimentsTables & AccessTables;

export interface Experiment {
  readonly row: ExperimentRow;
  readonly tags: Readonly<Record<string, string>>;
}

export interface ExperimentEdit {
  readonly name?: string;
  readonly folder?: string;
  readonly notes?: string;
}

export interface ExperimentsOptions {
  readonly database: Database<Tables>;
  readonly audit: AuditLog;
}

const noTags: Readonly<Record<string, string>> = {};

export class ExperimentsService {
  readonly #options: ExperimentsOptions;
  #artifactRoot = keptHere;

  constructor(options: ExperimentsOptions) {
    this.#options = options;
  }

  /** By name, with their active runs counted. */
  listExperiments(stage: ExperimentRow['lifecycle_stage']): Promise<ExperimentSummary[]> {
    return summariseExperiments(this.#options.database.kysely, { stage });
  }

  /** Throws `not_found` for an id, as clients write it, of no experiment. */
  async summary(id: string): Promise<ExperimentSummary> {
    const [summary] = await summariseExperiments(this.#options.database.kysely, { id: experimentNumber(id) });
    return summary ?? absent(id);
  }

  /** Throws `already_exists` where an experiment has the name, deleted ones too. */
  create(
    actor: Actor,
    wanted: { name: string; artifactLocation?: string | undefined; tags?: Readonly<Record<string, string>> },
  ): Promise<Experiment> {
    const { database, audit } = this.#options;
    return database.transaction(async (trx) => {
      await this.#assertFree(trx, wanted.name);
      const row = await insertExperiment(trx, { ...wanted, artifactRoot: this.#artifactRoot }, nowMs());
      for (const [key, value] of Object.entries(wanted.tags ?? {})) await putExperimentTag(trx, row.id, key, value);
      const details = { name: row.name };
      await audit.record(trx, { actor, action: 'experiment.create', subject: String(row.id), details });
      return { row, tags: wanted.tags ?? noTags };
    });
  }

  /** Begins empty tables with experiment 0. From now on artifacts are kept below `artifactRoot`; null: with Mulle. */
  async begin(trx: Transaction<Tables>, artifactRoot: string | null): Promise<void> {
    this.#artifactRoot = artifactRoot ?? keptHere;
    await insertExperiment(trx, { name: defaultExperimentName, artifactRoot: this.#artifactRoot }, nowMs());
  }

  async find(by: { readonly id: number } | { readonly name: string }): Promise<Experiment | undefined> {
    const { kysely } = this.#options.database;
    const row = await findExperiment(kysely, by);
    return row && { row, tags: (await experimentTags(kysely, [row.id])).get(row.id) ?? noTags };
  }

  /** Throws `not_found` for an id, as clients write it, of no experiment. */
  async assertExists(id: string): Promise<void> {
    if (!(await findExperiment(this.#options.database.kysely, { id: experimentNumber(id) }))) absent(id);
  }

  async get(id: number): Promise<Experiment> {
    return (await this.find({ id })) ?? absent(id);
  }

  /** Throws `invalid_state` on a deleted experiment. */
  rename(actor: Actor, id: number, name: string): Promise<void> {
    return this.#change(actor, id, 'experiment.rename', async (trx, row) => {
      assertActive(row);
      if (row.name !== name) await this.#assertFree(trx, name);
      await updateExperiment(trx, id, { name }, nowMs());
    });
  }

  /** Name, folder (`vision/detection`; empty: none) and notes. */
  edit(actor: Actor, id: number, edit: ExperimentEdit): Promise<void> {
    return this.#change(actor, id, 'experiment.edit', async (trx, row) => {
      assertActive(row);
      const { name = row.name, folder, notes } = edit;
      if (name !== row.name) await this.#assertFree(trx, name);
      await updateExperiment(trx, id, { name }, nowMs());
      if (notes !== undefined) await putExperimentTag(trx, id, notesTag, notes);
      if (folder === undefined) return;
      const path = folder
        .split('/')
        .map((part) => part.trim())
        .filter((part) => part !== '')
        .join('/');
      if (path === '') await removeExperimentTag(trx, id, folderTag);
      else await putExperimentTag(trx, id, folderTag, path);
    });
  }

  /** Its runs are deleted and restored with it. */
  setStage(actor: Actor, id: number, stage: ExperimentRow['lifecycle_stage']): Promise<void> {
    return this.#change(actor, id, `experiment.${stage === 'deleted' ? 'delete' : 'restore'}`, async (trx, row) => {
      if (row.lifecycle_stage === stage) absent(id);
      await updateExperiment(trx, id, { lifecycle_stage: stage }, nowMs());
    });
  }

  setTag(actor: Actor, id: number, key: string, value: string): Promise<void> {
    return this.#change(actor, id, 'experiment.set-tag', async (trx, row) => {
      assertActive(row);
      await putExperimentTag(trx, id, key, value);
    });
  }

  deleteTag(actor: Actor, id: number, key: string): Promise<void> {
    return this.#change(actor, id, 'experiment.delete-tag', async (trx, row) => {
      assertActive(row);
      if (await removeExperimentTag(trx, id, key)) return;
      throw new MulleError('not_found', `No tag with name: ${key} in experiment with id ${id}`);
    });
  }

  async search(
    search: ExperimentSearch,
    after: Position | undefined,
    count: number,
  ): Promise<{ experiments: Experiment[]; next: Position | undefined }> {
    const { kysely, dialect } = this.#options.database;
    const found = await searchExperimentRows(kysely, dialect, search, after, count + 1);
    const page = found.slice(0, count);
    const tags = await experimentTags(
      kysely,
      page.map(({ row }) => row.id),
    );
    return {
      experiments: page.map(({ row }) => ({ row, tags: tags.get(row.id) ?? noTags })),
      next: found.length > count ? page.at(-1)?.position : undefined,
    };
  }

  #change(
    actor: Actor,
    id: number,
    action: string,
    change: (trx: Transaction<Tables>, row: ExperimentRow) => Promise<void>,
  ): Promise<void> {
    const { database, audit } = this.#options;
    return database.transaction(async (trx) => {
      const row = (await findExperiment(trx, { id })) ?? absent(id);
      await change(trx, row);
      await audit.record(trx, { actor, action, subject: String(id), details: { name: row.name } });
    });
  }

  async #assertFree(reader: Reader<Tables>, name: string): Promise<void> {
    const known = await findExperiment(reader, { name });
    if (known === undefined) return;
    throw new MulleError(
      'already_exists',
      known.lifecycle_stage === 'deleted'
        ? `Experiment(name=${name}) already exists in deleted state. Restore it, or choose another name.`
        : `Experiment(name=${name}) already exists.`,
    );
  }
}

/** The number of an experiment's id; clients hold ids as text. Throws `not_found` where there can be none of it. */
export function experimentNumber(id: string): number {
  return /^\d{1,15}$/.test(id) ? Number(id) : absent(id);
}

function absent(id: number | string): never {
  throw new MulleError('not_found', `No Experiment with id=${id} exists`);
}

export function assertActive(row: ExperimentRow): void {
  if (row.lifecycle_stage === 'active') return;
  throw new MulleError(
    'invalid_state',
    `The experiment ${row.id} must be in the 'active' state. Current state is ${row.lifecycle_stage}.`,
  );
}
