/** Searching logged models: any filter, any order, pages by keyset. */
import { sql, type Selectable, type SqlBool } from 'kysely';
import {
  compare,
  compareNamed,
  filterCondition,
  type DatabaseDialect,
  type Reader,
  rankedOrder,
  type Position,
  type RankedKey,
} from '#platform/database/index.ts';
import { everyClause, type Comparison, type Filter } from '#platform/filters/index.ts';
import type { ExperimentsTables } from './experiments-tables.ts';
import { measured, type DatasetChoice } from './logged-model-metrics.ts';

type Row = Selectable<ExperimentsTables['logged_models']>;
type ModelColumn = 'id' | 'name' | 'model_type' | 'status' | 'source_run_id' | 'created_at_ms' | 'updated_at_ms';

export type LoggedModelClause = Comparison &
  (
    | { readonly on: 'model'; readonly column: ModelColumn }
    | { readonly on: 'parameter' | 'tag' | 'metric'; readonly key: string }
  );

export type LoggedModelOrder = { readonly descending: boolean } & (
  | { readonly on: 'model'; readonly column: ModelColumn }
  | { readonly on: 'metric'; readonly key: string; readonly datasets: readonly DatasetChoice[] }
);

export interface LoggedModelSearch {
  /** All experiments when absent. */
  readonly experimentIds?: readonly number[];
  readonly filter: Filter<LoggedModelClause>;
  /** Metrics count where they were measured on one of these; models without such metrics are left out. */
  readonly datasets?: readonly DatasetChoice[];
  /** Newest first when empty; ties are broken by time of creation and id. */
  readonly order: readonly LoggedModelOrder[];
}

export const textTables = { parameter: 'logged_model_parameters', tag: 'logged_model_tags' } as const;

function condition(dialect: DatabaseDialect, datasets: readonly DatasetChoice[], clause: LoggedModelClause) {
  if (clause.on === 'model') return compare(dialect, sql.ref(`logged_models.${clause.column}`), clause);
  if (clause.on === 'metric') {
    const rows = sql`select 1 ${measured(clause.key, datasets)}`;
    if (clause.value === undefined) return compareNamed(dialect, rows, sql`m.value`, clause);
    return sql<SqlBool>`exists (${rows} and m.is_nan = 0 and ${compare(dialect, sql`m.value`, clause)})`;
  }
  const rows = sql`select 1 from ${sql.table(textTables[clause.on])} t where t.model_id = logged_models.id and t.key = ${clause.key}`;
  return compareNamed(dialect, rows, sql`t.value`, clause);
}

/** A metric sorts by its latest value. */
function keyOf(order: LoggedModelOrder): RankedKey {
  const { descending } = order;
  if (order.on === 'model') {
    const value = sql.ref(`logged_models.${order.column}`);
    return { descending, value, rank: sql`case when ${value} is null then 2 else 0 end` };
  }
  const latest = sql`${measured(order.key, order.datasets)} order by m.time_ms desc, m.step desc, m.run_id limit 1`;
  return {
    descending,
    value: sql`(select m.value ${latest})`,
    rank: sql`coalesce((select m.is_nan ${latest}), 2)`,
  };
}

/** Up to `count` models after a position, each with its own. */
export async function searchLoggedModelRows(
  database: Reader<ExperimentsTables>,
  dialect: DatabaseDialect,
  { experimentIds, filter, datasets = [], order: wanted }: LoggedModelSearch,
  after: Position | undefined,
  count: number,
): Promise<{ row: Row; position: Position }[]> {
  if (experimentIds?.length === 0) return [];
  const order = rankedOrder(wanted.map(keyOf), [
    { name: 'created_at_ms', descending: true },
    { name: 'id', descending: false },
  ]);
  const conditions = [
    experimentIds ? sql<SqlBool>`logged_models.experiment_id in (${sql.join(experimentIds)})` : sql<SqlBool>`1 = 1`,
    sql<SqlBool>`logged_models.lifecycle_stage = 'active'`,
    filterCondition(filter, (clause) => condition(dialect, datasets, clause)),
  ];
  if (datasets.length > 0 && everyClause(filter, ({ on }) => on !== 'metric')) {
    conditions.push(sql<SqlBool>`exists (select 1 ${measured(undefined, datasets)})`);
  }
  const { rows } = await sql<Row & Record<string, unknown>>`
    select * from (select logged_models.* ${order.selected} from logged_models where ${sql.join(conditions, sql` and `)}) found
    where ${after ? order.beyond(after) : sql`1 = 1`} order by ${order.orderBy} limit ${count}`.execute(database);
  return rows.map((row) => ({ row, position: order.positionOf(row) }));
}
