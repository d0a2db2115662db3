import type { CallInput } from '@mulle/client';
import type {
  ApiRoutes,
  DataStatus,
  ErrorCode,
  Release,
  ReleaseState,
  RouteName,
  RouteResponse,
} from '@mulle/contract';
import { digest, minute, releaseActivity, wobble } from './history.ts';
import type { Installation } from './installation.ts';

export class MockError extends Error {
  readonly code: ErrorCode;
  constructor(code: ErrorCode, message: string) {
    super(message);
    this.code = code;
  }
}

type Handler<N extends RouteName> = (input: CallInput<ApiRoutes[N]>, nowMs: number) => RouteResponse<ApiRoutes[N]>;
export type Handlers = { [N in RouteName]?: Handler<N> };

function found<T>(value: T | undefined, what: string): T {
  if (value === undefined)
    throw new MockError('not_found', `There is no ${what}. List what there is, or check the name.`);
  return value;
}

function page<T>(
  items: T[],
  query: { limit?: number; pageToken?: string } = {},
): { items: T[]; nextPageToken?: string } {
  const from = Number(query.pageToken ?? 0);
  const until = from + Number(query.limit ?? 50);
  return { items: items.slice(from, until), ...(until < items.length ? { nextPageToken: String(until) } : {}) };
}

/** The read routes. */
export function readHandlers(of: Installation): Handlers {
  const latest = () => of.models[0] ?? null;
  const withAliases = (version: Installation['models'][number]) => ({
    ...version,
    aliases: Object.entries(of.aliases)
      .filter(([, number]) => number === version.version)
      .map(([name]) => name),
  });
  const model = () => ({ name: 'flight-delay', versions: of.models.length, latest: latest(), aliases: of.aliases });
  const endpoint = (name: string) => {
    const definition = found(
      of.manifest.endpoints.find((each) => each.name === name),
      `endpoint ${name}`,
    );
    const release = of.releases.find((each) => each.endpoint === name) ?? null;
    return { definition, release, incumbent: release === null ? null : `flight-delay@${of.models.length - 1}` };
  };
  const dataset = (name: string) => ({
    definition: found(
      of.manifest.datasets.find((each) => each.name === name),
      `dataset ${name}`,
    ),
    latest: of.datasets[0] ?? null,
  });
  return {
    health: () => ({ status: 'ok', version: '0.1.0' }),
    wheel: () => of.wheel,
    doctor: (_, nowMs) => ({
      checks: [
        {
          name: 'database',
          ok: true,
          message: { en: 'SQLite answers in 0.4 ms.', ko: 'SQLite가 0.4 ms 안에 답합니다.' },
          fix: null,
        },
        {
          name: 'disk',
          ok: nowMs < 0,
          message: { en: '4.1 GB of 40 GB are free.', ko: '40 GB 중 4.1 GB가 남아 있습니다.' },
          fix: { en: 'Free space, or move the data folder.', ko: '공간을 비우거나 데이터 폴더를 옮기세요.' },
        },
      ],
    }),
    getManifest: (_, nowMs) => ({
      version: 4,
      digest: digest(77),
      manifest: of.manifest,
      changes: [],
      actor: 'owner',
      createdAtMs: nowMs - 90 * minute,
    }),
    listDatasets: () => page(of.manifest.datasets.map(({ name }) => dataset(name))),
    getDataset: ({ params }) => dataset(params.name),
    listDatasetVersions: ({ query }) => page(of.datasets, query),
    getDatasetVersion: ({ params }) =>
      found(
        of.datasets.find((each) => each.version === Number(params.version)),
        `version ${params.version}`,
      ),
    listQuarantine: ({ params }, nowMs) =>
      page(
        of.datasets.length === 0
          ? []
          : [
              {
                dataset: params.name,
                fromMs: Date.UTC(2001, 1, 19),
                toMs: Date.UTC(2001, 1, 20),
                reason: 'distance out of range in 8.1 % of rows',
                findingId: 'find_00001',
                createdAtMs: nowMs - 5 * minute,
              },
            ],
      ),
    listFeatureViews: () =>
      page(of.manifest.featureViews.map((definition) => ({ definition, usedBy: ['flight-features'] }))),
    listFeatureServices: () =>
      page(of.manifest.featureServices.map((definition) => ({ definition, usedBy: ['flight-delay'] }))),
    listExperiments: (_, nowMs) =>
      page(
        of.runs.length === 0
          ? []
          : [{ name: 'flight-delay', runs: of.runs.length, createdAtMs: nowMs - 9_000 * minute }],
      ),
    listRuns: ({ query }) => page(of.runs, query),
    getRun: ({ params }) =>
      found(
        of.runs.find(({ id }) => id === params.id),
        `run ${params.id}`,
      ),
    getMetric: ({ params }, nowMs) => ({
      points: Array.from({ length: 100 }, (_, step) => ({
        key: params.key,
        value: 0.437 + 0.25 * Math.exp(-step / 18) + 0.002 * wobble(step),
        step,
        timeMs: nowMs - (100 - step) * 400,
      })),
    }),
    listModels: () => page(of.models.length === 0 ? [] : [model()]),
    getModel: ({ params }) =>
      found(of.models.length > 0 && params.model === 'flight-delay' ? model() : undefined, `model ${params.model}`),
    listModelVersions: ({ query }) => page(of.models.map(withAliases), query),
    getModelVersion: ({ params }) =>
      withAliases(
        found(
          of.models.find(({ version }) => version === Number(params.version)),
          `version ${params.version}`,
        ),
      ),
    listApprovals: ({ params }) => page(of.approvals.filter(({ version }) => version === Number(params.version))),
    listEndpoints: () => page(of.manifest.endpoints.map(({ name }) => endpoint(name))),
    getEndpoint: ({ params }) => endpoint(params.name),
    getEndpointStatus: ({ params }, nowMs) => ({
      processes: [dataStatus(params.name, of.models.length, nowMs)],
      unreachable: [],
    }),
    listReleases: ({ query }) =>
      page(
        of.releases.filter(
          ({ endpoint: name, state }) => (query?.endpoint ?? name) === name && (query?.state ?? state) === state,
        ),
        query,
      ),
    getRelease: ({ params }) =>
      found(
        of.releases.find(({ id }) => id === params.id),
        `release ${params.id}`,
      ),
    listActivity: ({ query }, nowMs) => {
      const release = of.releases.find(({ id }) => id === query?.subject);
      return page(release === undefined ? [] : releaseActivity(release, nowMs).reverse(), query);
    },
    listMonitors: () =>
      page(
        of.manifest.monitors.map((definition) => ({
          definition,
          last: of.windows.find(({ monitor }) => monitor === definition.name) ?? null,
        })),
      ),
    listMonitorWindows: ({ params, query }) =>
      page(
        of.windows.filter(({ monitor }) => monitor === params.name),
        query,
      ),
    listFindings: ({ query }) =>
      page(
        of.findings.filter(
          ({ severity, monitor }) =>
            (query?.severity ?? severity) === severity && (query?.monitor ?? monitor) === monitor,
        ),
        query,
      ),
    listPipelines: () =>
      page(
        of.manifest.pipelines.map((definition) => ({
          definition,
          last: of.pipelineRuns.find(({ pipeline }) => pipeline === definition.name) ?? null,
        })),
      ),
    getPipeline: ({ params }) =>
      found(
        of.manifest.pipelines.find(({ name }) => name === params.name),
        `pipeline ${params.name}`,
      ),
    listPipelineRuns: ({ query }) =>
      page(
        of.pipelineRuns.filter(({ pipeline }) => (query?.pipeline ?? pipeline) === pipeline),
        query,
      ),
    getPipelineRun: ({ params }) =>
      found(
        of.pipelineRuns.find(({ id }) => id === params.id),
        `run ${params.id}`,
      ),
    getPipelineLogs: ({ params, query }) => ({
      items: logs(of, params.id, Number(query?.after ?? 0)).slice(0, Number(query?.limit ?? 1_000)),
    }),
    listTriggers: (_, nowMs) =>
      page(of.manifest.triggers.map((definition) => ({ definition, lastFiredAtMs: nowMs - 5 * minute }))),
    listKeys: () => page(of.keys),
    listAudit: (_, nowMs) =>
      page([
        {
          sequence: 41,
          timeMs: nowMs - minute,
          actor: 'owner',
          action: 'release-promoted',
          subject: 'rel_000018',
          details: {},
          previousHash: digest(3),
          hash: digest(4),
        },
      ]),
    verifyAudit: () => ({ ok: true, entries: 41, head: digest(4), brokenAt: null }),
  };
}

function dataStatus(endpoint: string, version: number, nowMs: number): DataStatus {
  const beat = wobble(Math.floor(nowMs / 2_000));
  return {
    process: 'data-0',
    pid: 4_121,
    definitionsVersion: 12,
    dialsEpoch: 44,
    controlConnected: true,
    decisionsDropped: 0,
    residentBytes: 118_000_000,
    endpoints: [
      {
        endpoint,
        requests: 17_982,
        failures: 0,
        bySource: { variant: 17_640, cache: 214, 'fallback:stale': 121, 'fallback:default': 7 },
        byVariant: { [`flight-delay@${version - 1}`]: 13_480, [`flight-delay@${version}`]: 4_502 },
        latencyMs: { p50: 2.1 + 0.2 * beat, p95: 6.4 + 0.6 * beat, p99: 14.2 + 2 * beat, p999: 41.7 + 9 * beat },
        stagesMs: { parse: 0.08, features: 0.21, queue: 0.62, invoke: 1.02, record: 0.03 },
        meanBatchRows: 3.4,
        hosts: [
          {
            variant: `flight-delay@${version - 1}`,
            pid: 4_130,
            state: 'ready',
            restarts: 0,
            residentBytes: 64_300_000,
          },
          { variant: `flight-delay@${version}`, pid: 4_188, state: 'ready', restarts: 1, residentBytes: 66_100_000 },
        ],
        guarded: {},
      },
    ],
  };
}

function logs(of: Installation, id: string, after: number): RouteResponse<ApiRoutes['getPipelineLogs']>['items'] {
  const run = found(
    of.pipelineRuns.find((each) => each.id === id),
    `run ${id}`,
  );
  const lines = run.tasks.flatMap(({ name, startedAtMs, error }) =>
    startedAtMs === null
      ? []
      : Array.from({ length: 60 }, (_, index) => ({
          timeMs: startedAtMs + index * 90,
          task: name,
          level:
            error !== null && index === 59
              ? ('error' as const)
              : index % 23 === 11
                ? ('warning' as const)
                : ('info' as const),
          message:
            error !== null && index === 59
              ? error.message
              : index % 23 === 11
                ? 'Bin 7 of distance holds 0.02 % of rows.'
                : `Iteration ${index + 1} of 60, log loss ${(0.44 + 0.2 / (index + 1)).toFixed(4)}`,
        })),
  );
  return lines.map((line, index) => ({ sequence: index + 1, ...line })).filter(({ sequence }) => sequence > after);
}

/** The routes that change something: the installation really changes. */
export function changeHandlers(of: Installation): Handlers {
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
  const end = (id: string, state: 'cancelled' | 'running', nowMs: number) => {
    const run = found(
      of.pipelineRuns.find((each) => each.id === id),
      `run ${id}`,
    );
    return Object.assign(run, { state, endedAtMs: state === 'running' ? null : nowMs });
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
