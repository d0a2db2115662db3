import type { Allocation, Release, ReleaseState, ReleaseTerms } from '@mulle/contract';
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
import type { ReleaseTables } from './release-tables.ts';

/** A release and what only the server needs to know of it. */
export interface ReleaseRecord {
  readonly release: Release;
  /** The promoted release that this one tries to replace, or replaced. */
  readonly previousId: string | null;
  /** Id of its `release-started` event. */
  readonly startedEventId: string;
  /** Grows with each change of any release: the number of its weights' dial. */
  readonly epoch: number;
  readonly promotedAtMs: number | null;
  /** How a release that learns divides its traffic: what its dial carries. Null before anything was learned. */
  readonly allocation: Allocation | null;
}

type Row = Selectable<ReleaseTables['releases']>;
type Releases = Reader<ReleaseTables>;

function toRecord(row: Row): ReleaseRecord {
  const release: Release = {
    id: row.id,
    endpoint: row.endpoint,
    strategy: decodeJson<Release['strategy']>(row.strategy),
    state: row.state,
    step: row.step,
    stepStartedAtMs: row.step_started_at_ms,
    readings: decodeJson<Release['readings']>(row.readings),
    reason: decodeJson<Release['reason']>(row.reason),
    actor: row.actor,
    causeId: row.cause_id,
    createdAtMs: row.created_at_ms,
    updatedAtMs: row.updated_at_ms,
    endedAtMs: row.ended_at_ms,
    ...(row.winner === null ? {} : { winner: row.winner }),
    ...(row.terms === null ? {} : { terms: decodeJson<ReleaseTerms>(row.terms) }),
  };
  return {
    release,
    previousId: row.previous_id,
    startedEventId: row.started_event_id,
    epoch: row.epoch,
    promotedAtMs: row.promoted_at_ms,
    allocation: row.allocation === null ? null : decodeJson<Allocation>(row.allocation),
  };
}

function mutableColumns({ release, epoch, promotedAtMs, allocation }: ReleaseRecord) {
  return {
    state: release.state,
    step: release.step,
    step_started_at_ms: release.stepStartedAtMs,
    readings: encodeJson(release.readings),
    reason: encodeJson(release.reason),
    epoch,
    updated_at_ms: release.updatedAtMs,
    promoted_at_ms: promotedAtMs,
    ended_at_ms: release.endedAtMs,
    winner: release.winner ?? null,
    allocation: allocation === null ? null : encodeJson(allocation),
    terms: release.terms === undefined ? null : encodeJson(release.terms),
  };
}

async function greatest(reader: Releases, column: 'sequence' | 'epoch'): Promise<number> {
  const row = await reader
    .selectFrom('releases')
    .select((expression) => expression.fn.max(column).as('greatest'))
    .executeTakeFirst();
  return row?.greatest ?? 0;
}

/** The number of the last change of any release; 0 before the first. */
export function lastEpoch(reader: Releases): Promise<number> {
  return greatest(reader, 'epoch');
}

/** Writes a new release; its epoch is given here. */
export async function insertRelease(
  trx: Transaction<ReleaseTables>,
  record: Omit<ReleaseRecord, 'epoch'>,
): Promise<void> {
  const { release, previousId, startedEventId } = record;
  const epoch = (await greatest(trx, 'epoch')) + 1;
  await trx
    .insertInto('releases')
    .values({
      id: release.id,
      sequence: (await greatest(trx, 'sequence')) + 1,
      endpoint: release.endpoint,
      strategy: encodeJson(release.strategy),
      actor: release.actor,
      cause_id: release.causeId,
      previous_id: previousId,
      started_event_id: startedEventId,
      created_at_ms: release.createdAtMs,
      ...mutableColumns({ ...record, epoch }),
    })
    .execute();
}

/** Writes what has changed in a release; under a new epoch where its weights may have moved. */
export async function updateRelease(
  trx: Transaction<ReleaseTables>,
  record: ReleaseRecord,
  moved: boolean,
): Promise<void> {
  const epoch = moved ? (await greatest(trx, 'epoch')) + 1 : record.epoch;
  const columns = mutableColumns({ ...record, epoch });
  await trx.updateTable('releases').set(columns).where('id', '=', record.release.id).execute();
}

export async function readRelease(reader: Releases, id: string): Promise<ReleaseRecord | null> {
  const row = await reader.selectFrom('releases').selectAll().where('id', '=', id).executeTakeFirst();
  return row ? toRecord(row) : null;
}

/** The promoted release of each endpoint and what contends with it, oldest first. */
export async function readStanding(reader: Releases, endpoint?: string): Promise<ReleaseRecord[]> {
  const rows = await reader
    .selectFrom('releases')
    .selectAll()
    .where('state', 'in', ['promoted', 'pending', 'running', 'paused'])
    .$if(endpoint !== undefined, (query) => query.where('endpoint', '=', endpoint ?? ''))
    .orderBy('sequence')
    .execute();
  return rows.map(toRecord);
}

/** Releases of an endpoint that were ever promoted, the last promoted first. */
export async function readPromoted(reader: Releases, endpoint: string, limit: number): Promise<ReleaseRecord[]> {
  const rows = await reader
    .selectFrom('releases')
    .selectAll()
    .where('endpoint', '=', endpoint)
    .where('promoted_at_ms', 'is not', null)
    .orderBy('promoted_at_ms', 'desc')
    .orderBy('sequence', 'desc')
    .limit(limit)
    .execute();
  return rows.map(toRecord);
}

export interface ReleaseFilter extends PageRequest {
  readonly endpoint?: string;
  readonly state?: ReleaseState;
}

/** Releases, newest first. */
export function listReleases(reader: Releases, filter: ReleaseFilter) {
  const after = readPageToken(filter);
  const { endpoint, state } = filter;
  return pageOf(
    filter,
    (count) =>
      reader
        .selectFrom('releases')
        .selectAll()
        .$if(endpoint !== undefined, (query) => query.where('endpoint', '=', endpoint ?? ''))
        .$if(state !== undefined, (query) => query.where('state', '=', state ?? 'running'))
        .$if(after !== undefined, (query) => query.where('sequence', '<', Number(after)))
        .orderBy('sequence', 'desc')
        .limit(count)
        .execute(),
    (row) => row.sequence,
    (row) => toRecord(row).release,
  );
}
