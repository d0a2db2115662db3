import type { Reader, Transaction } from '#platform/database/index.ts';
import type { LeaseState, PipelineTables } from './pipeline-tables.ts';

export interface Lease {
  readonly id: string;
  readonly runId: string;
  readonly task: string;
  readonly worker: string;
  readonly state: LeaseState;
  readonly expiresAtMs: number;
  readonly deadlineAtMs: number;
}

function toLease(row: PipelineTables['task_leases']): Lease {
  return {
    id: row.id,
    runId: row.run_id,
    task: row.task,
    worker: row.worker,
    state: row.state,
    expiresAtMs: row.expires_at_ms,
    deadlineAtMs: row.deadline_at_ms,
  };
}

export async function insertLease(trx: Transaction<PipelineTables>, lease: Lease): Promise<void> {
  await trx
    .insertInto('task_leases')
    .values({
      id: lease.id,
      run_id: lease.runId,
      task: lease.task,
      worker: lease.worker,
      state: lease.state,
      expires_at_ms: lease.expiresAtMs,
      deadline_at_ms: lease.deadlineAtMs,
    })
    .execute();
}

export async function readLease(reader: Reader<PipelineTables>, id: string): Promise<Lease | null> {
  const row = await reader.selectFrom('task_leases').selectAll().where('id', '=', id).executeTakeFirst();
  return row ? toLease(row) : null;
}

/** Live leases whose worker went silent, or whose attempt is over its time. */
export async function readOverdue(reader: Reader<PipelineTables>, nowMs: number): Promise<Lease[]> {
  const rows = await reader
    .selectFrom('task_leases')
    .selectAll()
    .where('state', '=', 'live')
    .where((row) => row.or([row('expires_at_ms', '<=', nowMs), row('deadline_at_ms', '<=', nowMs)]))
    .execute();
  return rows.map(toLease);
}

export async function setLeaseState(trx: Transaction<PipelineTables>, id: string, state: LeaseState): Promise<void> {
  await trx.updateTable('task_leases').set({ state }).where('id', '=', id).execute();
}

/** Prolongs one live lease, or all of them. */
export async function prolongLeases(trx: Transaction<PipelineTables>, expiresAtMs: number, id?: string): Promise<void> {
  await trx
    .updateTable('task_leases')
    .set({ expires_at_ms: expiresAtMs })
    .where('state', '=', 'live')
    .$if(id !== undefined, (query) => query.where('id', '=', id ?? ''))
    .execute();
}

/** Withdraws the live leases of a run: their workers are told at the next heartbeat. */
export async function cancelLeases(trx: Transaction<PipelineTables>, runId: string): Promise<void> {
  await trx
    .updateTable('task_leases')
    .set({ state: 'cancelled' })
    .where('run_id', '=', runId)
    .where('state', '=', 'live')
    .execute();
}
