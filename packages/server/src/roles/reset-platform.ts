import type { Config } from '#config/index.ts';
import type { Actor } from '#domains/access/index.ts';
import { MulleError } from '#kernel/errors.ts';
import type { BlobStore } from '#platform/blobs/index.ts';
import { emptyTables, type Database } from '#platform/database/index.ts';
import type { ControlTables, Services } from './control-services.ts';

/** What happened stays on record, numbered on, and so does the reset itself. */
const onRecord: readonly (keyof ControlTables)[] = ['activity', 'audit', 'relay_positions', 'snapshots'];

/**
 * Empties the metadata and the stored bytes while the platform runs, for suites that begin each test with nothing.
 * Events of the backbone (decisions, outcomes) stay in their journals. Throws `invalid_state` on an installation that
 * is meant to last.
 */
export async function resetPlatform(
  services: Services,
  { config, database, blobs }: { config: Config; database: Database<ControlTables>; blobs: BlobStore },
  actor: Actor,
  artifactRoot: string | null,
): Promise<void> {
  if (!config.ephemeral) {
    throw new MulleError(
      'invalid_state',
      'This installation keeps what it holds: nothing was wiped. Start one with "mulle up --ephemeral" to reset it.',
    );
  }
  await database.transaction(async (trx) => {
    await emptyTables(trx, database.dialect, onRecord);
    await services.experiments.begin(trx, artifactRoot);
    const details = { artifactRoot };
    await services.audit.record(trx, { actor, action: 'platform.reset', subject: 'platform', details });
  });
  await services.manifests.reload();
  await services.publisher.restart();
  for await (const { digest } of blobs.list()) await blobs.delete(digest);
}
