import { sql, type Selectable } from 'kysely';
import type { Activity, ActivityType } from '@mulle/contract';
import { decodeJson, encodeJson, type Reader } from '#platform/database/index.ts';
import type { ActivityTables } from './activity-tables.ts';

type Queries = Reader<ActivityTables>;
export type ActivityRow = Selectable<ActivityTables['activity']>;

export interface ActivityFilter {
  readonly type?: string;
  readonly subject?: string;
  readonly causeId?: string;
  readonly except?: readonly ActivityType[];
}

export function toActivity(row: ActivityRow): Activity {
  return {
    id: row.id,
    type: row.type,
    subject: row.subject,
    causeId: row.cause_id,
    timeMs: row.time_ms,
    value: decodeJson(row.value),
  };
}

/** The sequence number of the last activity; 0 when there is none. */
export async function lastSequence(database: Queries): Promise<number> {
  const row = await database
    .selectFrom('activity')
    .select((expression) => expression.fn.max('sequence').as('last'))
    .executeTakeFirst();
  return row?.last ?? 0;
}

export async function insertActivity(database: Queries, sequence: number, activity: Activity): Promise<void> {
  await database
    .insertInto('activity')
    .values({
      sequence,
      id: activity.id,
      type: activity.type,
      subject: activity.subject,
      cause_id: activity.causeId,
      time_ms: activity.timeMs,
      value: encodeJson(activity.value),
    })
    .execute();
}

function filtered(database: Queries, filter: ActivityFilter) {
  let query = database.selectFrom('activity').selectAll();
  if (filter.type !== undefined) query = query.where(sql<string>`type`, '=', filter.type);
  if (filter.subject !== undefined) query = query.where('subject', '=', filter.subject);
  if (filter.causeId !== undefined) query = query.where('cause_id', '=', filter.causeId);
  if (filter.except !== undefined) query = query.where('type', 'not in', filter.except);
  return query;
}

/** Oldest first, from beyond `after`. */
export async function activityAfter(
  database: Queries,
  after: number,
  count: number,
  filter: ActivityFilter = {},
): Promise<ActivityRow[]> {
  return filtered(database, filter).where('sequence', '>', after).orderBy('sequence').limit(count).execute();
}

/** Newest first, from before `before`. */
export async function activityBefore(
  database: Queries,
  before: number,
  count: number,
  filter: ActivityFilter = {},
): Promise<ActivityRow[]> {
  return filtered(database, filter).where('sequence', '<', before).orderBy('sequence', 'desc').limit(count).execute();
}

export async function findActivity(database: Queries, id: string): Promise<ActivityRow | undefined> {
  return database.selectFrom('activity').selectAll().where('id', '=', id).executeTakeFirst();
}

/** How far a topic was handed to the event backbone. */
export async function relayPosition(database: Queries, topic: string): Promise<number> {
  const row = await database
    .selectFrom('relay_positions')
    .select('sequence')
    .where('topic', '=', topic)
    .executeTakeFirst();
  return row?.sequence ?? 0;
}

export async function setRelayPosition(database: Queries, topic: string, sequence: number): Promise<void> {
  await database
    .insertInto('relay_positions')
    .values({ topic, sequence })
    .onConflict((conflict) => conflict.column('topic').doUpdateSet({ sequence }))
    .execute();
}
