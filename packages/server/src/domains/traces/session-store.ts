import { sql } from 'kysely';
import type { Reader } from '#platform/database/index.ts';
import type { TracesTables } from './traces-tables.ts';

/** A conversation: the traces of one session. */
export interface TraceSession {
  readonly id: string;
  readonly userId: string | null;
  readonly traces: number;
  readonly errors: number;
  readonly firstAtMs: number;
  readonly lastAtMs: number;
}

/** The last one to speak first, from before `before`. */
export async function listSessionRows(
  database: Reader<TracesTables>,
  filter: { readonly experiment?: string; readonly user?: string },
  before: { lastAtMs: number; id: string } | undefined,
  count: number,
): Promise<TraceSession[]> {
  const lastAtMs = sql<number>`max(started_at_ms)`;
  let query = database
    .selectFrom('traces')
    .select((expression) => [
      expression.ref('session_id').$notNull().as('id'),
      expression.fn.max('user_id').as('userId'),
      expression.fn.countAll<number>().as('traces'),
      sql<number>`sum(case when state = 'error' then 1 else 0 end)`.as('errors'),
      expression.fn.min('started_at_ms').as('firstAtMs'),
      lastAtMs.as('lastAtMs'),
    ])
    .where('session_id', 'is not', null)
    .groupBy('session_id');
  if (filter.experiment !== undefined) query = query.where('experiment_id', '=', filter.experiment);
  if (filter.user !== undefined) query = query.where('user_id', '=', filter.user);
  if (before) query = query.having(sql<boolean>`(max(started_at_ms), session_id) < (${before.lastAtMs}, ${before.id})`);
  const rows = await query.orderBy(lastAtMs, 'desc').orderBy('session_id', 'desc').limit(count).execute();
  return rows.map((row) => ({ ...row, traces: Number(row.traces), errors: Number(row.errors) }));
}
