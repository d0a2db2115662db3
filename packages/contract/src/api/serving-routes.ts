import { Type, type Static } from '../type.ts';
import { Decision } from '../decision.ts';
import { EndpointDefinition } from '../endpoint.ts';
import { ReleaseEvidence } from '../evidence.ts';
import { Finding } from '../finding.ts';
import { ModelVersion } from '../model.ts';
import { MonitorDefinition, MonitorWindow } from '../monitor.ts';
import { LocalisedText, Name } from '../names.ts';
import { Release, ReleaseState } from '../release.ts';
import { deployTerms } from '../release-terms.ts';
import { RuleFiring } from '../rules.ts';
import { DataStatus } from '../status.ts';
import { WrittenPolicy } from '../written-policy.ts';
import { Body, Page, PageQuery, route } from './route.ts';

const byName = Body({ name: Name });
const byId = Body({ id: Type.String() });
/** What a deploy names: a model or a rule set, one of the two. */
const target = {
  model: Type.Optional(Name),
  ruleSet: Type.Optional(Name),
  version: Type.Optional(Type.Integer({ minimum: 1 })),
  alias: Type.Optional(Name),
};
const reason = Body({ reason: Type.String({ minLength: 1, maxLength: 2_000 }) });

export const EndpointSummary = Type.Object({
  definition: EndpointDefinition,
  /** The live release, and the variant that answers callers outside the challenger's share. */
  release: Type.Union([Release, Type.Null()]),
  incumbent: Type.Union([Type.String(), Type.Null()]),
});
export type EndpointSummary = Static<typeof EndpointSummary>;

/** What is behind one answer. `id`: the request's, with `#row` after it where the request had several rows. */
export const DecisionExplanation = Type.Object({
  id: Type.String(),
  timeMs: Type.Number(),
  decision: Decision,
  release: Type.Union([Release, Type.Null()]),
  /** The assigned and the served version, with their lineage. */
  models: Type.Array(ModelVersion),
  /** The rules that fired, as they were written. */
  rules: Type.Array(Type.Object({ ...RuleFiring.properties, when: Type.String(), explanation: LocalisedText })),
});
export type DecisionExplanation = Static<typeof DecisionExplanation>;

/** A finding as its finder hands it over. */
export const NewFinding = Type.Omit(Finding, ['id', 'createdAtMs'], { additionalProperties: false });
export type NewFinding = Static<typeof NewFinding>;

export const servingRoutes = {
  listEndpoints: route({
    method: 'GET',
    path: '/api/endpoints',
    summary: 'Endpoints with their live release',
    access: 'viewer',
    response: Page(EndpointSummary),
  }),
  getEndpoint: route({
    method: 'GET',
    path: '/api/endpoints/{name}',
    summary: 'One endpoint',
    access: 'viewer',
    params: byName,
    response: EndpointSummary,
  }),
  getEndpointStatus: route({
    method: 'GET',
    path: '/api/endpoints/{name}/status',
    summary: 'Live latency, sources, hosts: a row for each data process',
    access: 'viewer',
    params: byName,
    response: Type.Object({
      processes: Type.Array(DataStatus),
      /** Data processes that gave no answer within a second, and why. */
      unreachable: Type.Array(Type.Object({ url: Type.String(), reason: Type.String() })),
      /** Base URLs of the data processes: what callers call. */
      urls: Type.Array(Type.String()),
    }),
  }),
  tryEndpoint: route({
    method: 'POST',
    path: '/api/endpoints/{name}/try',
    summary: 'Ask an endpoint as its callers do, with the key of this call; whatever it answers is the result',
    access: 'viewer',
    params: byName,
    body: Body({
      /** What a caller would send: `{input}` or `{inputs}`; tensors where the endpoint takes them. */
      request: Type.Unknown(),
      /** Answers past the release, out of experiments: `model@3`. */
      version: Type.Optional(Type.String({ maxLength: 300 })),
    }),
    response: Type.Object({
      url: Type.String(),
      status: Type.Integer(),
      latencyMs: Type.Number(),
      /** Those that begin with `x-`: where the answer came from. */
      headers: Type.Record(Type.String(), Type.String()),
      body: Type.Unknown(),
    }),
  }),
  deploy: route({
    method: 'POST',
    path: '/api/endpoints/{name}/deploy',
    summary: 'Release a version of a model, named by number or by an alias resolved now, or of a rule set',
    access: 'maintainer',
    params: byName,
    body: Body({
      ...target,
      /** Further arms, where the policy has more than two. */
      others: Type.Optional(Type.Array(Body(target), { maxItems: 8 })),
      policy: Type.Optional(WrittenPolicy),
      ...deployTerms,
      reason: Type.Optional(Type.String()),
      causeId: Type.Optional(Type.String()),
    }),
    response: Release,
  }),
  rollbackEndpoint: route({
    method: 'POST',
    path: '/api/endpoints/{name}/rollback',
    summary: 'Take the running challenger back, or release the version before at once',
    access: 'maintainer',
    params: byName,
    body: reason,
    response: Release,
  }),

  listReleases: route({
    method: 'GET',
    path: '/api/releases',
    summary: 'Releases, newest first',
    access: 'viewer',
    query: PageQuery({ endpoint: Type.Optional(Name), state: Type.Optional(ReleaseState) }),
    response: Page(Release),
  }),
  getRelease: route({
    method: 'GET',
    path: '/api/releases/{id}',
    summary: 'One release',
    access: 'viewer',
    params: byId,
    response: Release,
  }),
  getReleaseEvidence: route({
    method: 'GET',
    path: '/api/releases/{id}/evidence',
    summary: 'What a release was judged by over time, each reading with its band, and what was decided when',
    access: 'viewer',
    params: byId,
    response: ReleaseEvidence,
  }),
  promoteRelease: route({
    method: 'POST',
    path: '/api/releases/{id}/promote',
    summary: 'Promote by hand',
    access: 'maintainer',
    params: byId,
    body: reason,
    response: Release,
  }),
  rollbackRelease: route({
    method: 'POST',
    path: '/api/releases/{id}/rollback',
    summary: 'Roll back by hand',
    access: 'maintainer',
    params: byId,
    body: reason,
    response: Release,
  }),
  approveRelease: route({
    method: 'POST',
    path: '/api/releases/{id}/approve',
    summary: 'Approve that a release begins, or that it is promoted, where its endpoint asks for people',
    access: 'maintainer',
    params: byId,
    body: reason,
    response: Release,
  }),
  pauseRelease: route({
    method: 'POST',
    path: '/api/releases/{id}/pause',
    summary: 'Hold at the present step',
    access: 'maintainer',
    params: byId,
    body: reason,
    response: Release,
  }),
  switchRelease: route({
    method: 'POST',
    path: '/api/releases/{id}/switch',
    summary: 'Switch a blue/green release to the other side, or back',
    access: 'maintainer',
    params: byId,
    body: reason,
    response: Release,
  }),
  resumeRelease: route({
    method: 'POST',
    path: '/api/releases/{id}/resume',
    summary: 'Go on',
    access: 'maintainer',
    params: byId,
    body: reason,
    response: Release,
  }),

  explainDecision: route({
    method: 'GET',
    path: '/api/decisions/{id}',
    summary: 'A whole decision: arm, propensity, rules, features as served, versions with lineage, time by stage',
    access: 'viewer',
    params: byId,
    response: DecisionExplanation,
  }),

  listMonitors: route({
    method: 'GET',
    path: '/api/monitors',
    summary: 'Monitors with their last window',
    access: 'viewer',
    response: Page(Type.Object({ definition: MonitorDefinition, last: Type.Union([MonitorWindow, Type.Null()]) })),
  }),
  listMonitorWindows: route({
    method: 'GET',
    path: '/api/monitors/{name}/windows',
    summary: 'Closed windows, newest first',
    access: 'viewer',
    params: byName,
    query: PageQuery({}),
    response: Page(MonitorWindow),
  }),
  listFindings: route({
    method: 'GET',
    path: '/api/findings',
    summary: 'Findings, newest first',
    access: 'viewer',
    query: PageQuery({
      endpoint: Type.Optional(Name),
      monitor: Type.Optional(Name),
      severity: Type.Optional(Type.String()),
    }),
    response: Page(Finding),
  }),
  createFinding: route({
    method: 'POST',
    path: '/api/findings',
    summary: 'Report a finding',
    access: 'member',
    body: NewFinding,
    response: Finding,
  }),
} as const;
