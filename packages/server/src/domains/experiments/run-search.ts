/** Searching runs: any filter, any order, pages by keyset. */
import { sql, type Expression, type RawBuilder, type SqlBool } from 'kysely';
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
import type { Comparison, Filter } from '#platform/filters/index.ts';
import type { ExperimentsTables, LifecycleStage } from './experiments-tables.ts';
import type { RunRow } from './run-store.ts';

type RunColumn = 'id' | 'name' | 'user_id' | 'status' | 'started_at_ms' | 'ended_at_ms' | 'artifact_uri';
type Logged = 'metric' | 'parameter' | 'tag';

export type RunClause = Comparison &
  (
    | { readonly on: 'run'; readonly column: RunColumn }
    | { readonly on: Logged; readonly key: string }
    | { readonly on: 'dataset'; readonly column: 'name' | 'digest' | 'context' }
  );

export type RunOrder = { readonly descending: boolean } & (
  | { readonly on: 'run'; readonly column: RunColumn }
  | { readonly on: Logged; readonly key: string }
);

export interface RunSearch {
  /** All experiments when absent. */
  readonly experimentIds?: readonly number[];
  /** Runs of both stages when absent. */
  readonly stage?: LifecycleStage;
  readonly filter: Filter<RunClause>;
  /** Newest first when empty; ties are broken by start and id. */
  readonly order: readonly RunOrder[];
}

const tables = { metric: 'run_latest_metrics', parameter: 'run_parameters', tag: 'run_tags' } as const;

function logged(on: Logged, key: string): RawBuilder<unknown> {
  return sql`from ${sql.table(tables[on])} l where l.run_id = runs.id and l.key = ${key}`;
}

function condition(dialect: DatabaseDialect, clause: RunClause): Expression<SqlBool> {
  switch (clause.on) {
    case 'run':
      return compare(dialect, sql.ref(`runs.${clause.column}`), clause);
    case 'metric':
    case 'parameter':
    case 'tag': {
      const rows = sql`select 1 ${logged(clause.on, clause.key)}`;
      if (clause.on !== 'metric' || clause.value === undefined)
        return compareNamed(dialect, rows, sql`l.value`, clause);
      // NaN differs from every number, and is neither above nor below one.
      if (clause.comparator === '!=') {
        return sql<SqlBool>`exists (${rows} and (l.is_nan = 1 or ${compare(dialect, sql`l.value`, clause)}))`;
      }
      return sql<SqlBool>`exists (${rows} and l.is_nan = 0 and ${compare(dialect, sql`l.value`, clause)})`;
    }
    case 'dataset': {
      const operand = clause.column === 'context' ? sql`i.context` : sql.ref(`d.${clause.column}`);
      return sql<SqlBool>`exists (select 1 from run_inputs i join logged_datasets d on d.id = i.dataset_id where i.run_id = runs.id and ${compare(dialect, operand, clause)})`;
    }
  }
}

function keyOf(order: RunOrder): RankedKey {
  const { descending } = order;
  if (order.on === 'run') {
    const value = sql.ref(`runs.${order.column}`);
    return { descending, value, rank: sql`case when ${value} is null then 2 else 0 end` };
  }
  const rows = logged(order.on, order.key);
  const rank = order.on === 'metric' ? sql`(select l.is_nan ${rows})` : sql`(select 0 ${rows})`;
  return { descending, value: sql`(select l.value ${rows})`, rank: sql`coalesce(${rank}, 2)` };
}

/** Up to `count` runs after a position, each with its own. */
export async function searchRunRows(
  database: Reader<ExperimentsTables>,
  dialect: DatabaseDialect,
  search: RunSearch,
  after: Position | undefined,
  count: number,
): Promise<{ row: RunRow; position: Position }[]> {
  const { experimentIds } = search;
  if (experimentIds?.length === 0) return [];
  const order = rankedOrder(search.order.map(keyOf), [
    { name: 'started_at_ms', descending: true },
    { name: 'id', descending: false },
  ]);
  const conditions = [
    experimentIds ? sql<SqlBool>`runs.experiment_id in (${sql.join(experimentIds)})` : sql<SqlBool>`1 = 1`,
    ...(search.stage === undefined ? [] : [sql<SqlBool>`runs.lifecycle_stage = ${search.stage}`]),
    filterCondition(search.filter, (clause) => condition(dialect, clause)),
  ];
  const { rows } = await sql<RunRow & Record<string, unknown>>`
    select * from (select runs.* ${order.selected} from runs where ${sql.join(conditions, sql` and `)}) found
    where ${after ? order.beyond(after) : sql`1 = 1`} order by ${order.orderBy} limit ${count}`.execute(database);
  return rows.map((row) => ({ row, position: order.positionOf(row) }));
}
