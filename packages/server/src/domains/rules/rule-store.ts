import type { RuleHits, RuleSetVersion } from '@mulle/contract';
import type { Selectable } from 'kysely';
import {
  decodeJson,
  encodeJson,
  pageOf,
  readPageToken,
  type PageRequest,
  type Reader,
  type Transaction,
} from '#platform/database/index.ts';
import type { RuleTables } from './rule-tables.ts';

type Row = Selectable<RuleTables['rule_set_versions']>;
type Rules = Reader<RuleTables>;

function toVersion(row: Row): RuleSetVersion {
  return {
    ruleSet: row.rule_set,
    version: row.version,
    digest: row.digest,
    definition: decodeJson<RuleSetVersion['definition']>(row.definition),
    state: row.published_sequence === null ? 'draft' : 'published',
    problems: decodeJson<RuleSetVersion['problems']>(row.problems),
    distilledFrom: row.distilled_from === null ? null : decodeJson<RuleSetVersion['distilledFrom']>(row.distilled_from),
    actor: row.actor,
    reason: row.reason,
    createdAtMs: row.created_at_ms,
    publishedAtMs: row.published_at_ms,
  };
}

async function greatest(reader: Rules, column: 'sequence' | 'published_sequence'): Promise<number> {
  const row = await reader
    .selectFrom('rule_set_versions')
    .select((expression) => expression.fn.max(column).as('greatest'))
    .executeTakeFirst();
  return row?.greatest ?? 0;
}

/** Grows with each publishing; 0 before the first. */
export function lastPublication(reader: Rules): Promise<number> {
  return greatest(reader, 'published_sequence');
}

/** Writes a new draft. */
export async function insertRuleSetVersion(trx: Transaction<RuleTables>, version: RuleSetVersion): Promise<void> {
  await trx
    .insertInto('rule_set_versions')
    .values({
      rule_set: version.ruleSet,
      version: version.version,
      sequence: (await greatest(trx, 'sequence')) + 1,
      digest: version.digest,
      definition: encodeJson(version.definition),
      problems: encodeJson(version.problems),
      distilled_from: version.distilledFrom === null ? null : encodeJson(version.distilledFrom),
      actor: version.actor,
      reason: version.reason,
      created_at_ms: version.createdAtMs,
      published_sequence: null,
      published_at_ms: null,
    })
    .execute();
}

/** Makes a version the one that is used. */
export async function publishRuleSetVersion(
  trx: Transaction<RuleTables>,
  { ruleSet, version }: RuleSetVersion,
  atMs: number,
): Promise<void> {
  const sequence = (await lastPublication(trx)) + 1;
  await trx
    .updateTable('rule_set_versions')
    .set({ published_sequence: sequence, published_at_ms: atMs })
    .where('rule_set', '=', ruleSet)
    .where('version', '=', version)
    .execute();
}

/** The version of this number, or of this content; null where there is none. */
export async function readRuleSetVersion(
  reader: Rules,
  ruleSet: string,
  which: { readonly version: number } | { readonly digest: string },
): Promise<RuleSetVersion | null> {
  const all = reader.selectFrom('rule_set_versions').selectAll().where('rule_set', '=', ruleSet);
  const query = 'version' in which ? all.where('version', '=', which.version) : all.where('digest', '=', which.digest);
  const row = await query.executeTakeFirst();
  return row ? toVersion(row) : null;
}

/** The version that is used; null where none is published. */
export async function readPublished(reader: Rules, ruleSet: string): Promise<RuleSetVersion | null> {
  const row = await reader
    .selectFrom('rule_set_versions')
    .selectAll()
    .where('rule_set', '=', ruleSet)
    .where('published_sequence', 'is not', null)
    .orderBy('published_sequence', 'desc')
    .limit(1)
    .executeTakeFirst();
  return row ? toVersion(row) : null;
}

/** The newest version of each rule set, by name. */
export async function listNewest(reader: Rules): Promise<RuleSetVersion[]> {
  const newest = reader
    .selectFrom('rule_set_versions')
    .select((expression) => expression.fn.max('sequence').as('sequence'))
    .groupBy('rule_set');
  const rows = await reader
    .selectFrom('rule_set_versions')
    .selectAll()
    .where('sequence', 'in', newest)
    .orderBy('rule_set')
    .execute();
  return rows.map(toVersion);
}

/** Versions of a rule set, newest first. */
export function listRuleSetVersions(reader: Rules, ruleSet: string, request: PageRequest) {
  const after = readPageToken(request);
  return pageOf(
    request,
    (count) =>
      reader
        .selectFrom('rule_set_versions')
        .selectAll()
        .where('rule_set', '=', ruleSet)
        .$if(after !== undefined, (query) => query.where('version', '<', Number(after)))
        .orderBy('version', 'desc')
        .limit(count)
        .execute(),
    (row) => row.version,
    toVersion,
  );
}

/** Replaces what was recorded of these rules. `ruleSet`: the `variantId` of a version. */
export async function writeRuleHits(
  trx: Transaction<RuleTables>,
  ruleSet: string,
  hits: readonly RuleHits[],
): Promise<void> {
  for (const { rule, stage, hits: count, lastAtMs } of hits) {
    if (stage === null) continue;
    const figures = { hits: count, last_at_ms: lastAtMs };
    await trx
      .insertInto('rule_hits')
      .values({ rule_set: ruleSet, rule, stage, ...figures })
      .onConflict((conflict) => conflict.columns(['rule_set', 'rule', 'stage']).doUpdateSet(figures))
      .execute();
  }
}

export async function readRuleHits(
  reader: Rules,
  ruleSet: string,
): Promise<Omit<RuleTables['rule_hits'], 'rule_set'>[]> {
  return reader
    .selectFrom('rule_hits')
    .select(['rule', 'stage', 'hits', 'last_at_ms'])
    .where('rule_set', '=', ruleSet)
    .orderBy('rule')
    .orderBy('stage')
    .execute();
}
