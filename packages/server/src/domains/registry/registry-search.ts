/** Searching models and versions: any filter, pages by keyset. */
import { sql, type Expression, type Selectable, type SqlBool } from 'kysely';
import type { ModelVersion } from '@mulle/contract';
import { compare, compareNamed, filterCondition, type DatabaseDialect, type Reader } from '#platform/database/index.ts';
import type { Comparison, Filter } from '#platform/filters/index.ts';
import { isPrompt } from './prompt-tag.ts';
import { completeVersions } from './registry-store.ts';
import type { RegistryTables } from './registry-tables.ts';

type Queries = Reader<RegistryTables>;

export type RegistryClause = Comparison &
  (
    | { readonly on: 'name' | 'source' | 'run' | 'version' | 'created' | 'updated' }
    | { readonly on: 'tag'; readonly key: string }
  );

export interface RegistryOrder {
  readonly by: 'name' | 'version' | 'created' | 'updated';
  readonly descending: boolean;
}

export interface RegistrySearch {
  readonly filter: Filter<RegistryClause>;
  readonly order: readonly RegistryOrder[];
  /** Prompts alone, or models alone; both when absent. */
  readonly prompts?: boolean;
}

export type SearchPosition = readonly (string | number | null)[];

const columns = {
  models: { name: 'name', created: 'created_at_ms', updated: 'updated_at_ms', version: 'created_at_ms' },
  model_versions: { name: 'model', created: 'created_at_ms', updated: 'updated_at_ms', version: 'version' },
} as const;

/** A tag that is absent satisfies `!=` alone. */
function tagged(dialect: DatabaseDialect, table: keyof typeof columns, clause: RegistryClause & { on: 'tag' }) {
  const ofVersion = table === 'model_versions';
  const owner = ofVersion
    ? sql`t.model = model_versions.model and t.version = model_versions.version`
    : sql`t.model = models.name`;
  const tags = sql.table(ofVersion ? 'model_version_tags' : 'model_tags');
  const rows = sql`select 1 from ${tags} t where ${owner} and t.key = ${clause.key}`;
  if (clause.comparator === '!=') return sql<SqlBool>`not exists (${rows} and t.value = ${clause.value})`;
  return compareNamed(dialect, rows, sql`t.value`, clause);
}

/** Subjects of the versions that came from a run. */
export async function versionsOfRun(
  database: Reader<RegistryTables>,
  dialect: DatabaseDialect,
  runId: string,
): Promise<string[]> {
  const rows = await database
    .selectFrom('model_versions')
    .select(['model', 'version'])
    .where('deleted_at_ms', 'is', null)
    .where(runOf(dialect), '=', runId)
    .orderBy('model')
    .orderBy('version')
    .execute();
  return rows.map(({ model, version }) => `${model}@${version}`);
}

function runOf(dialect: DatabaseDialect): Expression<unknown> {
  return dialect === 'sqlite' ? sql`json_extract(lineage, '$.runId')` : sql`(lineage::jsonb ->> 'runId')`;
}

function condition(dialect: DatabaseDialect, table: keyof typeof columns, clause: RegistryClause): Expression<SqlBool> {
  if (clause.on === 'tag') return tagged(dialect, table, clause);
  if (clause.on === 'run') return compare(dialect, runOf(dialect), clause);
  const column = clause.on === 'source' ? 'source' : columns[table][clause.on];
  return compare(dialect, sql.ref(`${table}.${column}`), clause);
}

function completeOrder(search: RegistrySearch, table: keyof typeof columns): RegistryOrder[] {
  const order: RegistryOrder[] = [...search.order];
  const needed: RegistryOrder[] =
    table === 'models'
      ? [{ by: 'name', descending: false }]
      : [
          ...(order.length === 0 ? [{ by: 'updated', descending: true } as const] : []),
          { by: 'name', descending: false },
          { by: 'version', descending: true },
        ];
  for (const last of needed) if (!order.some(({ by }) => by === last.by)) order.push(last);
  return order;
}

function beyond(
  table: keyof typeof columns,
  order: readonly RegistryOrder[],
  after: SearchPosition,
): Expression<SqlBool> {
  const cases = order.map(({ by, descending }, index) => {
    const before = order
      .slice(0, index)
      .map((equal, at) => sql<SqlBool>`${sql.ref(`${table}.${columns[table][equal.by]}`)} = ${after[at]}`);
    const further = sql<SqlBool>`${sql.ref(`${table}.${columns[table][by]}`)} ${sql.raw(descending ? '<' : '>')} ${after[index]}`;
    return sql<SqlBool>`(${sql.join([...before, further], sql` and `)})`;
  });
  return sql<SqlBool>`(${sql.join(cases, sql` or `)})`;
}

/** Names of the models of one page, and where the next begins. */
export async function searchModels(
  database: Queries,
  dialect: DatabaseDialect,
  search: RegistrySearch,
  after: SearchPosition | undefined,
  count: number,
): Promise<{ names: string[]; next: SearchPosition | undefined }> {
  let query = database.selectFrom('models').selectAll();
  query = query.where(filterCondition(search.filter, (clause) => condition(dialect, 'models', clause)));
  if (search.prompts !== undefined) query = query.where(isPrompt('models.name', search.prompts));
  const order = completeOrder(search, 'models');
  if (after) query = query.where(beyond('models', order, after));
  for (const { by, descending } of order) query = query.orderBy(columns.models[by], descending ? 'desc' : 'asc');
  const rows = await query.limit(count + 1).execute();
  const last = rows.length > count ? rows[count - 1] : undefined;
  return {
    names: rows.slice(0, count).map((row) => row.name),
    next: last && order.map(({ by }) => last[columns.models[by]]),
  };
}

export async function searchVersions(
  database: Queries,
  dialect: DatabaseDialect,
  search: RegistrySearch,
  after: SearchPosition | undefined,
  count: number,
): Promise<{ versions: ModelVersion[]; next: SearchPosition | undefined }> {
  let query = database.selectFrom('model_versions').selectAll().where('deleted_at_ms', 'is', null);
  query = query.where(filterCondition(search.filter, (clause) => condition(dialect, 'model_versions', clause)));
  if (search.prompts !== undefined) query = query.where(isPrompt('model_versions.model', search.prompts));
  const order = completeOrder(search, 'model_versions');
  if (after) query = query.where(beyond('model_versions', order, after));
  for (const { by, descending } of order)
    query = query.orderBy(columns.model_versions[by], descending ? 'desc' : 'asc');
  const rows: Selectable<RegistryTables['model_versions']>[] = await query.limit(count + 1).execute();
  const last = rows.length > count ? rows[count - 1] : undefined;
  return {
    versions: await completeVersions(database, rows.slice(0, count)),
    next: last && order.map(({ by }) => last[columns.model_versions[by]]),
  };
}
