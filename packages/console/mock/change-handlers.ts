import type { Release, ReleaseState } from '@mulle/contract';
import { found, MockError, type Handlers } from './handler.ts';
import { digest } from './history.ts';
import type { Installation } from './installation.ts';

/** Releases really move. */
export function releaseChanges(of: Installation): Handlers {
  const move = (id: string, state: ReleaseState, reason: string, nowMs: number): Release => {
    const release = found(
      of.releases.find((each) => each.id === id),
      `release ${id}`,
    );
    if (release.state !== 'running' && release.state !== 'paused')
      throw new MockError(
        'invalid_state',
        `Release ${id} is ${release.state}; only a running or paused one can be changed.`,
      );
    const ended = state === 'promoted' || state === 'rolled-back';
    return Object.assign(release, {
      state,
      reason,
      actor: 'person:owner',
      updatedAtMs: nowMs,
      endedAtMs: ended ? nowMs : null,
    });
  };
  return {
    promoteRelease: ({ params, body }, nowMs) => move(params.id, 'promoted', body.reason, nowMs),
    rollbackRelease: ({ params, body }, nowMs) => move(params.id, 'rolled-back', body.reason, nowMs),
    pauseRelease: ({ params, body }, nowMs) => move(params.id, 'paused', body.reason, nowMs),
    resumeRelease: ({ params, body }, nowMs) => move(params.id, 'running', body.reason, nowMs),
    rollbackEndpoint: ({ body }, nowMs) => move(of.releases[0]?.id ?? '', 'rolled-back', body.reason, nowMs),
    deploy: ({ params, body }, nowMs) => {
      const release = structuredClone(found(of.releases[0], `release of ${params.name}`));
      Object.assign(release, {
        id: `rel_${nowMs}`,
        state: 'running',
        step: 0,
        readings: [],
        reason: body.reason ?? '',
        createdAtMs: nowMs,
        endedAtMs: null,
      });
      of.releases.unshift(release);
      return release;
    },
  };
}

/** Pipeline runs start, stop and go on. */
export function runChanges(of: Installation): Handlers {
  const end = (id: string, state: 'cancelled' | 'running', nowMs: number) => {
    const run = found(
      of.pipelineRuns.find((each) => each.id === id),
      `run ${id}`,
    );
    return Object.assign(run, { state, endedAtMs: state === 'running' ? null : nowMs });
  };
  return {
    startPipeline: ({ params, body }, nowMs) => {
      const run = structuredClone(found(of.pipelineRuns[0], `run of ${params.name}`));
      Object.assign(run, {
        id: `prun_${nowMs}`,
        state: 'running',
        createdAtMs: nowMs,
        endedAtMs: null,
        parameters: body.parameters ?? {},
      });
      of.pipelineRuns.unshift(run);
      return run;
    },
    cancelPipelineRun: ({ params }, nowMs) => end(params.id, 'cancelled', nowMs),
    resumePipelineRun: ({ params }, nowMs) => end(params.id, 'running', nowMs),
  };
}

/** Approvals, aliases, keys. */
export function recordChanges(of: Installation): Handlers {
  return {
    createApproval: ({ params, body }, nowMs) => {
      const approval = {
        id: `appr_${nowMs}`,
        model: params.model,
        version: Number(params.version),
        actor: 'owner',
        createdAtMs: nowMs,
        ...body,
      };
      of.approvals.unshift(approval);
      return approval;
    },
    setAlias: ({ params, body }) => {
      of.aliases[params.alias] = body.version;
      return found(
        of.models.find(({ version }) => version === body.version),
        `version ${body.version}`,
      );
    },
    deleteAlias: ({ params }) => {
      delete of.aliases[params.alias];
      return {};
    },
    createKey: ({ body }, nowMs) => {
      const key = {
        id: `key_${nowMs}`,
        name: body.name,
        role: body.role,
        requestsPerSecond: body.requestsPerSecond ?? null,
        createdAtMs: nowMs,
      };
      of.keys.push(key);
      return { ...key, key: `mk_${digest(nowMs % 1_000).slice(0, 40)}` };
    },
    deleteKey: ({ params }) => {
      of.keys = of.keys.filter(({ id }) => id !== params.id);
      return {};
    },
  };
}
