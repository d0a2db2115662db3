/**
 * A control of a few routes over real HTTP, for tests of what work tells it: keeps releases, records what comes, checks
 * each body against the contract. Windows are recorded once by (monitor, fromMs, toMs), as control does.
 */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import {
  apiRoutes,
  noLineage,
  type ApiRoutes,
  type KpiSeries,
  type Manifest,
  type ModelVersion,
  type MonitorWindow,
  type NewFinding,
} from '@mulle/contract';
import type { Release, Route, RouteBody, RouteResponse, TriggerDefinition } from '@mulle/contract';
import { Value } from 'typebox/value';
import { nowMs, sleep } from '#kernel/clock.ts';
import { MulleError, toMulleError } from '#kernel/errors.ts';

export interface ControlServer {
  readonly url: string;
  readonly releases: Map<string, Release>;
  manifest: Manifest | null;
  manifestVersion: number;
  readonly lastFirings: Map<string, number>;
  /** Versions by `model@version`, each with the digest of its training profile; others are not there. */
  readonly profiles: Map<string, string>;
  /** Every answer but these is 503. */
  down: boolean;
  readonly windows: MonitorWindow[];
  readonly findings: NewFinding[];
  readonly kpis: KpiSeries[];
  /** Windows that were told more than once, and left out. */
  repeated: number;
  readonly conclusions: (RouteBody<ApiRoutes['concludeRelease']> & { id: string; atMs: number })[];
  readonly watermarks: RouteBody<ApiRoutes['advanceWatermark']>[];
  readonly firings: { name: string; dueMs: number }[];
  /** Names of the routes that were called. */
  readonly called: Set<string>;
  close(): Promise<void>;
}

interface Call {
  params: Record<string, string>;
  body: unknown;
}

function parametersOf(route: Route, path: string): Record<string, string> | null {
  const names = [...route.path.matchAll(/\{(\w+)\}/g)].map((match) => match[1] ?? '');
  const match = new RegExp(`^${route.path.replaceAll(/\{\w+\}/g, '([^/]+)')}$`).exec(path);
  return match
    ? Object.fromEntries(names.map((name, index) => [name, decodeURIComponent(match[index + 1] ?? '')]))
    : null;
}

function bodyOf<
  N extends 'concludeRelease' | 'recordMonitorWindows' | 'advanceWatermark' | 'fireTrigger' | 'recordKpis',
>(name: N, body: unknown): RouteBody<ApiRoutes[N]> {
  const { body: schema } = apiRoutes[name];
  if (Value.Check(schema, body)) return body as RouteBody<ApiRoutes[N]>;
  throw new MulleError('invalid_argument', `${name}: ${JSON.stringify([...Value.Errors(schema, body)].slice(0, 3))}`);
}

function conclude(control: ControlServer, id: string, body: RouteBody<ApiRoutes['concludeRelease']>): Release {
  const release = releaseOf(control, id);
  if (release.state !== 'running' || release.step !== body.step)
    throw new MulleError('invalid_state', 'It has moved on.');
  control.conclusions.push({ ...body, id, atMs: nowMs() });
  const moved: Record<typeof body.conclusion, Partial<Release>> = {
    continue: {},
    advance: { step: release.step + 1, stepStartedAtMs: nowMs() },
    promote: { state: 'promoted' },
    rollback: { state: 'rolled-back' },
    pause: { state: 'paused' },
    inconclusive: { state: 'paused' },
  };
  const next = { ...release, ...moved[body.conclusion], readings: body.readings, updatedAtMs: nowMs() };
  control.releases.set(id, next);
  return next;
}

function releaseOf(control: ControlServer, id: string): Release {
  const release = control.releases.get(id);
  if (!release) throw new MulleError('not_found', `No release ${id}.`);
  return release;
}

function versionOf(control: ControlServer, model: string, version: number): ModelVersion {
  const profileDigest = control.profiles.get(`${model}@${version}`);
  if (profileDigest === undefined) throw new MulleError('not_found', `No version ${version} of ${model}.`);
  return {
    model,
    version,
    artifact: { digest: profileDigest, bytes: 1, format: 'onnx' },
    flavor: null,
    features: [],
    signature: null,
    metrics: {},
    lineage: { ...noLineage, profileDigest },
    aliases: [],
    stage: 'None',
    tags: {},
    description: '',
    source: null,
    runLink: null,
    causeId: null,
    createdAtMs: 0,
    updatedAtMs: 0,
  };
}

function record(control: ControlServer, body: RouteBody<ApiRoutes['recordMonitorWindows']>): void {
  const keyOf = (monitor: string, bounds: { fromMs: number; toMs: number } | null): string =>
    `${monitor} ${bounds?.fromMs} ${bounds?.toMs}`;
  const known = new Set(control.windows.map((window) => keyOf(window.monitor, window)));
  for (const window of body.windows) {
    if (known.has(keyOf(window.monitor, window))) control.repeated += 1;
    else control.windows.push(window);
  }
  control.findings.push(...body.findings.filter(({ monitor, window }) => !known.has(keyOf(monitor, window))));
}

const triggersOf = (control: ControlServer): TriggerDefinition[] => control.manifest?.triggers ?? [];

type Answers = {
  [N in keyof ApiRoutes]?: (call: Call) => RouteResponse<ApiRoutes[N]> | Promise<RouteResponse<ApiRoutes[N]>>;
};

function answersOf(control: ControlServer): Answers {
  return {
    listLiveReleases: () => ({ releases: [...control.releases.values()].filter(({ state }) => state === 'running') }),
    getRelease: ({ params }) => releaseOf(control, params['id'] ?? ''),
    getModelVersion: ({ params }) => versionOf(control, params['model'] ?? '', Number(params['version'])),
    concludeRelease: ({ params, body }) => conclude(control, params['id'] ?? '', bodyOf('concludeRelease', body)),
    currentManifest: () => ({
      applied: control.manifest && {
        version: control.manifestVersion,
        digest: 'd',
        manifest: control.manifest,
        changes: [],
        actor: 'test',
        createdAtMs: nowMs(),
      },
    }),
    recordMonitorWindows({ body }) {
      record(control, bodyOf('recordMonitorWindows', body));
      return { findingIds: [] };
    },
    recordKpis({ body }) {
      control.kpis.push(...bodyOf('recordKpis', body).series);
      return {};
    },
    advanceWatermark({ body }) {
      control.watermarks.push(bodyOf('advanceWatermark', body));
      return { fired: [] };
    },
    listTriggers: () => ({
      items: triggersOf(control).map((definition) => ({
        definition,
        lastFiredAtMs: control.lastFirings.get(definition.name) ?? null,
      })),
    }),
    fireTrigger({ params, body }) {
      control.firings.push({ name: params['name'] ?? '', ...bodyOf('fireTrigger', body) });
      return { runId: null };
    },
    async leaseTasks() {
      await sleep(1_000);
      return { tasks: [] };
    },
  };
}

function isRouteName(name: string): name is keyof ApiRoutes {
  return Object.hasOwn(apiRoutes, name);
}

function answer(control: ControlServer, method: string, path: string, body: unknown): unknown {
  for (const [name, handler] of Object.entries(answersOf(control))) {
    if (!isRouteName(name) || apiRoutes[name].method !== method) continue;
    const params = parametersOf(apiRoutes[name], path);
    if (!params) continue;
    control.called.add(name);
    return handler({ params, body });
  }
  throw new MulleError('route_not_found', `${method} ${path}`);
}

export async function startControlServer(token: string): Promise<ControlServer> {
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const reply = (status: number, value: unknown): void => {
        response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(value));
      };
      const handle = async (): Promise<void> => {
        if (control.down) throw new MulleError('unavailable', 'Control is away.');
        if (request.headers.authorization !== `Bearer ${token}`)
          throw new MulleError('unauthenticated', 'Wrong token.');
        const text = Buffer.concat(chunks).toString();
        const path = new URL(request.url ?? '/', 'http://control').pathname;
        reply(200, await answer(control, request.method ?? '', path, text === '' ? undefined : JSON.parse(text)));
      };
      handle().catch((thrown: unknown) => {
        const error = toMulleError(thrown);
        reply(error.httpStatus, error.toBody());
      });
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const control: ControlServer = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    releases: new Map(),
    manifest: null,
    manifestVersion: 1,
    lastFirings: new Map(),
    profiles: new Map(),
    down: false,
    windows: [],
    findings: [],
    kpis: [],
    repeated: 0,
    conclusions: [],
    watermarks: [],
    firings: [],
    called: new Set(),
    close: () =>
      new Promise((resolve) => {
        server.closeAllConnections();
        server.close(() => resolve());
      }),
  };
  return control;
}
