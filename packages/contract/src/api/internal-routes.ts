import { Type, type Static } from '../type.ts';
import { Allocation } from '../bandit.ts';
import { AppliedManifest } from '../manifest.ts';
import { MonitorWindow } from '../monitor.ts';
import { LocalisedText, Name } from '../names.ts';
import { Task } from '../pipeline.ts';
import { GateReading } from '../gate.ts';
import { Release } from '../release.ts';
import { RuleHits } from '../rules.ts';
import { LogLine } from './pipeline-routes.ts';
import { Body, route } from './route.ts';
import { NewFinding } from './serving-routes.ts';

const lease = Body({ leaseId: Type.String() });

/** A task handed to work, its templates resolved. Unless a heartbeat comes within 15 s the lease is given to another. */
export const LeasedTask = Type.Object({
  leaseId: Type.String(),
  runId: Type.String(),
  pipeline: Name,
  task: Task,
  attempt: Type.Integer({ minimum: 1 }),
  parameters: Type.Record(Type.String(), Type.Unknown()),
  codeDigest: Type.Union([Type.String(), Type.Null()]),
  /** Id of this task's `task-started` event: the cause of whatever it makes. */
  causeId: Type.String(),
  timeoutMs: Type.Number(),
});
export type LeasedTask = Static<typeof LeasedTask>;

/** `pause`: the strategy has done what it can, and a person decides. Others: packages/decision. */
export const Conclusion = Type.Enum(['continue', 'advance', 'promote', 'rollback', 'pause', 'inconclusive']);
export type Conclusion = Static<typeof Conclusion>;

export const internalRoutes = {
  streamSnapshot: route({
    method: 'GET',
    path: '/internal/snapshot',
    summary: 'Definitions and dials, as SnapshotLine per line, kept open',
    access: 'internal',
    responseBody: 'ndjson',
    response: Type.String(),
  }),
  leaseTasks: route({
    method: 'POST',
    path: '/internal/tasks/lease',
    summary: 'Take ready tasks; waits up to 10 s for one',
    access: 'internal',
    body: Body({ worker: Type.String(), slots: Type.Integer({ minimum: 1, maximum: 256 }) }),
    response: Type.Object({ tasks: Type.Array(LeasedTask) }),
  }),
  heartbeatTask: route({
    method: 'POST',
    path: '/internal/tasks/{leaseId}/heartbeat',
    summary: 'Keep a lease; hand over progress and log lines',
    access: 'internal',
    params: lease,
    body: Body({
      progress: Type.Optional(Type.Number({ minimum: 0, maximum: 1 })),
      logs: Type.Optional(Type.Array(Type.Omit(LogLine, ['sequence', 'task']))),
    }),
    response: Type.Object({ cancel: Type.Boolean() }),
  }),
  completeTask: route({
    method: 'POST',
    path: '/internal/tasks/{leaseId}/complete',
    summary: 'End a task with its outputs or its error',
    access: 'internal',
    params: lease,
    body: Body({
      outputs: Type.Optional(Type.Record(Type.String(), Type.Unknown())),
      error: Type.Optional(Type.Object({ code: Type.String(), message: Type.String() })),
      retryable: Type.Optional(Type.Boolean()),
    }),
    response: Type.Object({}),
  }),
  listLiveReleases: route({
    method: 'GET',
    path: '/internal/releases/live',
    summary: 'Running releases for the analyser',
    access: 'internal',
    response: Type.Object({ releases: Type.Array(Release) }),
  }),
  concludeRelease: route({
    method: 'POST',
    path: '/internal/releases/{id}/conclude',
    summary: 'What the analyser concludes of a step; refused when the release has moved on',
    access: 'internal',
    params: Body({ id: Type.String() }),
    body: Body({
      step: Type.Integer({ minimum: 0 }),
      conclusion: Conclusion,
      readings: Type.Array(GateReading),
      reason: LocalisedText,
      /** The group to promote, where it is not the challenger. */
      winner: Type.Optional(Type.String()),
      /** How the traffic is to be divided from now on, where the release learns. */
      allocation: Type.Optional(Allocation),
      causeId: Type.Optional(Type.String()),
    }),
    response: Release,
  }),
  recordMonitorWindows: route({
    method: 'POST',
    path: '/internal/monitor-windows',
    summary: 'Closed windows and their findings; recorded once by (monitor, fromMs, toMs)',
    access: 'internal',
    body: Body({ windows: Type.Array(MonitorWindow), findings: Type.Array(NewFinding) }),
    response: Type.Object({ findingIds: Type.Array(Type.String()) }),
  }),
  recordRuleHits: route({
    method: 'POST',
    path: '/internal/rule-hits',
    summary: 'How often rules fired since the log began; replaces what was recorded of them before',
    access: 'internal',
    body: Body({ hits: Type.Array(Type.Object({ ruleSet: Type.String(), hits: Type.Array(RuleHits) })) }),
    response: Type.Object({}),
  }),
  advanceWatermark: route({
    method: 'POST',
    path: '/internal/watermarks',
    summary: 'Event time has come this far; fires event-time triggers',
    access: 'internal',
    body: Body({ endpoint: Name, eventTimeMs: Type.Number() }),
    response: Type.Object({ fired: Type.Array(Type.String()) }),
  }),
  fireTrigger: route({
    method: 'POST',
    path: '/internal/triggers/{name}/fire',
    summary: 'A cron trigger is due; fires once per due time',
    access: 'internal',
    params: Body({ name: Name }),
    body: Body({ dueMs: Type.Number() }),
    response: Type.Object({ runId: Type.Union([Type.String(), Type.Null()]) }),
  }),
  currentManifest: route({
    method: 'GET',
    path: '/internal/manifest',
    summary: 'The applied manifest, or null',
    access: 'internal',
    response: Type.Object({ applied: Type.Union([AppliedManifest, Type.Null()]) }),
  }),
} as const;
