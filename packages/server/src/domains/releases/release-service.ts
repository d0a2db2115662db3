/**
 * Releases of versions to endpoints. Each change of state is one transaction: the row, its activity event and its
 * audit entry, decided by the release machine.
 *
 * A deploy says what shall be. What is released already, or being released, is answered as it is. While a challenger
 * is being tried another deploy is a `conflict`, unless it asks for `single`: that takes the challenger back
 * (superseded) and switches at once.
 *
 * Causes: `release-started` follows from what the deployer names (a task, an apply); everything later of a release
 * from what the analyser names, else from its `release-started`. A version that comes back after a promotion was
 * rolled back is a release of its own, caused by that rollback.
 */
import {
  approvalsMissing,
  promotedVariant,
  resolvePolicy,
  variantId,
  type Allocation,
  type AppliedManifest,
  type EndpointDefinition,
  type EndpointSummary,
  type LocalisedText,
  type Manifest,
  type ModelVersion,
  type Override,
  type Reason,
  type Release,
  type ReleasePolicy,
  type Variant,
  type WrittenPolicy,
} from '@mulle/contract';
import type { AccessTables, Actor, AuditLog } from '#domains/access/index.ts';
import type { ActivityService, ActivityTables } from '#domains/activity/index.ts';
import { contextFields, type ManifestFollower, type Problems } from '#domains/project/index.ts';
import type { RulesService } from '#domains/rules/index.ts';
import { nowMs } from '#kernel/clock.ts';
import { MulleError } from '#kernel/errors.ts';
import { newId } from '#kernel/ids.ts';
import type { Database, Reader, Transaction } from '#platform/database/index.ts';
import { deployable, type ReleasableModels, type Target } from './deployable.ts';
import { recordEvidence } from './evidence-store.ts';
import {
  beginRelease,
  isAwaiting,
  isContending,
  meetsCallers,
  transition,
  waits,
  type NewRelease,
  type ReleaseCommand,
} from './release-machine.ts';
import { checkApprover, releaseTerms } from './release-terms.ts';
import {
  insertRelease,
  lastEpoch,
  listReleases,
  readPromoted,
  readRelease,
  readStanding,
  updateRelease,
  type ReleaseFilter,
  type ReleaseRecord,
} from './release-store.ts';
import type { ReleaseTables } from './release-tables.ts';
import { assertMayShadow } from './shadow-safety.ts';
import { versionMisfit } from './version-misfit.ts';

type Tables = ReleaseTables & ActivityTables & AccessTables;

export interface ReleaseServiceOptions {
  readonly database: Database<Tables>;
  readonly activity: ActivityService;
  readonly audit: AuditLog;
  readonly models: ReleasableModels;
  readonly rules: Pick<RulesService, 'get' | 'resolve'>;
  readonly manifest: () => AppliedManifest | null;
}

export interface Deploy extends Target {
  /** Further arms, where the policy has more than two. */
  readonly others?: readonly Target[];
  readonly policy?: WrittenPolicy;
  readonly overrides?: Override[];
  readonly startAtMs?: number;
  readonly endAtMs?: number;
  readonly reason?: string;
  readonly causeId?: string;
}

export interface Conclude {
  readonly step: number;
  readonly conclusion: Extract<ReleaseCommand, { kind: 'conclude' }>['conclusion'];
  readonly readings: Release['readings'];
  readonly reason: LocalisedText;
  readonly winner?: string;
  readonly allocation?: Allocation;
  readonly causeId?: string;
}

interface Standing {
  readonly settled: ReleaseRecord | undefined;
  readonly contender: ReleaseRecord | undefined;
}

const platform: Actor = { name: 'platform', role: 'internal' };
const timeIsUp: LocalisedText = {
  en: 'Its time was over without a conclusion.',
  ko: '결론 없이 정해진 기간이 끝났어요.',
};

function standingOf(records: readonly ReleaseRecord[]): Standing {
  return {
    settled: records.find(({ release }) => release.state === 'promoted'),
    contender: records.find(({ release }) => isContending(release)),
  };
}

const sameVariant = (record: ReleaseRecord | undefined, variant: Variant): boolean =>
  record !== undefined && variantId(promotedVariant(record.release)) === variantId(variant);

export class ReleaseService implements ManifestFollower {
  readonly #options: ReleaseServiceOptions;

  constructor(options: ReleaseServiceOptions) {
    this.#options = options;
  }

  /**
   * Releases a version: at once on an endpoint without one, else by the endpoint's policy or the one given.
   * Throws `not_found`, `invalid_argument`, `approval_required`, `missing_feature`, `conflict`.
   */
  async deploy(endpoint: string, wanted: Deploy, actor: Actor): Promise<Release> {
    const definition = this.#endpoint(endpoint);
    const variant = await deployable(this.#options, definition, wanted);
    const others: Variant[] = [];
    for (const other of wanted.others ?? []) others.push(await deployable(this.#options, definition, other));
    const policy = this.#policy(wanted.policy ?? definition.policy);
    this.#assertContext(definition, policy);
    assertMayShadow(policy, variant, await this.#versionOf(variant));
    const atOnce = wanted.policy?.kind === 'single';
    const terms = await releaseTerms(definition, wanted);
    return this.#options.database.transaction(async (trx) => {
      const { settled, contender } = standingOf(await readStanding(trx, endpoint));
      if (contender && !atOnce) {
        if (sameVariant(contender, variant)) return contender.release;
        throw new MulleError(
          'conflict',
          `Release ${contender.release.id} is being tried on '${endpoint}'. Roll it back or promote it first, or deploy with the policy single to replace it at once.`,
          { details: { releaseId: contender.release.id } },
        );
      }
      if (settled && sameVariant(settled, variant)) {
        if (contender) await this.#move(trx, contender, supersededBy(settled.release), actor);
        return settled.release;
      }
      const started: NewRelease = {
        id: newId('release'),
        endpoint,
        policy,
        variant,
        others,
        incumbent: settled ? promotedVariant(settled.release) : null,
        ...(terms === undefined ? {} : { terms }),
        reason: wanted.reason ?? deployOf(variant),
        actor: actor.name,
        causeId: wanted.causeId ?? null,
      };
      return this.#begin(trx, started, { settled, contender }, settled?.release.id ?? null, actor);
    });
  }

  /** Takes the running challenger back, or rolls the promoted release back and releases the version before at once. */
  async rollbackEndpoint(endpoint: string, reason: string, actor: Actor): Promise<Release> {
    this.#endpoint(endpoint);
    return this.#options.database.transaction(async (trx) => {
      const { settled, contender } = standingOf(await readStanding(trx, endpoint));
      if (contender) return (await this.#move(trx, contender, { kind: 'rollback', reason }, actor)).release;
      if (!settled) throw new MulleError('invalid_state', `Nothing is released on '${endpoint}'. Deploy a version.`);
      return this.#restore(trx, settled, reason, actor);
    });
  }

  /** Promotes, rolls back, pauses or resumes by hand. Throws `not_found`, `invalid_state`. */
  command(
    id: string,
    command: Exclude<ReleaseCommand, { kind: 'conclude' | 'supersede' | 'approve' | 'begin' | 'expire' }>,
    actor: Actor,
  ): Promise<Release> {
    return this.#options.database.transaction(async (trx) => {
      const record = await this.#read(trx, id);
      if (command.kind !== 'rollback' || record.release.state !== 'promoted')
        return (await this.#move(trx, record, command, actor)).release;
      if (standingOf(await readStanding(trx, record.release.endpoint)).contender)
        throw new MulleError(
          'invalid_state',
          `A challenger is tried against release ${id}. Roll the challenger back first.`,
        );
      await this.#restore(trx, record, command.reason, actor);
      return (await this.#read(trx, id)).release;
    });
  }

  /** What the analyser concludes of a step. Throws `invalid_state` when the release has moved on. */
  conclude(id: string, { causeId, allocation, ...conclusion }: Conclude): Promise<Release> {
    return this.#options.database.transaction(async (trx) => {
      const record = await this.#read(trx, id);
      const command: ReleaseCommand = { kind: 'conclude', ...conclusion };
      return (await this.#move(trx, record, command, platform, causeId, allocation)).release;
    });
  }

  async get(id: string): Promise<Release> {
    return (await this.#read(this.#options.database.kysely, id)).release;
  }

  list(filter: ReleaseFilter) {
    return listReleases(this.#options.database.kysely, filter);
  }

  /** Releases that are running or paused, oldest first. */
  async contending(): Promise<Release[]> {
    const records = await readStanding(this.#options.database.kysely);
    return records.map(({ release }) => release).filter(meetsCallers);
  }

  /**
   * Somebody approves that a release begins, or that it is promoted; the last approval that is needed makes it so.
   * Throws `invalid_state`, and `permission_denied` for whoever deployed it or has approved before.
   */
  approve(id: string, reason: string, actor: Actor): Promise<Release> {
    return this.#options.database.transaction(async (trx) => {
      const record = await this.#read(trx, id);
      checkApprover(record.release, actor);
      await this.#move(trx, record, { kind: 'approve', reason, actor: actor.name }, actor);
      const approved = await this.#read(trx, id);
      if (approved.release.state === 'pending') return this.#beginDue(trx, approved, nowMs());
      const { state, terms = {}, reason: why } = approved.release;
      // Paused by the evidence that asked for the promotion, and by nothing else.
      if (state !== 'paused' || approvalsMissing(terms, 'promote') > 0 || !isAwaiting(why)) return approved.release;
      return (await this.#move(trx, approved, { kind: 'promote', reason }, actor)).release;
    });
  }

  /** Begins what waited for its time, and ends what has run out of it. To be called every second. */
  async tick(atMs: number): Promise<void> {
    const isDue = ({ release: { state, terms } }: ReleaseRecord): boolean =>
      (state === 'pending' && !waits(terms, atMs)) || (state === 'running' && (terms?.endAtMs ?? Infinity) <= atMs);
    const due = (await readStanding(this.#options.database.kysely)).filter(isDue);
    for (const { release } of due) {
      await this.#options.database.transaction(async (trx) => {
        const record = await this.#read(trx, release.id);
        if (!isDue(record)) return;
        if (record.release.state === 'pending') await this.#beginDue(trx, record, atMs);
        else await this.#move(trx, record, { kind: 'expire', reason: timeIsUp }, platform);
      });
    }
  }

  async #beginDue(trx: Transaction<Tables>, record: ReleaseRecord, atMs: number): Promise<Release> {
    if (waits(record.release.terms, atMs)) return record.release;
    return (await this.#move(trx, record, { kind: 'begin', reason: record.release.reason }, platform)).release;
  }

  /** An endpoint with its live release and the variant that answers callers outside a challenger's share. */
  async summary(endpoint: string): Promise<EndpointSummary> {
    const definition = this.#endpoint(endpoint);
    const { settled, contender } = await this.standing(endpoint);
    return {
      definition,
      release: (contender ?? settled)?.release ?? null,
      incumbent: settled ? variantId(promotedVariant(settled.release)) : null,
    };
  }

  /** The promoted release of an endpoint and what contends with it. */
  async standing(endpoint: string): Promise<Standing> {
    return standingOf(await readStanding(this.#options.database.kysely, endpoint));
  }

  /** Variants that were promoted on an endpoint, the last first, each once. */
  async promotedVariants(endpoint: string, limit: number): Promise<Variant[]> {
    // Going back and forth between two versions repeats them: look further back than `limit` rows.
    const records = await readPromoted(this.#options.database.kysely, endpoint, limit * 8);
    const variants = new Map(
      records.map(({ release }) => promotedVariant(release)).map((variant) => [variantId(variant), variant]),
    );
    return [...variants.values()].slice(0, limit);
  }

  /** Grows with every change of any release. */
  lastEpoch(): Promise<number> {
    return lastEpoch(this.#options.database.kysely);
  }

  /** A manifest may not take features from versions that answer now. */
  async check(manifest: Manifest, problems: Problems): Promise<void> {
    for (const endpoint of manifest.endpoints) {
      for (const { release } of await readStanding(this.#options.database.kysely, endpoint.name)) {
        const version = await this.#versionOf(promotedVariant(release));
        const misfit = version && versionMisfit(endpoint, manifest, version);
        if (!misfit) continue;
        const what = `${variantId(promotedVariant(release))} answers here and ${misfit.problem}`;
        problems.add(`endpoints/${endpoint.name}`, `${what} Or release another version first.`);
      }
    }
  }

  /** Challengers on endpoints that are gone are taken back. */
  follow(applied: AppliedManifest, causeId: string, actor: Actor): Promise<void> {
    const endpoints = new Set(applied.manifest.endpoints.map(({ name }) => name));
    return this.#options.database.transaction(async (trx) => {
      for (const record of await readStanding(trx)) {
        const { release } = record;
        if (endpoints.has(release.endpoint) || !isContending(release)) continue;
        const { version } = applied;
        const reason = {
          en: `The endpoint was removed by manifest version ${version}.`,
          ko: `매니페스트 버전 ${version}에서 엔드포인트가 삭제되었습니다.`,
        };
        await this.#move(trx, record, { kind: 'supersede', reason }, actor, causeId);
      }
    });
  }

  /** Writes a new release in place of what stands. */
  async #begin(
    trx: Transaction<Tables>,
    wanted: NewRelease,
    { settled, contender }: Standing,
    previousId: string | null,
    actor: Actor,
  ): Promise<Release> {
    const at = nowMs();
    const release = beginRelease(wanted, at);
    const { activity, audit } = this.#options;
    const tell = { subject: release.id, value: { ...release, by: actor.name } };
    const type = release.state === 'pending' ? 'release-scheduled' : 'release-started';
    const started = await activity.record(trx, { type, causeId: release.causeId, ...tell });
    const details = { endpoint: release.endpoint, strategy: release.strategy, reason: release.reason };
    await audit.record(trx, { actor, action: 'release.start', subject: release.id, details });
    const promoted = release.state === 'promoted';
    if (contender) await this.#move(trx, contender, supersededBy(release), actor, started.id);
    if (promoted && settled) await this.#supersedeQuietly(trx, settled, release);
    const promotedAtMs = promoted ? at : null;
    await insertRelease(trx, { release, previousId, startedEventId: started.id, promotedAtMs, allocation: null });
    if (promoted) await activity.record(trx, { type: 'release-promoted', causeId: started.id, ...tell });
    return release;
  }

  /** Rolls a promoted release back and releases at once what it had replaced. */
  async #restore(trx: Transaction<Tables>, record: ReleaseRecord, reason: Reason, actor: Actor): Promise<Release> {
    const { endpoint, id } = record.release;
    const previous = record.previousId === null ? null : await readRelease(trx, record.previousId);
    if (!previous) {
      throw new MulleError('invalid_state', `Nothing was released on '${endpoint}' before ${id}. Deploy a version.`);
    }
    const { eventId } = await this.#move(trx, record, { kind: 'rollback', reason }, actor);
    const started: NewRelease = {
      id: newId('release'),
      endpoint,
      policy: { kind: 'single' },
      variant: promotedVariant(previous.release),
      incumbent: null,
      reason,
      actor: actor.name,
      causeId: eventId,
    };
    return this.#begin(trx, started, standingOf([]), previous.previousId, actor);
  }

  /** Makes one transition: row, activity event, audit entry, and what a promotion replaces. */
  async #move(
    trx: Transaction<Tables>,
    record: ReleaseRecord,
    command: ReleaseCommand,
    actor: Actor,
    causeId?: string,
    allocation?: Allocation,
  ): Promise<{ release: Release; eventId: string | null }> {
    const at = nowMs();
    const { release, activity: type } = transition(record.release, command, at);
    const promoted = type === 'release-promoted';
    if (promoted) {
      const { settled } = standingOf(await readStanding(trx, release.endpoint));
      if (settled) await this.#supersedeQuietly(trx, settled, release);
    }
    const promotedAtMs = promoted ? at : record.promotedAtMs;
    // What was learned at one step says nothing of the next.
    const kept = release.step === record.release.step ? (allocation ?? record.allocation) : null;
    const moved = type !== null || kept !== record.allocation;
    await updateRelease(trx, { ...record, release, promotedAtMs, allocation: kept }, moved);
    if (command.kind === 'conclude') await recordEvidence(trx, release, command, at);
    if (type === null) return { release, eventId: null };
    const { activity, audit } = this.#options;
    const why = command.kind === 'conclude' ? { explanation: command.reason } : {};
    const { id: eventId } = await activity.record(trx, {
      type,
      subject: release.id,
      causeId: causeId ?? record.startedEventId,
      value: { ...release, by: actor.name, ...why },
    });
    const details = { endpoint: release.endpoint, state: release.state, step: release.step, reason: release.reason };
    const action = type.replace('release-', 'release.');
    await audit.record(trx, { actor, action, subject: release.id, details });
    return { release, eventId };
  }

  /** The promoted release gives way to another promoted one: told by the other's promotion. */
  async #supersedeQuietly(trx: Transaction<Tables>, settled: ReleaseRecord, by: Release): Promise<void> {
    const { release } = transition(settled.release, supersededBy(by), nowMs());
    await updateRelease(trx, { ...settled, release }, true);
  }

  async #read(reader: Reader<Tables>, id: string): Promise<ReleaseRecord> {
    const record = await readRelease(reader, id);
    if (!record) throw new MulleError('not_found', `There is no release '${id}'. List the releases.`);
    return record;
  }

  #endpoint(name: string): EndpointDefinition {
    const definition = this.#options.manifest()?.manifest.endpoints.find((endpoint) => endpoint.name === name);
    if (!definition) throw new MulleError('not_found', `There is no endpoint '${name}'. Apply a manifest that has it.`);
    return definition;
  }

  /** With the KPIs that it names in full. */
  #policy(written: WrittenPolicy): ReleasePolicy {
    try {
      return resolvePolicy(written, this.#options.manifest()?.manifest.kpis ?? []);
    } catch (cause) {
      if (!(cause instanceof RangeError)) throw cause;
      throw new MulleError('invalid_argument', cause.message, { cause });
    }
  }

  /** A policy that comes with a deploy was not checked with the manifest. */
  #assertContext(endpoint: EndpointDefinition, policy: ReleasePolicy): void {
    const applied = this.#options.manifest();
    if (policy.kind !== 'contextual-bandit' || applied === null) return;
    const known = contextFields(endpoint, applied.manifest);
    const unknown = policy.context.find(({ field }) => !known.has(field));
    if (unknown === undefined) return;
    const message = `'${endpoint.name}' has no numeric input or feature '${unknown.field}'. Known: ${[...known].join(', ')}.`;
    throw new MulleError('invalid_argument', message);
  }

  async #versionOf(variant: Variant): Promise<ModelVersion | null> {
    return variant.kind === 'model' ? this.#options.models.getVersion(variant.model, variant.version) : null;
  }
}

function supersededBy({ id }: Release): ReleaseCommand {
  const reason = { en: `Replaced by release ${id}.`, ko: `릴리스 ${id}(으)로 교체되었습니다.` };
  return { kind: 'supersede', reason };
}

function deployOf(variant: Variant): LocalisedText {
  const id = variantId(variant);
  return { en: `Deploy of ${id}.`, ko: `${id} 배포` };
}
