/** Searching evaluation datasets: any filter, any order, pages by keyset. */
import { sql, type Selectable, type SqlBool } from 'kysely';
import {
  compare,
  compareNamed,
  filterCondition,
  rankedOrder,
  type DatabaseDialect,
  type Position,
  type Reader,
} from '#platform/database/index.ts';
import type { Comparison, Filter } from '#platform/filters/index.ts';
import type { EvalsTables } from './evals-tables.ts';

export type DatasetRow = Selectable<EvalsTables['evaluation_datasets']>;
type Column = 'id' | 'name' | 'created_at_ms' | 'updated_at_ms' | 'created_by' | 'updated_by';

export type EvaluationDatasetClause = Comparison &
  ({ readonly on: 'dataset'; readonly column: Column } | { readonly on: 'tag'; readonly key: string });

export interface EvaluationDatasetSearch {
  /** Datasets of any of them; of all when empty. */
  readonly experimentIds: readonly string[];
  readonly filter: Filter<EvaluationDatasetClause>;
  /** Newest first when empty; ties are broken by id. */
  readonly order: readonly { readonly column: Column; readonly descending: boolean }[];
}

export async function searchDatasetRows(
  database: Reader<EvalsTables>,
  dialect: DatabaseDialect,
  search: EvaluationDatasetSearch,
  after: Position | undefined,
  count: number,
): Promise<{ row: DatasetRow; position: Position }[]> {
  const wanted = search.order.length > 0 ? search.order : [{ column: 'created_at_ms', descending: true } as const];
  const keys = wanted.map(({ column, descending }) => ({
    descending,
    value: sql.ref(`d.${column}`),
    rank: sql`case when ${sql.ref(`d.${column}`)} is null then 2 else 0 end`,
  }));
  const order = rankedOrder(keys, [{ name: 'id', descending: false }]);
  const conditions = [
    filterCondition(search.filter, (clause) =>
      clause.on === 'tag'
        ? compareNamed(
            dialect,
            sql`select 1 from evaluation_dataset_tags t where t.dataset_id = d.id and t.key = ${clause.key}`,
            sql`t.value`,
            clause,
          )
        : compare(dialect, sql.ref(`d.${clause.column}`), clause),
    ),
  ];
  if (search.experimentIds.length > 0) {
    const ids = sql.join(search.experimentIds);
    conditions.push(
      sql<SqlBool>`exists (select 1 from evaluation_dataset_experiments e where e.dataset_id = d.id and e.experiment_id in (${ids}))`,
    );
  }
  const { rows } = await sql<DatasetRow & Record<string, unknown>>`
    select * from (select d.* ${order.selected} from evaluation_datasets d where ${sql.join(conditions, sql` and `)}) found
    where ${after ? order.beyond(after) : sql`1 = 1`} order by ${order.orderBy} limit ${count}`.execute(database);
  return rows.map((row) => ({ row, position: order.positionOf(row) }));
}
