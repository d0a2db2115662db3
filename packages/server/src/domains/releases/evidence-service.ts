import {
  fits,
  Reason,
  ReleaseState,
  Type,
  type Activity,
  type ReleaseEvidence,
  type ReleaseMoment,
} from '@mulle/contract';
import type { ActivityService } from '#domains/activity/index.ts';
import type { Database } from '#platform/database/index.ts';
import { readEvidence } from './evidence-store.ts';
import type { ReleaseService } from './release-service.ts';
import type { ReleaseTables } from './release-tables.ts';

/** Changes told at most; a release that was switched back and forth more often shows the last. */
const momentsTold = 500;

/** What a step of a release tells; `by` is absent from those recorded before it was told. */
const Told = Type.Object({
  state: ReleaseState,
  step: Type.Integer(),
  reason: Reason,
  actor: Type.String(),
  by: Type.Optional(Type.String()),
});

function momentOf({ type, timeMs, value }: Activity): ReleaseMoment[] {
  if (!fits(Told, value)) return [];
  const { state, step, reason, actor, by = actor } = value;
  return [{ atMs: timeMs, type, state, step, reason, actor: by }];
}

export interface EvidenceServiceOptions {
  readonly database: Database<ReleaseTables>;
  readonly activity: Pick<ActivityService, 'list'>;
  readonly releases: Pick<ReleaseService, 'get'>;
}

/** What releases were judged by, and what was decided when. */
export class EvidenceService {
  readonly #options: EvidenceServiceOptions;

  constructor(options: EvidenceServiceOptions) {
    this.#options = options;
  }

  /** Throws `not_found`. */
  async of(id: string): Promise<ReleaseEvidence> {
    const { database, activity, releases } = this.#options;
    await releases.get(id);
    const { items } = await activity.list({ subject: id, limit: momentsTold });
    const series = await readEvidence(database.kysely, id);
    return { releaseId: id, series, moments: items.toReversed().flatMap(momentOf) };
  }
}
