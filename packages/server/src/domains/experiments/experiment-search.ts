/** Searching experiments: any filter, any order, pages by keyset. */
import { sql, type SqlBool } from 'kysely';
import {
  compare,
  compareNamed,
  filterCondition,
  type DatabaseDialect,
  type Reader,
  rankedOrder,
  type Position,
} from '#platform/database/index.ts';
import type { Comparison, Filter } from '#platform/filters/index.ts';
import type { ExperimentsTables, LifecycleStage } from './experiments-tables.ts';
import type { ExperimentRow } from './experiment-store.ts';

type ExperimentColumn = 'id' | 'name' | 'created_at_ms' | 'updated_at_ms';

export type ExperimentClause = Comparison &
  ({ readonly on: 'experiment'; readonly column: ExperimentColumn } | { readonly on: 'tag'; readonly key: string });

export interface ExperimentSearch {
  /** Experiments of both stages when absent. */
  readonly stage?: LifecycleStage;
  readonly filter: Filter<ExperimentClause>;
  /** Last updated first when empty; ties are broken by id. */
  readonly order: readonly { readonly column: ExperimentColumn; readonly descending: boolean }[];
}

export async function searchExperimentRows(
  database: Reader<ExperimentsTables>,
  dialect: DatabaseDialect,
  search: ExperimentSearch,
  after: Position | undefined,
  count: number,
): Promise<{ row: ExperimentRow; position: Position }[]> {
  const given = search.order.length > 0 ? search.order : [{ column: 'created_at_ms', descending: true } as const];
  const keys = given.map(({ column, descending }) => ({
    descending,
    value: sql.ref(`experiments.${column}`),
    rank: sql`0`,
  }));
  const order = rankedOrder(keys, [{ name: 'id', descending: true }]);
  const conditions = [
    search.stage === undefined ? sql<SqlBool>`1 = 1` : sql<SqlBool>`experiments.lifecycle_stage = ${search.stage}`,
    filterCondition(search.filter, (clause) =>
      clause.on === 'tag'
        ? compareNamed(
            dialect,
            sql`select 1 from experiment_tags t where t.experiment_id = experiments.id and t.key = ${clause.key}`,
            sql`t.value`,
            clause,
          )
        : compare(dialect, sql.ref(`experiments.${clause.column}`), clause),
    ),
  ];
  const { rows } = await sql<ExperimentRow & Record<string, unknown>>`
    select * from (select experiments.* ${order.selected} from experiments where ${sql.join(conditions, sql` and `)}) found
    where ${after ? order.beyond(after) : sql`1 = 1`} order by ${order.orderBy} limit ${count}`.execute(database);
  return rows.map((row) => ({ row, position: order.positionOf(row) }));
}
