import type { AppliedManifest, Manifest, PlanChange } from '@mulle/contract';
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
import type { ProjectTables } from './project-tables.ts';

type Row = Selectable<ProjectTables['manifests']>;
export type ManifestRecord = Omit<AppliedManifest, 'manifest'>;

function toRecord(row: Omit<Row, 'manifest'>): ManifestRecord {
  const { version, digest, actor } = row;
  return { version, digest, changes: decodeJson<PlanChange[]>(row.changes), actor, createdAtMs: row.created_at_ms };
}

function toApplied(row: Row): AppliedManifest {
  return { ...toRecord(row), manifest: decodeJson<Manifest>(row.manifest) };
}

/** The manifest with this version, or the latest; null when there is none. */
export async function readManifest(database: Reader<ProjectTables>, version?: number): Promise<AppliedManifest | null> {
  const query = database.selectFrom('manifests').selectAll().orderBy('version', 'desc').limit(1);
  const row = await (version === undefined ? query : query.where('version', '=', version)).executeTakeFirst();
  return row ? toApplied(row) : null;
}

export async function insertManifest(trx: Transaction<ProjectTables>, applied: AppliedManifest): Promise<void> {
  const { version, digest, manifest, changes, actor, createdAtMs } = applied;
  const json = { manifest: encodeJson(manifest), changes: encodeJson(changes) };
  await trx
    .insertInto('manifests')
    .values({ version, digest, ...json, actor, created_at_ms: createdAtMs })
    .execute();
}

/** Applied manifests without their text, newest first. */
export function listManifests(database: Reader<ProjectTables>, request: PageRequest) {
  const after = readPageToken(request);
  return pageOf(
    request,
    (count) =>
      database
        .selectFrom('manifests')
        .select(['version', 'digest', 'changes', 'actor', 'created_at_ms'])
        .$if(after !== undefined, (query) => query.where('version', '<', Number(after)))
        .orderBy('version', 'desc')
        .limit(count)
        .execute(),
    (row) => row.version,
    toRecord,
  );
}
