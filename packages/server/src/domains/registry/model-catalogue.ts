/**
 * Registered models as names with a description and tags, whether or not they have versions yet: made, renamed, deleted,
 * searched. Prompts are among them, told apart by a tag.
 */
import type { ModelVersion } from '@mulle/contract';
import type { AccessTables, Actor, AuditLog } from '#domains/access/index.ts';
import { nowMs } from '#kernel/clock.ts';
import { MulleError } from '#kernel/errors.ts';
import type { Database, Reader, Transaction } from '#platform/database/index.ts';
import { removeVersion, renameModelRows, removeModelRows, touchModel } from './model-rows.ts';
import { searchModels, searchVersions, type RegistrySearch, type SearchPosition } from './registry-search.ts';
import { aliasesOf, findVersion, listModelRows } from './registry-store.ts';
import { modelTags, putModelTags, putVersionTags, removeModelTag, removeVersionTag } from './registry-tags.ts';
import type { RegistryTables } from './registry-tables.ts';
import { followStages } from './stage-store.ts';

type Tables = RegistryTables & AccessTables;
type Trx = Transaction<Tables>;

export interface RegisteredModel {
  readonly name: string;
  readonly description: string;
  readonly tags: Readonly<Record<string, string>>;
  /** Alias → version. */
  readonly aliases: Readonly<Record<string, number>>;
  readonly createdAtMs: number;
  readonly updatedAtMs: number;
}

export interface ModelCatalogueOptions {
  readonly database: Database<Tables>;
  readonly audit: AuditLog;
  /** Endpoints that answer with a version of the model now: such a one is neither deleted nor renamed. */
  readonly endpointsServing: (model: string, version?: number) => Promise<readonly string[]>;
}

export class ModelCatalogue {
  readonly #options: ModelCatalogueOptions;

  constructor(options: ModelCatalogueOptions) {
    this.#options = options;
  }

  /** Those of the names that there are, in their order. */
  async getModels(names: readonly string[]): Promise<RegisteredModel[]> {
    return this.#models(this.#options.database.kysely, names);
  }

  async search(
    search: RegistrySearch,
    after: SearchPosition | undefined,
    count: number,
  ): Promise<{ models: RegisteredModel[]; next: SearchPosition | undefined }> {
    const { kysely, dialect } = this.#options.database;
    const { names, next } = await searchModels(kysely, dialect, search, after, count);
    return { models: await this.#models(kysely, names), next };
  }

  searchVersions(
    search: RegistrySearch,
    after: SearchPosition | undefined,
    count: number,
  ): Promise<{ versions: ModelVersion[]; next: SearchPosition | undefined }> {
    const { kysely, dialect } = this.#options.database;
    return searchVersions(kysely, dialect, search, after, count);
  }

  create(
    actor: Actor,
    name: string,
    given: { readonly description?: string; readonly tags?: Readonly<Record<string, string>> },
  ): Promise<RegisteredModel> {
    return this.#changed(actor, 'model.create', name, { ...given }, async (trx, now) => {
      if ((await listModelRows(trx, [name])).length > 0) {
        throw new MulleError('already_exists', `There is a model ${name} already.`);
      }
      const { description = '', tags = {} } = given;
      await trx.insertInto('models').values({ name, description, created_at_ms: now, updated_at_ms: now }).execute();
      await putModelTags(trx, name, tags);
      return name;
    });
  }

  describe(actor: Actor, name: string, description: string): Promise<RegisteredModel> {
    return this.#changed(actor, 'model.describe', name, { description }, async (trx, now) => {
      await touchModel(trx, name, { description, updated_at_ms: now });
      return name;
    });
  }

  /** Versions, aliases and approvals come along. */
  async rename(actor: Actor, name: string, newName: string): Promise<RegisteredModel> {
    await this.#assertNotServed(name);
    return this.#changed(actor, 'model.rename', name, { newName }, async (trx, now) => {
      if ((await listModelRows(trx, [newName])).length > 0) {
        throw new MulleError('already_exists', `There is a model ${newName} already.`);
      }
      await renameModelRows(trx, name, newName, now);
      return newName;
    });
  }

  /** For good, with all versions; their artifacts stay as long as something else names them. */
  async delete(actor: Actor, name: string): Promise<void> {
    await this.#assertNotServed(name);
    await this.#options.database.transaction(async (trx) => {
      await this.#found(trx, name);
      await removeModelRows(trx, name);
      await this.#options.audit.record(trx, { actor, action: 'model.delete', subject: name, details: {} });
    });
  }

  setTag(actor: Actor, name: string, key: string, value: string): Promise<RegisteredModel> {
    return this.#changed(actor, 'model.set-tag', name, { key, value }, async (trx) => {
      await putModelTags(trx, name, { [key]: value });
      return name;
    });
  }

  deleteTag(actor: Actor, name: string, key: string): Promise<RegisteredModel> {
    return this.#changed(actor, 'model.delete-tag', name, { key }, async (trx) => {
      await removeModelTag(trx, name, key);
      return name;
    });
  }

  describeVersion(actor: Actor, model: string, version: number, description: string): Promise<ModelVersion> {
    return this.#changedVersion(actor, 'describe', { model, version }, { description }, async (trx) => {
      await trx
        .updateTable('model_versions')
        .set({ description })
        .where('model', '=', model)
        .where('version', '=', version)
        .execute();
    });
  }

  setVersionTag(actor: Actor, model: string, version: number, key: string, value: string): Promise<ModelVersion> {
    return this.#changedVersion(actor, 'set-tag', { model, version }, { key, value }, (trx) =>
      putVersionTags(trx, model, version, { [key]: value }),
    );
  }

  deleteVersionTag(actor: Actor, model: string, version: number, key: string): Promise<ModelVersion> {
    return this.#changedVersion(actor, 'delete-tag', { model, version }, { key }, (trx) =>
      removeVersionTag(trx, model, version, key),
    );
  }

  /** The version is gone for everybody; its number is never given again, its aliases point nowhere. */
  async deleteVersion(actor: Actor, model: string, version: number): Promise<void> {
    await this.#assertNotServed(model, version);
    await this.#options.database.transaction(async (trx) => {
      await foundVersion(trx, model, version);
      const now = nowMs();
      await removeVersion(trx, model, version, now);
      await followStages(trx, model, now);
      await touchModel(trx, model, { updated_at_ms: now });
      const subject = `${model}@${version}`;
      await this.#options.audit.record(trx, { actor, action: 'model-version.delete', subject, details: {} });
    });
  }

  async #assertNotServed(model: string, version?: number): Promise<void> {
    const [endpoint] = await this.#options.endpointsServing(model, version);
    if (endpoint === undefined) return;
    const what = version === undefined ? model : `${model}@${version}`;
    throw new MulleError(
      'invalid_state',
      `The endpoint ${endpoint} answers with ${what}. Deploy another version there first.`,
    );
  }

  #changedVersion(
    actor: Actor,
    action: string,
    of: { readonly model: string; readonly version: number },
    details: Record<string, unknown>,
    change: (trx: Trx) => Promise<void>,
  ): Promise<ModelVersion> {
    const { database, audit } = this.#options;
    return database.transaction(async (trx) => {
      await foundVersion(trx, of.model, of.version);
      await change(trx);
      await trx
        .updateTable('model_versions')
        .set({ updated_at_ms: nowMs() })
        .where('model', '=', of.model)
        .where('version', '=', of.version)
        .execute();
      const subject = `${of.model}@${of.version}`;
      await audit.record(trx, { actor, action: `model-version.${action}`, subject, details });
      return foundVersion(trx, of.model, of.version);
    });
  }

  /** Runs a change, which gives the model's name after it; audited under the name before it. */
  #changed(
    actor: Actor,
    action: string,
    name: string,
    details: Record<string, unknown>,
    change: (trx: Trx, now: number) => Promise<string>,
  ): Promise<RegisteredModel> {
    const { database, audit } = this.#options;
    return database.transaction(async (trx) => {
      const now = nowMs();
      if (action !== 'model.create') await this.#found(trx, name);
      const after = await change(trx, now);
      await touchModel(trx, after, { updated_at_ms: now });
      await audit.record(trx, { actor, action, subject: name, details });
      return this.#found(trx, after);
    });
  }

  async #found(reader: Reader<Tables>, name: string): Promise<RegisteredModel> {
    const [model] = await this.#models(reader, [name]);
    if (model) return model;
    throw new MulleError('not_found', `There is no model ${name}. GET /api/models lists them.`);
  }

  async #models(reader: Reader<Tables>, names: readonly string[]): Promise<RegisteredModel[]> {
    if (names.length === 0) return [];
    const rows = new Map((await listModelRows(reader, names)).map((row) => [row.name, row]));
    const tags = await modelTags(reader, names);
    const aliases = Map.groupBy(await aliasesOf(reader, names), (alias) => alias.model);
    return names.flatMap((name) => {
      const row = rows.get(name);
      if (!row) return [];
      const { description, createdAtMs, updatedAtMs } = row;
      const own = (aliases.get(name) ?? []).map(({ alias, version }) => [alias, version] as const);
      return {
        name,
        description,
        createdAtMs,
        updatedAtMs,
        tags: tags.get(name) ?? {},
        aliases: Object.fromEntries(own),
      };
    });
  }
}

async function foundVersion(reader: Reader<Tables>, model: string, version: number): Promise<ModelVersion> {
  const found = await findVersion(reader, model, version);
  if (found) return found;
  throw new MulleError('not_found', `There is no ${model}@${version}. GET /api/models/${model}/versions lists them.`);
}
