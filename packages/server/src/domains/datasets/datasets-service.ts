/**
 * Versions of datasets: numbered 1, 2, … in one line, each the parts of its parent and some more, never changed. A version
 * is made on top of the latest only; asked for again, it is the one that was made. Quarantined windows are left out of
 * the versions made after.
 */
import type { Static } from 'typebox';
import type {
  DatasetDefinition,
  DatasetPart,
  DatasetSummary as DatasetSummarySchema,
  DatasetVersion,
} from '@mulle/contract';
import type { AccessTables, Actor, AuditLog } from '#domains/access/index.ts';
import type { ActivityService, ActivityTables } from '#domains/activity/index.ts';
import { nowMs } from '#kernel/clock.ts';
import { MulleError } from '#kernel/errors.ts';
import type { BlobStore } from '#platform/blobs/index.ts';
import { pageOf, readPageToken, type Database, type PageRequest } from '#platform/database/index.ts';
import { combineParts, missingFrom, versionId } from './combine-parts.ts';
import {
  findVersion,
  insertVersion,
  listQuarantine,
  listVersions,
  putQuarantine,
  removeQuarantine,
  type Quarantine,
  type VersionSummary,
} from './datasets-store.ts';
import type { DatasetsTables } from './datasets-tables.ts';

type Tables = DatasetsTables & ActivityTables & AccessTables;
export type DatasetSummary = Static<typeof DatasetSummarySchema>;

export interface DatasetsOptions {
  readonly database: Database<Tables>;
  readonly activity: ActivityService;
  readonly audit: AuditLog;
  readonly blobs: BlobStore;
  /** The datasets of the applied manifest. */
  readonly definitions: () => readonly DatasetDefinition[] | Promise<readonly DatasetDefinition[]>;
}

export interface NewDatasetVersion {
  readonly parts: readonly DatasetPart[];
  readonly parent: number | null;
  readonly causeId?: string;
}

export interface NewQuarantine {
  readonly fromMs: number;
  readonly toMs: number;
  readonly reason: string;
  readonly findingId?: string;
  readonly causeId?: string;
}

export class DatasetsService {
  readonly #options: DatasetsOptions;

  constructor(options: DatasetsOptions) {
    this.#options = options;
  }

  async listDatasets(): Promise<DatasetSummary[]> {
    const definitions = await this.#options.definitions();
    return Promise.all(definitions.map((definition) => this.#summary(definition)));
  }

  async getDataset(name: string): Promise<DatasetSummary> {
    return this.#summary(await this.#definition(name));
  }

  /** Newest first, without their parts. */
  async listVersions(name: string, request: PageRequest): Promise<{ items: VersionSummary[]; nextPageToken?: string }> {
    const { kysely } = this.#options.database;
    const before = Number(readPageToken(request) ?? Number.MAX_SAFE_INTEGER);
    return pageOf(
      request,
      (count) => listVersions(kysely, name, before, count),
      (version) => version.version,
      (version) => version,
    );
  }

  async getVersion(name: string, version: number): Promise<DatasetVersion> {
    const found = await findVersion(this.#options.database.kysely, name, version);
    if (found) return found;
    throw new MulleError('not_found', `Dataset ${name} has no version ${version}. GET /api/datasets/${name}/versions.`);
  }

  /** Throws `conflict` when `parent` is not the latest version: read it and build on it. */
  async createVersion(actor: Actor, name: string, wanted: NewDatasetVersion): Promise<DatasetVersion> {
    const { database, activity, audit } = this.#options;
    const definition = await this.#definition(name);
    for (const part of wanted.parts) await this.#assertStored(part);
    return database.transaction(async (trx) => {
      const latest = await findVersion(trx, name);
      const parent = wanted.parent === null ? undefined : await findVersion(trx, name, wanted.parent);
      const quarantined = await listQuarantine(trx, name);
      const parts = combineParts(parent?.parts ?? [], wanted.parts, quarantined);
      const id = versionId(definition, parts);
      if (latest?.id === id) return latest;
      if ((latest?.version ?? null) !== wanted.parent) {
        const state = latest ? `version ${latest.version}` : 'no version yet';
        throw new MulleError(
          'conflict',
          `Dataset ${name} has ${state}; parent says ${wanted.parent}. Build on the latest.`,
        );
      }
      const version: DatasetVersion = {
        dataset: name,
        version: (latest?.version ?? 0) + 1,
        id,
        parent: wanted.parent,
        parts,
        rows: parts.reduce((sum, part) => sum + part.rows, 0),
        causeId: wanted.causeId ?? null,
        createdAtMs: nowMs(),
      };
      await insertVersion(trx, version);
      const { parts: _parts, ...summary } = version;
      const value = { ...summary, addedParts: wanted.parts.length };
      const subject = `${name}@${version.version}`;
      await activity.record(trx, { type: 'dataset-version-created', subject, causeId: version.causeId, value });
      await audit.record(trx, { actor, action: 'dataset-version.create', subject, details: { id } });
      return version;
    });
  }

  async diff(name: string, from: number, to: number): Promise<{ added: DatasetPart[]; removed: DatasetPart[] }> {
    const [before, after] = [await this.getVersion(name, from), await this.getVersion(name, to)];
    return { added: missingFrom(after.parts, before.parts), removed: missingFrom(before.parts, after.parts) };
  }

  /** Keeps a window of event time out of the versions to come. */
  async quarantine(actor: Actor, name: string, wanted: NewQuarantine): Promise<Quarantine> {
    const { database, activity, audit } = this.#options;
    await this.#definition(name);
    if (wanted.fromMs >= wanted.toMs) {
      throw new MulleError('invalid_argument', `toMs: ${wanted.toMs} is not after fromMs ${wanted.fromMs}.`);
    }
    const { causeId, ...given } = wanted;
    const quarantine: Quarantine = {
      dataset: name,
      ...given,
      findingId: given.findingId ?? null,
      createdAtMs: nowMs(),
    };
    return database.transaction(async (trx) => {
      await putQuarantine(trx, quarantine);
      const cause = causeId ?? quarantine.findingId;
      await activity.record(trx, { type: 'window-quarantined', subject: name, causeId: cause, value: quarantine });
      await audit.record(trx, { actor, action: 'dataset.quarantine', subject: name, details: quarantine });
      return quarantine;
    });
  }

  listQuarantine(name: string): Promise<Quarantine[]> {
    return listQuarantine(this.#options.database.kysely, name);
  }

  /** Lets a window in again at the next ingest. */
  liftQuarantine(actor: Actor, name: string, fromMs: number): Promise<void> {
    const { database, audit } = this.#options;
    return database.transaction(async (trx) => {
      if (!(await removeQuarantine(trx, name, fromMs))) {
        throw new MulleError('not_found', `Dataset ${name} has no quarantined window from ${fromMs}.`);
      }
      await audit.record(trx, { actor, action: 'dataset.lift-quarantine', subject: name, details: { fromMs } });
    });
  }

  async #definition(name: string): Promise<DatasetDefinition> {
    const definition = (await this.#options.definitions()).find((candidate) => candidate.name === name);
    if (definition) return definition;
    throw new MulleError('not_found', `The applied manifest has no dataset ${name}. GET /api/datasets lists them.`);
  }

  async #summary(definition: DatasetDefinition): Promise<DatasetSummary> {
    const latest = await findVersion(this.#options.database.kysely, definition.name);
    return { definition, latest: latest ?? null };
  }

  async #assertStored(part: DatasetPart): Promise<void> {
    const bytes = await this.#options.blobs.size(part.digest);
    if (bytes === undefined) {
      throw new MulleError('not_found', `There is no blob ${part.digest}. PUT /api/blobs stores it first.`);
    }
    if (bytes !== part.bytes) {
      throw new MulleError('invalid_argument', `parts: blob ${part.digest} holds ${bytes} bytes, not ${part.bytes}.`);
    }
  }
}
