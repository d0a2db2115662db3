import type { ApiRoutes, DataStatus, RouteResponse } from '@mulle/contract';
import { found, page, type Handlers } from './handler.ts';
import { minute, wobble } from './history.ts';
import type { Installation } from './installation.ts';
import { releaseEvidence } from './release-evidence.ts';

/** Endpoints and releases. */
export function servingHandlers(of: Installation): Handlers {
  const endpoint = (name: string) => {
    const definition = found(
      of.manifest.endpoints.find((each) => each.name === name),
      `endpoint ${name}`,
    );
    const release = of.releases.find((each) => each.endpoint === name) ?? null;
    return { definition, release, incumbent: release === null ? null : `flight-delay@${of.models.length - 1}` };
  };
  return {
    listEndpoints: () => page(of.manifest.endpoints.map(({ name }) => endpoint(name))),
    getEndpoint: ({ params }) => endpoint(params.name),
    getEndpointStatus: ({ params }, nowMs) => ({
      processes: [dataStatus(params.name, of.models.length, nowMs)],
      unreachable: [],
      urls: ['http://127.0.0.1:5151'],
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
    getReleaseEvidence: ({ params }, nowMs) =>
      releaseEvidence(
        found(
          of.releases.find(({ id }) => id === params.id),
          `release ${params.id}`,
        ),
        nowMs,
      ),
    listActivity: ({ query }) => {
      const last = of.wheel.stations.flatMap(({ lastEvent }) => (lastEvent === null ? [] : [lastEvent]));
      return page(query?.subject === undefined ? last.sort((a, b) => b.timeMs - a.timeMs) : [], query);
    },
  };
}

/** Monitors, findings, pipelines. */
export function workHandlers(of: Installation): Handlers {
  return {
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
