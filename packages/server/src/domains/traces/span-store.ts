import { sql, type Selectable } from 'kysely';
import type { Span, SpanSummary } from '@mulle/contract';
import { decodeJson, encodeJson, type Reader } from '#platform/database/index.ts';
import type { TokenNode } from './fold-spans.ts';
import { spanTokens, spanType } from './span-conventions.ts';
import type { SpanContent, SpanRecord } from './span-record.ts';
import type { TracesTables } from './traces-tables.ts';

type Queries = Reader<TracesTables>;
type SpanRow = Selectable<TracesTables['spans']>;

/** Rows of one statement: few different statements, so that they stay prepared. */
const rowsAtOnce = 100;

function toRow(span: SpanRecord): SpanRow {
  const tokens = spanTokens(span.attributes);
  const content: SpanContent = {
    startNs: String(span.startNs),
    endNs: span.endNs === null ? null : String(span.endNs),
    statusMessage: span.statusMessage,
    attributes: { ...span.attributes },
    events: span.events,
    links: span.links,
  };
  return {
    trace_id: span.traceId,
    id: span.id,
    parent_id: span.parentId,
    name: span.name,
    type: spanType(span.attributes),
    status: span.status,
    start_us: Number(span.startNs / 1_000n),
    duration_us: span.endNs === null ? null : Number((span.endNs - span.startNs) / 1_000n),
    input_tokens: tokens.input,
    output_tokens: tokens.output,
    content: encodeJson(content),
  };
}

/** Stores spans; one that is there already is replaced: a client that tries again changes nothing. */
export async function putSpans(database: Queries, spans: readonly SpanRecord[]): Promise<void> {
  // Of a span that comes twice the last counts: one statement may not change a row twice.
  const rows = [...new Map(spans.map((span) => [`${span.traceId}/${span.id}`, span])).values()].map(toRow);
  for (let start = 0; start < rows.length; start += rowsAtOnce) {
    await database
      .insertInto('spans')
      .values(rows.slice(start, start + rowsAtOnce))
      .onConflict((conflict) =>
        conflict.columns(['trace_id', 'id']).doUpdateSet((expression) => ({
          parent_id: expression.ref('excluded.parent_id'),
          name: expression.ref('excluded.name'),
          type: expression.ref('excluded.type'),
          status: expression.ref('excluded.status'),
          start_us: expression.ref('excluded.start_us'),
          duration_us: expression.ref('excluded.duration_us'),
          input_tokens: expression.ref('excluded.input_tokens'),
          output_tokens: expression.ref('excluded.output_tokens'),
          content: expression.ref('excluded.content'),
        })),
      )
      .execute();
  }
}

/** How many of a trace's spans with these ids are stored. */
export async function countStored(database: Queries, traceId: string, ids: readonly string[]): Promise<number> {
  const row = await database
    .selectFrom('spans')
    .select((expression) => expression.fn.countAll<number>().as('count'))
    .where('trace_id', '=', traceId)
    .where('id', 'in', ids)
    .executeTakeFirstOrThrow();
  return Number(row.count);
}

/** What the tokens of a trace are folded from. */
export async function tokenNodes(database: Queries, traceId: string): Promise<TokenNode[]> {
  return database
    .selectFrom('spans')
    .select(['id', 'parent_id as parentId', 'input_tokens as input', 'output_tokens as output'])
    .where('trace_id', '=', traceId)
    .execute();
}

function after<Columns extends string>(column: Columns, position: { startUs: number; id: string }) {
  return sql<boolean>`(${sql.ref(column)}, ${sql.ref('id')}) > (${position.startUs}, ${position.id})`;
}

/** By their start, from after `position`. */
export async function spanSummaries(
  database: Queries,
  traceId: string,
  position: { startUs: number; id: string } | undefined,
  count: number,
): Promise<SpanSummary[]> {
  let query = database
    .selectFrom('spans')
    .select([
      'id',
      'parent_id as parentId',
      'name',
      'type',
      'status',
      'start_us as startUs',
      'duration_us as durationUs',
    ])
    .where('trace_id', '=', traceId);
  if (position) query = query.where(after('start_us', position));
  return query.orderBy('start_us').orderBy('id').limit(count).execute();
}

function toSpan(row: SpanRow): Span {
  return {
    id: row.id,
    traceId: row.trace_id,
    parentId: row.parent_id,
    name: row.name,
    type: row.type,
    status: row.status,
    startUs: row.start_us,
    durationUs: row.duration_us,
    ...decodeJson<SpanContent>(row.content),
  };
}

export async function findSpan(database: Queries, traceId: string, id: string): Promise<Span | undefined> {
  const row = await database
    .selectFrom('spans')
    .selectAll()
    .where('trace_id', '=', traceId)
    .where('id', '=', id)
    .executeTakeFirst();
  return row && toSpan(row);
}

/** All of the spans of traces, by trace and start. */
export async function wholeSpans(database: Queries, traceIds: readonly string[]): Promise<Span[]> {
  if (traceIds.length === 0) return [];
  const rows = await database
    .selectFrom('spans')
    .selectAll()
    .where('trace_id', 'in', traceIds)
    .orderBy('trace_id')
    .orderBy('start_us')
    .orderBy('id')
    .execute();
  return rows.map(toSpan);
}
