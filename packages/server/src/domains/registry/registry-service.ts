/**
 * Model versions: numbered 1, 2, … per model, never changed, made from an artifact that is stored. Aliases (the stages of
 * MLflow among them) point at versions and move no traffic. What a version needs before an alias points at it, the
 * project's policies say.
 */
import type { Static } from 'typebox';
import type {
  AliasPolicy,
  Approval,
  ArtifactFormat,
  Lineage,
  ModelSignature,
  ModelStage,
  ModelSummary as ModelSummarySchema,
  ModelVersion,
  VersionCheck,
} from '@mulle/contract';
import type { AccessTables, Actor, AuditLog } from '#domains/access/index.ts';
import type { ActivityService, ActivityTables } from '#domains/activity/index.ts';
import { nowMs } from '#kernel/clock.ts';
import { MulleError } from '#kernel/errors.ts';
import { newId } from '#kernel/ids.ts';
import type { BlobStore } from '#platform/blobs/index.ts';
import { readOnnxSignature } from '#platform/onnx/index.ts';
import { describePmml } from '#platform/pmml/index.ts';
import {
  pageOf,
  readPageToken,
  type Database,
  type PageRequest,
  type Reader,
  type Transaction,
} from '#platform/database/index.ts';
import { columnFields } from './column-fields.ts';
import { inspectBundle, type InspectedBundle } from './inspect-bundle.ts';
import { touchModel } from './model-rows.ts';
import { versionsOfRun } from './registry-search.ts';
import { missingCheck } from './missing-check.ts';
import { modelTags } from './registry-tags.ts';
import { isStageAlias, putStage, versionsIn } from './stage-store.ts';
import {
  aliasesOf,
  findAlias,
  findVersion,
  insertApproval,
  insertVersion,
  isNumberTaken,
  listApprovals,
  listModelRows,
  listVersions,
  putAlias,
  removeAlias,
  type ModelRow,
} from './registry-store.ts';
import type { RegistryTables } from './registry-tables.ts';

type Tables = RegistryTables & ActivityTables & AccessTables;
export type ModelSummary = Static<typeof ModelSummarySchema>;

export interface RegistryOptions {
  readonly database: Database<Tables>;
  readonly activity: ActivityService;
  readonly audit: AuditLog;
  readonly blobs: BlobStore;
  /** Throws `not_found` for an id of the lineage that means nothing here. */
  readonly checkLineage: (lineage: Lineage) => Promise<void>;
  /** What the project asks of a model's versions before its aliases point at them. */
  readonly aliasPolicies: (model: string) => readonly AliasPolicy[];
}

export interface NewModelVersion {
  readonly artifactDigest: string;
  readonly artifactFormat?: ArtifactFormat;
  readonly features?: string[];
  readonly signature?: ModelSignature;
  readonly metrics: Record<string, number>;
  readonly lineage: Lineage;
  readonly description?: string;
  readonly tags?: Readonly<Record<string, string>>;
  /** As the client names where the files came from. */
  readonly source?: string;
  readonly runLink?: string;
  /** Registered by a client that may keep its runs elsewhere: ids of the lineage are not looked up. */
  readonly runsElsewhere?: boolean;
  readonly causeId?: string;
  /** The number and time of a version that was registered elsewhere. */
  readonly registeredAs?: { readonly version: number; readonly createdAtMs: number };
}

export interface AliasMove {
  readonly version: number;
  readonly reason?: string;
  readonly causeId?: string;
}

const isSameAlias = (one: string, other: string): boolean => one.toLowerCase() === other.toLowerCase();

export class RegistryService {
  readonly #options: RegistryOptions;

  constructor(options: RegistryOptions) {
    this.#options = options;
  }

  async listModels(): Promise<ModelSummary[]> {
    const { kysely } = this.#options.database;
    return this.#summaries(kysely, await listModelRows(kysely));
  }

  async getModel(model: string): Promise<ModelSummary> {
    const { kysely } = this.#options.database;
    const [summary] = await this.#summaries(kysely, await listModelRows(kysely, [model]));
    if (summary) return summary;
    throw new MulleError('not_found', `There is no model ${model}. GET /api/models lists them.`);
  }

  /** Newest first. */
  async listVersions(model: string, request: PageRequest): Promise<{ items: ModelVersion[]; nextPageToken?: string }> {
    const { kysely } = this.#options.database;
    await this.getModel(model);
    const before = Number(readPageToken(request) ?? Number.MAX_SAFE_INTEGER);
    return pageOf(
      request,
      (count) => listVersions(kysely, model, before, count),
      (version) => version.version,
      (version) => version,
    );
  }

  getVersion(model: string, version: number): Promise<ModelVersion> {
    return this.#version(this.#options.database.kysely, model, version);
  }

  /** The version that an alias points at now. */
  async resolveAlias(model: string, alias: string): Promise<ModelVersion> {
    const { kysely } = this.#options.database;
    const version = await findAlias(kysely, model, alias);
    if (version !== undefined) return this.#version(kysely, model, version);
    throw new MulleError('not_found', `Model ${model} has no alias ${alias}. GET /api/models/${model} lists them.`);
  }

  /**
   * Registers a version of a stored artifact under the model's next number. Throws `already_exists` where the number that
   * it had elsewhere was given here, be it to a version that is deleted.
   */
  async createVersion(actor: Actor, model: string, wanted: NewModelVersion): Promise<ModelVersion> {
    const { database, activity, audit, checkLineage } = this.#options;
    const described = await this.#described(wanted);
    const { registeredAs } = wanted;
    if (wanted.runsElsewhere !== true) await checkLineage(wanted.lineage);
    return database.transaction(async (trx) => {
      const said = {
        model,
        ...described,
        metrics: wanted.metrics,
        lineage: wanted.lineage,
        tags: { ...wanted.tags },
        description: wanted.description ?? '',
        source: wanted.source ?? null,
        runLink: wanted.runLink ?? null,
        causeId: wanted.causeId ?? null,
        createdAtMs: registeredAs?.createdAtMs ?? nowMs(),
      };
      if (registeredAs && (await isNumberTaken(trx, model, registeredAs.version))) {
        throw new MulleError('already_exists', `${model}@${registeredAs.version} was registered already.`);
      }
      const version = await insertVersion(trx, said, registeredAs?.version);
      const subject = `${model}@${version.version}`;
      const { causeId } = version;
      await activity.record(trx, { type: 'model-version-created', subject, causeId, value: version });
      const details = { artifactDigest: wanted.artifactDigest };
      await audit.record(trx, { actor, action: 'model-version.create', subject, details });
      return version;
    });
  }

  /** Versions that came from a run, as `model@3`, by model and number. */
  versionsOfRun(runId: string): Promise<string[]> {
    const { kysely, dialect } = this.#options.database;
    return versionsOfRun(kysely, dialect, runId);
  }

  /** Points an alias at a version. Throws `approval_required` where the alias needs it and the version lacks it. */
  async setAlias(actor: Actor, model: string, alias: string, move: AliasMove): Promise<ModelVersion> {
    if (/^(latest|v?\d+)$/i.test(alias)) {
      throw new MulleError('invalid_argument', `"${alias}" reads as a version and is no alias. Choose another name.`);
    }
    return this.#options.database.transaction(async (trx) => {
      await this.#version(trx, model, move.version);
      const previous = await findAlias(trx, model, alias);
      if (previous !== move.version) {
        await this.#assertApproved(trx, model, alias, move.version);
        if (isStageAlias(alias)) await this.#moveStage(trx, model, alias, move.version);
        else await putAlias(trx, { model, alias, version: move.version, updated_at_ms: nowMs() });
        await this.#recordMove(trx, actor, { model, alias, previous: previous ?? null, ...move });
      }
      return this.#version(trx, model, move.version);
    });
  }

  /** One version alone in the stage: what was in it leaves. */
  async #moveStage(trx: Transaction<Tables>, model: string, stage: ModelStage, version?: number): Promise<void> {
    const now = nowMs();
    const others = (await versionsIn(trx, model, stage)).filter((other) => other !== version);
    await putStage(trx, model, others, 'None', now);
    if (version !== undefined) await putStage(trx, model, [version], stage, now);
  }

  /**
   * MLflow's stages: a version enters one, others stay in it unless they are archived with it. Approval is asked for as
   * for the alias of the stage's name.
   */
  transitionStage(
    actor: Actor,
    model: string,
    version: number,
    stage: ModelStage,
    archiveOthers: boolean,
  ): Promise<ModelVersion> {
    return this.#options.database.transaction(async (trx) => {
      const { stage: before } = await this.#version(trx, model, version);
      if (before !== stage) await this.#assertApproved(trx, model, stage, version);
      const now = nowMs();
      const others = archiveOthers ? (await versionsIn(trx, model, stage)).filter((other) => other !== version) : [];
      await putStage(trx, model, others, 'Archived', now);
      await putStage(trx, model, [version], stage, now);
      await touchModel(trx, model, { updated_at_ms: now });
      await this.#recordMove(trx, actor, { model, alias: stage, previous: null, version });
      return this.#version(trx, model, version);
    });
  }

  deleteAlias(actor: Actor, model: string, alias: string): Promise<void> {
    return this.#options.database.transaction(async (trx) => {
      const previous = await findAlias(trx, model, alias);
      if (previous === undefined) throw new MulleError('not_found', `Model ${model} has no alias ${alias}.`);
      if (isStageAlias(alias)) await this.#moveStage(trx, model, alias);
      else await removeAlias(trx, model, alias);
      await this.#recordMove(trx, actor, { model, alias, previous, version: null });
    });
  }

  /** Says who approved or rejected a version, and why. The last verdict counts. */
  approve(
    actor: Actor,
    model: string,
    version: number,
    verdict: { verdict: Approval['verdict']; reason: string },
  ): Promise<Approval> {
    const { database, activity, audit } = this.#options;
    return database.transaction(async (trx) => {
      await this.#version(trx, model, version);
      const approval: Approval = {
        id: newId('approval'),
        model,
        version,
        ...verdict,
        actor: actor.name,
        createdAtMs: nowMs(),
      };
      await insertApproval(trx, approval);
      const subject = `${model}@${version}`;
      await activity.record(trx, { type: 'approval-given', subject, causeId: null, value: approval });
      await audit.record(trx, { actor, action: `model-version.${verdict.verdict}`, subject, details: { ...verdict } });
      return approval;
    });
  }

  /** Newest first. */
  async listApprovals(model: string, version: number): Promise<Approval[]> {
    await this.getVersion(model, version);
    return listApprovals(this.#options.database.kysely, model, version);
  }

  /** The artifact with what it says of itself; what the caller names goes before. */
  async #described(
    wanted: NewModelVersion,
  ): Promise<Pick<ModelVersion, 'artifact' | 'flavor' | 'features' | 'signature'>> {
    const { artifactDigest: digest, artifactFormat: format = 'onnx', features: named } = wanted;
    const { blobs } = this.#options;
    const size = await blobs.size(digest);
    if (size === undefined) {
      throw new MulleError('not_found', `There is no blob ${digest}. PUT /api/blobs stores it first.`);
    }
    if (format === 'pmml') return this.#describedPmml(wanted, size);
    const bundle = format === 'bundle' ? await inspectBundle(blobs, digest) : null;
    const signature = wanted.signature ?? (bundle ? bundle.signature : await onnxSignature(blobs, digest, named));
    const mayBeUnknown = wanted.runsElsewhere === true || signature !== null;
    return {
      artifact: { digest, bytes: bundle?.bytes ?? size, format },
      flavor: bundle?.flavor ?? null,
      features: featuresOf(named, bundle?.features, mayBeUnknown),
      signature,
    };
  }

  /** A document says itself what it takes and gives; one that no row of numbers answers is served by tensors alone. */
  async #describedPmml(
    { artifactDigest: digest, features: named }: NewModelVersion,
    bytes: number,
  ): Promise<Pick<ModelVersion, 'artifact' | 'flavor' | 'features' | 'signature'>> {
    const { signature, columns } = await describePmml(await this.#options.blobs.localPath(digest));
    if (named !== undefined && 'unknown' in columns) {
      throw new MulleError('invalid_argument', `${columns.unknown} Leave "features" out: it takes tensors.`);
    }
    const own = 'unknown' in columns ? columns : columnFields(columns);
    return {
      artifact: { digest, bytes, format: 'pmml' },
      flavor: null,
      features: featuresOf(named, own, true),
      signature,
    };
  }

  async #assertApproved(trx: Transaction<Tables>, model: string, alias: string, version: number): Promise<void> {
    const policies = this.#options
      .aliasPolicies(model)
      .filter(({ aliases }) => aliases.some((name) => isSameAlias(name, alias)));
    const checks = policies.flatMap((policy) => policy.checks ?? []);
    if (checks.length > 0) await this.#assertChecked(trx, model, alias, version, checks);
    if (!policies.some(({ approval }) => approval === true)) return;
    const [last] = await listApprovals(trx, model, version);
    if (last?.verdict === 'approved') return;
    const state = last ? `was rejected by ${last.actor}: ${last.reason}` : 'was not approved yet';
    throw new MulleError(
      'approval_required',
      `${alias} takes approved versions only, and ${model}@${version} ${state}. A maintainer approves it with a reason.`,
    );
  }

  async #assertChecked(
    trx: Transaction<Tables>,
    model: string,
    alias: string,
    version: number,
    checks: readonly VersionCheck[],
  ): Promise<void> {
    const [row] = await listModelRows(trx, [model]);
    const missing = missingCheck(await this.#version(trx, model, version), row?.description ?? '', checks);
    if (missing === undefined) return;
    throw new MulleError('approval_required', `${alias} does not move to ${model}@${version}: ${missing}`);
  }

  async #recordMove(
    trx: Transaction<Tables>,
    actor: Actor,
    move: {
      model: string;
      alias: string;
      version: number | null;
      previous: number | null;
      reason?: string;
      causeId?: string;
    },
  ): Promise<void> {
    const { causeId, ...value } = move;
    const subject = `${move.model}@${move.version ?? move.previous}`;
    await this.#options.activity.record(trx, { type: 'alias-moved', subject, causeId: causeId ?? null, value });
    await this.#options.audit.record(trx, { actor, action: 'alias.move', subject, details: value });
  }

  async #version(reader: Reader<Tables>, model: string, version: number): Promise<ModelVersion> {
    const found = await findVersion(reader, model, version);
    if (found) return found;
    throw new MulleError('not_found', `There is no ${model}@${version}. GET /api/models/${model}/versions lists them.`);
  }

  async #summaries(reader: Reader<Tables>, rows: readonly ModelRow[]): Promise<ModelSummary[]> {
    const aliases = await aliasesOf(
      reader,
      rows.map((row) => row.name),
    );
    const summaries: ModelSummary[] = [];
    const names = rows.map((row) => row.name);
    const tags = await modelTags(reader, names);
    for (const { name, versions, latest, description, createdAtMs, updatedAtMs } of rows) {
      const own = aliases.filter((alias) => alias.model === name);
      summaries.push({
        name,
        description,
        tags: tags.get(name) ?? {},
        createdAtMs,
        updatedAtMs,
        versions: Number(versions),
        latest: latest === null ? null : await this.#version(reader, name, latest),
        aliases: Object.fromEntries(own.map(({ alias, version }) => [alias, version])),
      });
    }
    return summaries;
  }
}

/** The tensors of an ONNX model. One whose columns are named is scored by rows, and may be anything that its host can read. */
async function onnxSignature(
  blobs: BlobStore,
  digest: string,
  columns: readonly string[] | undefined,
): Promise<ModelSignature | null> {
  try {
    return await readOnnxSignature(await blobs.localPath(digest));
  } catch (thrown) {
    if (columns !== undefined) return null;
    throw thrown;
  }
}

/** What the caller names, else what the model says of itself. A client of another tool may register what is not served. */
function featuresOf(
  named: string[] | undefined,
  own: InspectedBundle['features'] | undefined,
  mayBeUnknown: boolean,
): string[] {
  const known = Array.isArray(own) ? own : undefined;
  if (named && known && named.length !== known.length) {
    throw new MulleError(
      'invalid_argument',
      `The model takes ${known.length} columns (${known.join(', ')}) and ${named.length} are named.`,
    );
  }
  const features = named ?? known ?? (mayBeUnknown ? [] : undefined);
  if (features) return features;
  const reason = own && !Array.isArray(own) ? own.unknown : 'Send "features", the names of its columns in order.';
  throw new MulleError('invalid_argument', reason);
}
