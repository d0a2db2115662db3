import type { Assessment, Trace } from '@mulle/contract';
import type { Reader } from '#platform/database/index.ts';
import { assessmentsOf } from './assessment-store.ts';
import type { TraceRow } from './fold-spans.ts';
import type { TracesTables } from './traces-tables.ts';

type Queries = Reader<TracesTables>;
type Named = 'trace_tags' | 'trace_metadata';

export async function findTraceRows(database: Queries, ids: readonly string[]): Promise<TraceRow[]> {
  if (ids.length === 0) return [];
  return database.selectFrom('traces').selectAll().where('id', 'in', ids).execute();
}

export async function putTrace(database: Queries, row: TraceRow): Promise<void> {
  const { id, ...columns } = row;
  await database
    .insertInto('traces')
    .values({ id, ...columns })
    .onConflict((conflict) => conflict.column('id').doUpdateSet(columns))
    .execute();
}

/** Sets tags or metadata; `keep` leaves those that are there. */
export async function putNamed(
  database: Queries,
  table: Named,
  traceId: string,
  values: Readonly<Record<string, string>>,
  keep = false,
): Promise<void> {
  const rows = Object.entries(values).map(([key, value]) => ({ trace_id: traceId, key, value }));
  if (rows.length === 0) return;
  await database
    .insertInto(table)
    .values(rows)
    .onConflict((conflict) => {
      const key = conflict.columns(['trace_id', 'key']);
      return keep ? key.doNothing() : key.doUpdateSet((expression) => ({ value: expression.ref('excluded.value') }));
    })
    .execute();
}

export async function removeTag(database: Queries, traceId: string, key: string): Promise<boolean> {
  const { numDeletedRows } = await database
    .deleteFrom('trace_tags')
    .where('trace_id', '=', traceId)
    .where('key', '=', key)
    .executeTakeFirst();
  return numDeletedRows > 0n;
}

export async function linkRun(database: Queries, traceIds: readonly string[], runId: string): Promise<void> {
  if (traceIds.length === 0) return;
  await database
    .insertInto('trace_runs')
    .values(traceIds.map((id) => ({ trace_id: id, run_id: runId })))
    .onConflict((conflict) => conflict.doNothing())
    .execute();
}

/** Some traces of an experiment. */
export async function traceIdsOf(database: Queries, experimentId: string, count: number): Promise<string[]> {
  const rows = await database
    .selectFrom('traces')
    .select('id')
    .where('experiment_id', '=', experimentId)
    .limit(count)
    .execute();
  return rows.map(({ id }) => id);
}

export async function removeTraces(database: Queries, ids: readonly string[]): Promise<number> {
  if (ids.length === 0) return 0;
  const { numDeletedRows } = await database.deleteFrom('traces').where('id', 'in', ids).executeTakeFirst();
  return Number(numDeletedRows);
}

function toTrace(row: TraceRow, tags: Trace['tags'], metadata: Trace['metadata'], assessments: Assessment[]): Trace {
  return {
    id: row.id,
    experimentId: row.experiment_id,
    name: row.name,
    state: row.state,
    startedAtMs: row.started_at_ms,
    durationMs: row.duration_ms,
    clientRequestId: row.client_request_id,
    requestPreview: row.request_preview,
    responsePreview: row.response_preview,
    sessionId: row.session_id,
    userId: row.user_id,
    tags,
    metadata,
    assessments,
    spans: row.spans,
  };
}

/** The traces whole, in the order of their rows: tags, metadata and assessments of all of them in three queries. */
export async function completeTraces(database: Queries, rows: readonly TraceRow[]): Promise<Trace[]> {
  if (rows.length === 0) return [];
  const ids = rows.map((row) => row.id);
  const named = async (table: Named): Promise<Map<string, Record<string, string>>> => {
    const values = new Map<string, Record<string, string>>(ids.map((id) => [id, {}]));
    const found = await database.selectFrom(table).selectAll().where('trace_id', 'in', ids).orderBy('key').execute();
    for (const { trace_id, key, value } of found) Object.assign(values.get(trace_id) ?? {}, { [key]: value });
    return values;
  };
  const tags = await named('trace_tags');
  const metadata = await named('trace_metadata');
  const assessments = Map.groupBy(await assessmentsOf(database, ids), (assessment) => assessment.traceId);
  return rows.map((row) =>
    toTrace(row, tags.get(row.id) ?? {}, metadata.get(row.id) ?? {}, assessments.get(row.id) ?? []),
  );
}
