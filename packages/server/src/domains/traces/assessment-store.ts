import type { Selectable } from 'kysely';
import type { Assessment } from '@mulle/contract';
import { decodeJson, encodeJson, type Reader } from '#platform/database/index.ts';
import type { TracesTables } from './traces-tables.ts';

type Queries = Reader<TracesTables>;
type AssessmentRow = Selectable<TracesTables['assessments']>;

function toRow(assessment: Assessment): AssessmentRow {
  return {
    id: assessment.id,
    trace_id: assessment.traceId,
    span_id: assessment.spanId,
    name: assessment.name,
    kind: assessment.kind,
    value: encodeJson(assessment.value),
    error: assessment.error === null ? null : encodeJson(assessment.error),
    rationale: assessment.rationale,
    source_type: assessment.source.type,
    source_id: assessment.source.id,
    run_id: assessment.runId,
    metadata: encodeJson(assessment.metadata),
    overrides: assessment.overrides,
    valid: assessment.valid ? 1 : 0,
    created_at_ms: assessment.createdAtMs,
    updated_at_ms: assessment.updatedAtMs,
  };
}

function toAssessment(row: AssessmentRow): Assessment {
  return {
    id: row.id,
    traceId: row.trace_id,
    spanId: row.span_id,
    name: row.name,
    kind: row.kind,
    value: decodeJson(row.value),
    error: row.error === null ? null : decodeJson(row.error),
    rationale: row.rationale,
    source: { type: row.source_type, id: row.source_id },
    runId: row.run_id,
    metadata: decodeJson(row.metadata),
    overrides: row.overrides,
    valid: row.valid === 1,
    createdAtMs: row.created_at_ms,
    updatedAtMs: row.updated_at_ms,
  };
}

/** Stores it, in place of the one of its id. */
export async function putAssessment(database: Queries, assessment: Assessment): Promise<void> {
  const { id, ...columns } = toRow(assessment);
  await database
    .insertInto('assessments')
    .values({ id, ...columns })
    .onConflict((conflict) => conflict.column('id').doUpdateSet(columns))
    .execute();
}

export async function setValid(database: Queries, traceId: string, id: string, valid: boolean): Promise<boolean> {
  const { numUpdatedRows } = await database
    .updateTable('assessments')
    .set({ valid: valid ? 1 : 0 })
    .where('trace_id', '=', traceId)
    .where('id', '=', id)
    .executeTakeFirst();
  return numUpdatedRows > 0n;
}

/** Oldest first. */
export async function assessmentsOf(database: Queries, traceIds: readonly string[]): Promise<Assessment[]> {
  if (traceIds.length === 0) return [];
  const query = database.selectFrom('assessments').selectAll().where('trace_id', 'in', traceIds);
  return (await query.orderBy('created_at_ms').orderBy('id').execute()).map(toAssessment);
}

export async function findAssessment(database: Queries, traceId: string, id: string): Promise<Assessment | undefined> {
  const row = await database
    .selectFrom('assessments')
    .selectAll()
    .where('trace_id', '=', traceId)
    .where('id', '=', id)
    .executeTakeFirst();
  return row && toAssessment(row);
}

export async function removeAssessment(database: Queries, id: string): Promise<void> {
  await database.deleteFrom('assessments').where('id', '=', id).execute();
}
