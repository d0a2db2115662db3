/**
 * The project's manifest: checked, planned, applied as a recorded version, reverted.
 *
 * Definitions live nowhere else: whoever needs one reads the current manifest, so an apply is one row and either all
 * of it holds or nothing. A manifest equal to the current one, whatever the order of its keys, makes no version.
 */
import { canonicalJson, type AliasPolicy, type AppliedManifest, type Manifest, type PlanChange } from '@mulle/contract';
import type { AccessTables, Actor, AuditLog } from '#domains/access/index.ts';
import type { ActivityService, ActivityTables } from '#domains/activity/index.ts';
import { nowMs } from '#kernel/clock.ts';
import { MulleError } from '#kernel/errors.ts';
import { sha256 } from '#kernel/ids.ts';
import type { Database, PageRequest } from '#platform/database/index.ts';
import { checkManifest } from './check-manifest.ts';
import { insertManifest, listManifests, readManifest } from './manifest-store.ts';
import { planChanges } from './plan-changes.ts';
import type { Problems } from './problems.ts';
import type { ProjectTables } from './project-tables.ts';

type Tables = ProjectTables & ActivityTables & AccessTables;

/** What another domain has to say to a manifest. */
export interface ManifestFollower {
  /** Notes what cannot be applied to what is there, such as features that a served model would miss. */
  check?(manifest: Manifest, problems: Problems): Promise<void>;
  /**
   * Does what follows from an apply, after its commit; `causeId` is its `manifest-applied` event. Looks at what is
   * there, not at what changed: what a crash left undone is done after the next apply.
   */
  follow?(applied: AppliedManifest, causeId: string, actor: Actor): Promise<void>;
}

export interface ManifestServiceOptions {
  readonly database: Database<Tables>;
  readonly activity: ActivityService;
  readonly audit: AuditLog;
  /** Folders that file sources may lie in; relative paths are relative to the first. */
  readonly allowedRoots: readonly string[];
}

export class ManifestService {
  readonly #options: ManifestServiceOptions;
  readonly #followers: ManifestFollower[] = [];
  #current: AppliedManifest | null;

  private constructor(options: ManifestServiceOptions, current: AppliedManifest | null) {
    this.#options = options;
    this.#current = current;
  }

  /** Reads the current manifest; from then on it is at hand without a query. */
  static async open(options: ManifestServiceOptions): Promise<ManifestService> {
    return new ManifestService(options, await readManifest(options.database.kysely));
  }

  /** The applied manifest; null before the first apply. */
  current = (): AppliedManifest | null => this.#current;

  /** Reads the current manifest again, after what this did not do. */
  async reload(): Promise<void> {
    this.#current = await readManifest(this.#options.database.kysely);
  }

  /** What the project asks of a model's versions before these aliases point at them. */
  aliasPolicies = (model: string): readonly AliasPolicy[] =>
    this.#current?.manifest.models?.find(({ name }) => name === model)?.policies ?? [];

  /** Asks `follower` at every plan and apply from now on. */
  addFollower(follower: ManifestFollower): void {
    this.#followers.push(follower);
  }

  /** What applying would change. Throws `invalid_manifest`. */
  async plan(manifest: Manifest): Promise<PlanChange[]> {
    await this.#check(manifest);
    return planChanges(this.#current?.manifest ?? null, manifest);
  }

  /** Makes a manifest so, or answers the current version where nothing differs. Throws `invalid_manifest`. */
  async apply(manifest: Manifest, actor: Actor): Promise<AppliedManifest> {
    await this.#check(manifest);
    const digest = sha256(canonicalJson(manifest));
    const { database, activity, audit } = this.#options;
    const { applied, causeId } = await database.transaction(async (trx) => {
      const before = await readManifest(trx);
      if (before?.digest === digest) return { applied: before, causeId: null };
      const applied: AppliedManifest = {
        version: (before?.version ?? 0) + 1,
        digest,
        manifest,
        changes: planChanges(before?.manifest ?? null, manifest),
        actor: actor.name,
        createdAtMs: nowMs(),
      };
      await insertManifest(trx, applied);
      const { version, changes } = applied;
      const details = { version, digest, changes };
      const subject = manifest.project;
      const told = await activity.record(trx, { type: 'manifest-applied', subject, causeId: null, value: details });
      await audit.record(trx, { actor, action: 'manifest.apply', subject, details });
      return { applied, causeId: told.id };
    });
    this.#current = applied;
    if (causeId === null) return applied;
    for (const follower of this.#followers) await follower.follow?.(applied, causeId, actor);
    return applied;
  }

  /** Applies an earlier version's manifest again, as a new version. Throws `not_found`, `invalid_manifest`. */
  async revert(version: number, actor: Actor): Promise<AppliedManifest> {
    const earlier = await readManifest(this.#options.database.kysely, version);
    if (!earlier) throw new MulleError('not_found', `There is no manifest version ${version}. List the history.`);
    return this.apply(earlier.manifest, actor);
  }

  history(request: PageRequest) {
    return listManifests(this.#options.database.kysely, request);
  }

  async #check(manifest: Manifest): Promise<void> {
    const problems = await checkManifest(manifest, this.#options.allowedRoots);
    for (const follower of this.#followers) await follower.check?.(manifest, problems);
    problems.refuse();
  }
}
