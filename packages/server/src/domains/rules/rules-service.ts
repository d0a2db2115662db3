/**
 * Rule sets: immutable versions by content, of which one is published.
 *
 *   draft ── publish ──▶ published (and again: the last publishing counts)
 *
 * What a manifest holds is published by its apply: it was reviewed as code. What the API makes is a draft until a
 * maintainer publishes it, so that rules learned from a model are read by a person before they answer anybody. A rule
 * set whose expressions do not compile, or whose own tests fail, never becomes a version.
 */
import {
  canonicalJson,
  variantId,
  type AppliedManifest,
  type Distillation,
  type Manifest,
  type RuleHits,
  type RuleSetDefinition,
  type RuleSetReference,
  type RuleSetSummary,
  type RuleSetVersion,
} from '@mulle/contract';
import type { RuleSetCheck } from '@mulle/decision/rules';
import type { AccessTables, Actor, AuditLog } from '#domains/access/index.ts';
import type { ActivityService, ActivityTables } from '#domains/activity/index.ts';
import type { ManifestFollower, Problems } from '#domains/project/index.ts';
import { nowMs } from '#kernel/clock.ts';
import { MulleError } from '#kernel/errors.ts';
import { sha256 } from '#kernel/ids.ts';
import type { Database, PageRequest, Transaction } from '#platform/database/index.ts';
import {
  insertRuleSetVersion,
  lastPublication,
  listNewest,
  listRuleSetVersions,
  publishRuleSetVersion,
  readPublished,
  readRuleHits,
  readRuleSetVersion,
  writeRuleHits,
} from './rule-store.ts';
import type { RuleTables } from './rule-tables.ts';

type Tables = RuleTables & ActivityTables & AccessTables;

export interface RulesServiceOptions {
  readonly database: Database<Tables>;
  readonly activity: ActivityService;
  readonly audit: AuditLog;
  readonly manifest: () => AppliedManifest | null;
}

export interface NewRuleSetVersion {
  readonly definition: RuleSetDefinition;
  readonly reason: string;
  readonly publish?: boolean;
  readonly distilledFrom?: Distillation;
}

/** Loaded with the first rule set: the engine costs 11 MB. */
const ruleEngine = () => import('@mulle/decision/rules');

/** The id of a version as variants, decisions and hits name it. */
function idOf({ ruleSet, version }: Pick<RuleSetVersion, 'ruleSet' | 'version'>): string {
  return variantId({ kind: 'rules', ruleSet, version });
}

export class RulesService implements ManifestFollower {
  readonly #options: RulesServiceOptions;

  constructor(options: RulesServiceOptions) {
    this.#options = options;
  }

  /** Looks a rule set over without keeping it. */
  async report(definition: RuleSetDefinition): Promise<RuleSetCheck> {
    const { checkRuleSet } = await ruleEngine();
    return checkRuleSet(definition);
  }

  /** Makes a version, or answers the one of the same content. Throws `validation_failed`, `invalid_argument`. */
  create(name: string, wanted: NewRuleSetVersion, actor: Actor): Promise<RuleSetVersion> {
    if (wanted.definition.name !== name) {
      const message = `The definition is named '${wanted.definition.name}', the address '${name}'. Make them equal.`;
      throw new MulleError('invalid_argument', message);
    }
    return this.#options.database.transaction(async (trx) => {
      const version = await this.#insert(trx, wanted, actor, null);
      if (wanted.publish !== true || version.state === 'published') return version;
      return this.#publish(trx, version, wanted.reason, actor, null);
    });
  }

  /** Lets endpoints that name no version use this one. Throws `not_found`. */
  publish(name: string, version: number, reason: string, actor: Actor): Promise<RuleSetVersion> {
    return this.#options.database.transaction(async (trx) => {
      const known = await readRuleSetVersion(trx, name, { version });
      if (known === null) throw notFound(name, version);
      return this.#publish(trx, known, reason, actor, null);
    });
  }

  /** Throws `not_found`. */
  async get(name: string, version: number): Promise<RuleSetVersion> {
    const found = await readRuleSetVersion(this.#options.database.kysely, name, { version });
    if (found === null) throw notFound(name, version);
    return found;
  }

  /** What a reference means now. Throws `not_found`. */
  async resolve({ ruleSet, version }: RuleSetReference): Promise<RuleSetVersion> {
    if (version !== undefined) return this.get(ruleSet, version);
    const published = await readPublished(this.#options.database.kysely, ruleSet);
    if (published === null) throw new MulleError('not_found', `No version of the rule set '${ruleSet}' is published.`);
    return published;
  }

  async list(): Promise<RuleSetSummary[]> {
    const { database, manifest } = this.#options;
    const endpoints = manifest()?.manifest.endpoints ?? [];
    const summaries: RuleSetSummary[] = [];
    for (const newest of await listNewest(database.kysely)) {
      const { ruleSet: name, version } = newest;
      const usedBy = endpoints.flatMap(({ name: endpoint, rules }) =>
        (['before', 'after'] as const)
          .filter((stage) => rules?.[stage]?.ruleSet === name)
          .map((stage) => ({ endpoint, stage })),
      );
      const published = await readPublished(database.kysely, name);
      summaries.push({ name, versions: version, published, newest, usedBy });
    }
    return summaries;
  }

  listVersions(name: string, request: PageRequest) {
    return listRuleSetVersions(this.#options.database.kysely, name, request);
  }

  /** Every rule of a version with its hits; those that never fired have none. Throws `not_found`. */
  async hits(name: string, version: number): Promise<RuleHits[]> {
    const known = await this.get(name, version);
    const recorded = await readRuleHits(this.#options.database.kysely, idOf(known));
    return known.definition.rules.flatMap((rule): RuleHits[] => {
      const own = recorded.filter((row) => row.rule === rule.name);
      if (own.length === 0) return [{ rule: rule.name, stage: null, hits: 0, lastAtMs: null }];
      return own.map((row) => ({
        rule: rule.name,
        stage: row.stage,
        hits: row.hits,
        lastAtMs: row.last_at_ms,
      }));
    });
  }

  /** Takes counts since the log began: a repeat changes nothing. */
  recordHits(counts: readonly { readonly ruleSet: string; readonly hits: readonly RuleHits[] }[]): Promise<void> {
    return this.#options.database.transaction(async (trx) => {
      for (const { ruleSet, hits } of counts) await writeRuleHits(trx, ruleSet, hits);
    });
  }

  /** Grows with each publishing. */
  lastPublication(): Promise<number> {
    return lastPublication(this.#options.database.kysely);
  }

  /** Whether all that the manifest holds is on record: false in the moment between an apply and what follows it. */
  async holds(manifest: Manifest): Promise<boolean> {
    for (const definition of manifest.ruleSets ?? []) {
      const digest = sha256(canonicalJson(definition));
      const known = await readRuleSetVersion(this.#options.database.kysely, definition.name, { digest });
      if (known?.state !== 'published') return false;
    }
    return true;
  }

  async check(manifest: Manifest, problems: Problems): Promise<void> {
    const named = new Set((manifest.ruleSets ?? []).map(({ name }) => name));
    for (const definition of manifest.ruleSets ?? []) {
      for (const { kind, name, message } of (await this.report(definition)).problems) {
        if (kind === 'invalid' || kind === 'test') problems.add(`ruleSets/${definition.name}/${name}`, message.en);
      }
    }
    for (const { name, rules } of manifest.endpoints) {
      for (const stage of ['before', 'after'] as const) {
        const reference = rules?.[stage];
        if (reference === undefined || (named.has(reference.ruleSet) && reference.version === undefined)) continue;
        await this.resolve(reference).catch((thrown: unknown) =>
          problems.add(`endpoints/${name}/rules/${stage}`, thrown instanceof Error ? thrown.message : String(thrown)),
        );
      }
    }
  }

  /** Publishes what the manifest brought, and what a manifest before it had and this one has again. */
  follow(applied: AppliedManifest, causeId: string | null, actor: Actor): Promise<void> {
    const changed = new Set(applied.changes.filter(({ section }) => section === 'ruleSets').map(({ name }) => name));
    return this.#options.database.transaction(async (trx) => {
      for (const definition of applied.manifest.ruleSets ?? []) {
        const reason = `Manifest version ${applied.version}.`;
        const version = await this.#insert(trx, { definition, reason }, actor, causeId);
        const isUsed = (await readPublished(trx, definition.name))?.version === version.version;
        if (version.state === 'draft' || (!isUsed && causeId !== null && changed.has(definition.name)))
          await this.#publish(trx, version, reason, actor, causeId);
      }
    });
  }

  /** What a crash left undone between an apply and what follows from it. */
  async settle(): Promise<void> {
    const applied = this.#options.manifest();
    if (applied === null || (await this.holds(applied.manifest))) return;
    await this.follow(applied, null, { name: 'platform', role: 'internal' });
  }

  async #insert(
    trx: Transaction<Tables>,
    { definition, reason, distilledFrom }: NewRuleSetVersion,
    actor: Actor,
    causeId: string | null,
  ): Promise<RuleSetVersion> {
    const { name } = definition;
    const digest = sha256(canonicalJson(definition));
    const known = await readRuleSetVersion(trx, name, { digest });
    if (known !== null) return known;
    const found = await this.report(definition);
    if ((await ruleEngine()).isRefused(found)) {
      const first = found.problems.find(({ kind }) => kind === 'invalid' || kind === 'test');
      const message = `The rule set '${name}' is not usable: ${first?.name ?? ''}: ${first?.message.en ?? ''}`;
      throw new MulleError('validation_failed', message, { details: { problems: found.problems } });
    }
    const { items } = await listRuleSetVersions(trx, name, { limit: 1 });
    const version: RuleSetVersion = {
      ruleSet: name,
      version: (items[0]?.version ?? 0) + 1,
      digest,
      definition,
      state: 'draft',
      problems: found.problems,
      distilledFrom: distilledFrom ?? null,
      actor: actor.name,
      reason,
      createdAtMs: nowMs(),
      publishedAtMs: null,
    };
    await insertRuleSetVersion(trx, version);
    await this.#tell(trx, 'rule-set-version-created', version, reason, actor, causeId);
    return version;
  }

  async #publish(
    trx: Transaction<Tables>,
    version: RuleSetVersion,
    reason: string,
    actor: Actor,
    causeId: string | null,
  ): Promise<RuleSetVersion> {
    const published: RuleSetVersion = { ...version, state: 'published', publishedAtMs: nowMs() };
    await publishRuleSetVersion(trx, version, nowMs());
    await this.#tell(trx, 'rule-set-published', published, reason, actor, causeId);
    return published;
  }

  async #tell(
    trx: Transaction<Tables>,
    type: 'rule-set-version-created' | 'rule-set-published',
    version: RuleSetVersion,
    reason: string,
    actor: Actor,
    causeId: string | null,
  ): Promise<void> {
    const { activity, audit } = this.#options;
    const subject = idOf(version);
    await activity.record(trx, { type, subject, causeId, value: { ...version } });
    const action = type === 'rule-set-published' ? 'rules.publish' : 'rules.create';
    await audit.record(trx, { actor, action, subject, details: { digest: version.digest, reason } });
  }
}

function notFound(name: string, version: number): MulleError {
  return new MulleError('not_found', `The rule set '${name}' has no version ${version}. List its versions.`);
}
