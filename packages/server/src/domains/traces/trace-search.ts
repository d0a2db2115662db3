/**
 * Searching traces. Clauses about spans that stand together hold for one and the same span. The database walks the traces
 * of the experiments by time and stops when the page is full, so that only as many spans are looked into as the answer
 * needs.
 */
import { sql, type Expression, type SqlBool } from 'kysely';
import {
  compare,
  compareAsNumber,
  compareNamed,
  filterCondition,
  type DatabaseDialect,
  type Reader,
} from '#platform/database/index.ts';
import { everyClause, type Comparison, type Filter } from '#platform/filters/index.ts';
import type { TraceRow } from './fold-spans.ts';
import type { TracesTables } from './traces-tables.ts';

export type TraceClause = Comparison &
  (
    | { readonly on: 'trace'; readonly column: TraceColumn }
    | { readonly on: 'tag' | 'metadata' | 'feedback' | 'expectation'; readonly key: string }
    | { readonly on: 'span'; readonly column: 'name' | 'type' | 'status' | 'content' }
    | { readonly on: 'attribute'; readonly key: string }
    | { readonly on: 'run' }
  );

type TraceColumn =
  | 'id'
  | 'name'
  | 'state'
  | 'started_at_ms'
  | 'duration_ms'
  | 'ended_at_ms'
  | 'client_request_id'
  | 'session_id'
  | 'user_id';

export interface TraceOrder {
  readonly column: TraceColumn | 'experiment_id';
  readonly descending: boolean;
}

export interface TraceSearch {
  /** Experiments to look in; all when absent. */
  readonly experimentIds?: readonly string[];
  readonly filter: Filter<TraceClause>;
  /** Newest first when empty; ties are broken by id. */
  readonly order: readonly TraceOrder[];
}

type Condition = Expression<SqlBool>;

function likeEscaped(text: string): string {
  return text.replaceAll(/[\\%_]/g, String.raw`\$&`);
}

/** LIKE whose pattern is plain text somewhere inside. */
export function containing(text: string): string {
  return `%${likeEscaped(text)}%`;
}

function columnOf(column: TraceColumn | 'experiment_id'): Expression<unknown> {
  return column === 'ended_at_ms'
    ? sql`(traces.started_at_ms + traces.duration_ms)`
    : sql`${sql.ref(`traces.${column}`)}`;
}

function named(dialect: DatabaseDialect, table: 'trace_tags' | 'trace_metadata', key: string, given: Comparison) {
  const rows = sql`select 1 from ${sql.table(table)} n where n.trace_id = traces.id and n.key = ${key}`;
  return compareNamed(dialect, rows, sql`n.value`, given);
}

/** Assessments hold JSON: text compares as its JSON text, numbers as numbers. */
function assessed(dialect: DatabaseDialect, kind: string, name: string, given: Comparison): Condition {
  const rows = sql`select 1 from assessments a where a.trace_id = traces.id and a.valid = 1 and a.kind = ${kind} and a.name = ${name}`;
  const { value } = given;
  if (value === undefined) return compareNamed(dialect, rows, sql`a.value`, given);
  if (typeof value === 'number')
    return sql<SqlBool>`exists (${rows} and ${compareAsNumber(dialect, sql`a.value`, given)})`;
  const text = dialect === 'sqlite' ? sql`json_extract(a.value, '$')` : sql`(a.value::jsonb #>> '{}')`;
  const truth = value === 'true' ? 1 : value === 'false' ? 0 : undefined;
  const compared = compare(dialect, text, given);
  // JSON's true and false are 1 and 0 to SQLite.
  const either = dialect === 'sqlite' && truth !== undefined ? sql`(${compared} or ${text} = ${truth})` : compared;
  return sql<SqlBool>`exists (${rows} and ${either})`;
}

function spanAttribute(dialect: DatabaseDialect, key: string): Expression<unknown> {
  return dialect === 'sqlite'
    ? sql`(select j.value from json_each(s.content, '$.attributes') j where j.key = ${key})`
    : sql`(s.content::jsonb -> 'attributes' ->> ${key})`;
}

type SpanClause = Extract<TraceClause, { on: 'span' | 'attribute' }>;

function isOfSpan(clause: TraceClause): clause is SpanClause {
  return clause.on === 'span' || clause.on === 'attribute';
}

function spanCondition(dialect: DatabaseDialect, clause: SpanClause): Condition {
  if (clause.on === 'attribute') return compare(dialect, spanAttribute(dialect, clause.key), clause);
  switch (clause.column) {
    case 'status':
      return compare(dialect, sql`upper(s.status)`, clause);
    case 'content':
      return compare(dialect, sql`(s.name || ' ' || s.content)`, clause);
    default:
      return compare(dialect, sql`${sql.ref(`s.${clause.column}`)}`, clause);
  }
}

function traceCondition(dialect: DatabaseDialect, clause: Exclude<TraceClause, SpanClause>): Condition {
  switch (clause.on) {
    case 'trace':
      return compare(dialect, columnOf(clause.column), clause);
    case 'tag':
      return named(dialect, 'trace_tags', clause.key, clause);
    case 'metadata':
      return named(dialect, 'trace_metadata', clause.key, clause);
    case 'feedback':
    case 'expectation':
      return assessed(dialect, clause.on, clause.key, clause);
    case 'run': {
      const linked = sql`exists (select 1 from trace_runs r where r.trace_id = traces.id and ${compare(dialect, sql`r.run_id`, clause)})`;
      return sql<SqlBool>`(${linked} or ${named(dialect, 'trace_metadata', 'mlflow.sourceRun', clause)})`;
    }
  }
}

function ofOneSpan(dialect: DatabaseDialect, filter: Filter<TraceClause>): Condition {
  const all = filterCondition(filter, (clause) =>
    isOfSpan(clause) ? spanCondition(dialect, clause) : traceCondition(dialect, clause),
  );
  return sql<SqlBool>`exists (select 1 from spans s where s.trace_id = traces.id and ${all})`;
}

/** The parts of an AND that are about spans alone are asked of one span. */
function conditions(dialect: DatabaseDialect, filter: Filter<TraceClause>): Filter<Condition> {
  if ('clause' in filter) {
    const { clause } = filter;
    return { clause: isOfSpan(clause) ? ofOneSpan(dialect, filter) : traceCondition(dialect, clause) };
  }
  if ('or' in filter) return { or: filter.or.map((part) => conditions(dialect, part)) };
  const [spans, rest] = [true, false].map((ofSpans) =>
    filter.and.filter((part) => everyClause(part, isOfSpan) === ofSpans),
  );
  const and = (rest ?? []).map((part) => conditions(dialect, part));
  if (spans && spans.length > 0) and.push({ clause: ofOneSpan(dialect, { and: spans }) });
  return { and };
}

export async function searchTraceRows(
  database: Reader<TracesTables>,
  dialect: DatabaseDialect,
  search: TraceSearch,
  after: readonly (string | number | null)[] | undefined,
  count: number,
): Promise<TraceRow[]> {
  let query = database.selectFrom('traces').selectAll('traces');
  if (search.experimentIds) query = query.where('experiment_id', 'in', search.experimentIds);
  query = query.where(filterCondition(conditions(dialect, search.filter), (one) => one));
  const orders = completeOrder(search.order);
  if (after) query = query.where(beyond(orders, after));
  for (const { column, descending } of orders) {
    query = query.orderBy(columnOf(column), (order) =>
      descending ? order.desc().nullsLast() : order.asc().nullsLast(),
    );
  }
  return query.limit(count).execute();
}

/** Every order ends with the id, so that a page begins where the last one ended. */
function completeOrder(order: readonly TraceOrder[]): readonly TraceOrder[] {
  const given = order.length > 0 ? order : [{ column: 'started_at_ms', descending: true } as const];
  const byId = given.some(({ column }) => column === 'id');
  return byId ? given : [...given, { column: 'id', descending: given[0]?.descending ?? true }];
}

/** Where a row stands in the order: its values, to begin the next page after. */
export function positionOf(row: TraceRow, order: readonly TraceOrder[]): (string | number | null)[] {
  return completeOrder(order).map(({ column }) =>
    column === 'ended_at_ms' ? (row.duration_ms === null ? null : row.started_at_ms + row.duration_ms) : row[column],
  );
}

/** Rows that come after a position, nulls last in both directions. */
function beyond(orders: readonly TraceOrder[], after: readonly (string | number | null)[]): Condition {
  const cases: Condition[] = [];
  let equal: Condition[] = [];
  orders.forEach(({ column, descending }, index) => {
    const operand = columnOf(column);
    const value = after[index] ?? null;
    if (value !== null) {
      const further = descending ? sql<SqlBool>`${operand} < ${value}` : sql<SqlBool>`${operand} > ${value}`;
      const beyondValue = sql<SqlBool>`(${further} or ${operand} is null)`;
      cases.push(sql<SqlBool>`(${sql.join([...equal, beyondValue], sql` and `)})`);
    }
    equal = [...equal, value === null ? sql<SqlBool>`${operand} is null` : sql<SqlBool>`${operand} = ${value}`];
  });
  return sql<SqlBool>`(${sql.join(cases, sql` or `)})`;
}
