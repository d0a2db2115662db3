import type { Finding, MonitorWindow, Severity } from '@mulle/contract';
import type { Selectable } from 'kysely';
import {
  decodeJson,
  encodeJson,
  pageOf,
  readPageToken,
  type PageRequest,
  type Reader,
  type Transaction,
} from '#platform/database/index.ts';
import type { MonitorTables } from './monitor-tables.ts';

type Monitors = Reader<MonitorTables>;
type Trx = Transaction<MonitorTables>;

/** A condition that the last windows of a monitor saw again and again. */
export interface Episode {
  readonly monitor: string;
  readonly kind: string;
  readonly subject: string;
  readonly findingId: string;
  readonly severity: Severity;
  readonly windows: number;
}

function toWindow(row: Selectable<MonitorTables['monitor_windows']>): MonitorWindow {
  return {
    monitor: row.monitor,
    endpoint: row.endpoint,
    fromMs: row.from_ms,
    toMs: row.to_ms,
    rows: row.rows,
    values: decodeJson<MonitorWindow['values']>(row.metrics),
    createdAtMs: row.created_at_ms,
  };
}

async function nextSequence(reader: Monitors, table: 'monitor_windows' | 'findings'): Promise<number> {
  const row = await reader
    .selectFrom(table)
    .select((expression) => expression.fn.max('sequence').as('last'))
    .executeTakeFirst();
  return (row?.last ?? 0) + 1;
}

/** Ids of the findings of a recorded window; null when it is not recorded. */
export async function readWindowFindings(
  reader: Monitors,
  { monitor, fromMs, toMs }: Pick<MonitorWindow, 'monitor' | 'fromMs' | 'toMs'>,
): Promise<string[] | null> {
  const row = await reader
    .selectFrom('monitor_windows')
    .select('finding_ids')
    .where('monitor', '=', monitor)
    .where('from_ms', '=', Math.trunc(fromMs))
    .where('to_ms', '=', Math.trunc(toMs))
    .executeTakeFirst();
  return row ? decodeJson<string[]>(row.finding_ids) : null;
}

export async function insertWindow(trx: Trx, window: MonitorWindow, findingIds: readonly string[]): Promise<void> {
  await trx
    .insertInto('monitor_windows')
    .values({
      sequence: await nextSequence(trx, 'monitor_windows'),
      monitor: window.monitor,
      endpoint: window.endpoint,
      from_ms: Math.trunc(window.fromMs),
      to_ms: Math.trunc(window.toMs),
      rows: window.rows,
      metrics: encodeJson(window.values),
      finding_ids: encodeJson(findingIds),
      created_at_ms: Math.trunc(window.createdAtMs),
    })
    .execute();
}

/** The windows of a monitor, last recorded first. */
export function listWindows(reader: Monitors, monitor: string, request: PageRequest) {
  const after = readPageToken(request);
  return pageOf(
    request,
    (count) =>
      reader
        .selectFrom('monitor_windows')
        .selectAll()
        .where('monitor', '=', monitor)
        .$if(after !== undefined, (query) => query.where('sequence', '<', Number(after)))
        .orderBy('sequence', 'desc')
        .limit(count)
        .execute(),
    (row) => row.sequence,
    toWindow,
  );
}

export async function insertFinding(trx: Trx, finding: Finding): Promise<void> {
  const { id, monitor, endpoint, severity } = finding;
  const sequence = await nextSequence(trx, 'findings');
  await trx
    .insertInto('findings')
    .values({ sequence, id, monitor, endpoint, severity, finding: encodeJson(finding) })
    .execute();
}

export async function readFinding(reader: Monitors, id: string): Promise<Finding | null> {
  const row = await reader.selectFrom('findings').select('finding').where('id', '=', id).executeTakeFirst();
  return row ? decodeJson<Finding>(row.finding) : null;
}

export async function updateFinding(trx: Trx, finding: Finding): Promise<void> {
  await trx
    .updateTable('findings')
    .set({ finding: encodeJson(finding) })
    .where('id', '=', finding.id)
    .execute();
}

export interface FindingFilter extends PageRequest {
  readonly endpoint?: string;
  readonly monitor?: string;
  readonly severity?: Severity;
}

/** Findings, newest first. */
export function listFindings(reader: Monitors, filter: FindingFilter) {
  const after = readPageToken(filter);
  const { endpoint, monitor, severity } = filter;
  return pageOf(
    filter,
    (count) =>
      reader
        .selectFrom('findings')
        .select(['sequence', 'finding'])
        .$if(endpoint !== undefined, (query) => query.where('endpoint', '=', endpoint ?? ''))
        .$if(monitor !== undefined, (query) => query.where('monitor', '=', monitor ?? ''))
        .$if(severity !== undefined, (query) => query.where('severity', '=', severity ?? 'info'))
        .$if(after !== undefined, (query) => query.where('sequence', '<', Number(after)))
        .orderBy('sequence', 'desc')
        .limit(count)
        .execute(),
    (row) => row.sequence,
    (row) => decodeJson<Finding>(row.finding),
  );
}

export async function readEpisodes(reader: Monitors, monitor: string): Promise<Episode[]> {
  const rows = await reader.selectFrom('finding_episodes').selectAll().where('monitor', '=', monitor).execute();
  return rows.map(({ finding_id: findingId, ...row }) => ({ ...row, findingId }));
}

/** Replaces the episodes of a monitor. */
export async function writeEpisodes(trx: Trx, monitor: string, episodes: readonly Episode[]): Promise<void> {
  await trx.deleteFrom('finding_episodes').where('monitor', '=', monitor).execute();
  const rows = episodes.map(({ findingId, ...episode }) => ({ ...episode, finding_id: findingId }));
  if (rows.length > 0) await trx.insertInto('finding_episodes').values(rows).execute();
}
