import type { Release } from '@mulle/contract';
import type { Actor } from '#domains/access/index.ts';
import type { EvidenceService, ReleaseService } from '#domains/releases/index.ts';
import type { Handlers } from '../handler.ts';

type ReleasesHandlers = Pick<
  Handlers,
  | 'listReleases'
  | 'getRelease'
  | 'getReleaseEvidence'
  | 'promoteRelease'
  | 'rollbackRelease'
  | 'approveRelease'
  | 'pauseRelease'
  | 'resumeRelease'
  | 'switchRelease'
>;

interface ByHand {
  readonly params: { id: string };
  readonly body: { reason: string };
  readonly actor: Actor;
}

export function releasesHandlers(releases: ReleaseService, evidence: EvidenceService): ReleasesHandlers {
  const byHand =
    (kind: 'promote' | 'rollback' | 'pause' | 'resume' | 'switch') =>
    ({ params, body, actor }: ByHand): Promise<Release> =>
      releases.command(params.id, { kind, reason: body.reason }, actor);
  return {
    listReleases: ({ query }) => releases.list(query),
    getRelease: ({ params }) => releases.get(params.id),
    getReleaseEvidence: ({ params }) => evidence.of(params.id),
    promoteRelease: byHand('promote'),
    rollbackRelease: byHand('rollback'),
    approveRelease: ({ params, body, actor }) => releases.approve(params.id, body.reason, actor),
    pauseRelease: byHand('pause'),
    resumeRelease: byHand('resume'),
    switchRelease: byHand('switch'),
  };
}
