import type { Reader, Transaction } from '#platform/database/index.ts';
import type { PipelineTables } from './pipeline-tables.ts';

/** What a trigger has met: the columns of its row. */
export interface TriggerState {
  readonly name: string;
  readonly firedAtMs: number | null;
  readonly boundaryMs: number | null;
  readonly dueMs: number | null;
  readonly findingId: string | null;
}

function toState(row: PipelineTables['trigger_states']): TriggerState {
  return {
    name: row.name,
    firedAtMs: row.fired_at_ms,
    boundaryMs: row.boundary_ms,
    dueMs: row.due_ms,
    findingId: row.finding_id,
  };
}

/** By name. */
export async function readTriggerStates(reader: Reader<PipelineTables>): Promise<Map<string, TriggerState>> {
  const rows = await reader.selectFrom('trigger_states').selectAll().execute();
  return new Map(rows.map((row) => [row.name, toState(row)]));
}

/** The state of a trigger; of one that has met nothing yet, an empty one. */
export async function readTriggerState(reader: Reader<PipelineTables>, name: string): Promise<TriggerState> {
  const row = await reader.selectFrom('trigger_states').selectAll().where('name', '=', name).executeTakeFirst();
  return row ? toState(row) : { name, firedAtMs: null, boundaryMs: null, dueMs: null, findingId: null };
}

export async function writeTriggerState(trx: Transaction<PipelineTables>, state: TriggerState): Promise<void> {
  const columns = {
    fired_at_ms: state.firedAtMs,
    boundary_ms: state.boundaryMs,
    due_ms: state.dueMs,
    finding_id: state.findingId,
  };
  await trx
    .insertInto('trigger_states')
    .values({ name: state.name, ...columns })
    .onConflict((conflict) => conflict.column('name').doUpdateSet(columns))
    .execute();
}

/** Moves the watermark of an endpoint forward; false when it is there already or further. */
export async function advanceWatermark(
  trx: Transaction<PipelineTables>,
  endpoint: string,
  eventTimeMs: number,
): Promise<boolean> {
  const row = await trx
    .selectFrom('watermarks')
    .select('event_time_ms')
    .where('endpoint', '=', endpoint)
    .executeTakeFirst();
  if (row && eventTimeMs <= row.event_time_ms) return false;
  await trx
    .insertInto('watermarks')
    .values({ endpoint, event_time_ms: eventTimeMs })
    .onConflict((conflict) => conflict.column('endpoint').doUpdateSet({ event_time_ms: eventTimeMs }))
    .execute();
  return true;
}
