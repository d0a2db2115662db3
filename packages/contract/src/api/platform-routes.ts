import { Type, type Static } from '../type.ts';
import { Activity } from '../activity.ts';
import { Digest, LocalisedText, Name } from '../names.ts';
import { AccessRole } from '../snapshot.ts';
import { Body, Page, PageQuery, route } from './route.ts';

export const AuditEntry = Type.Object({
  sequence: Type.Integer(),
  timeMs: Type.Number(),
  actor: Type.String(),
  action: Type.String(),
  subject: Type.String(),
  details: Type.Record(Type.String(), Type.Unknown()),
  previousHash: Type.String(),
  hash: Type.String(),
});

export const KeyRecord = Type.Object({
  id: Type.String(),
  name: Name,
  role: AccessRole,
  requestsPerSecond: Type.Union([Type.Number(), Type.Null()]),
  createdAtMs: Type.Number(),
});

export const stations = [
  'data',
  'features',
  'training',
  'registry',
  'release',
  'serving',
  'monitoring',
  'trigger',
] as const;
export const Station = Type.Enum(stations);
export type Station = (typeof stations)[number];

export const WheelStation = Type.Object({
  name: Station,
  state: Type.Enum(['idle', 'active', 'waiting', 'failed', 'healthy']),
  lastEvent: Type.Union([Activity, Type.Null()]),
  figure: Type.Object({ label: LocalisedText, value: Type.Union([Type.Number(), Type.Null()]), unit: Type.String() }),
});

/** One turn of the wheel: a cause, and every step that followed from it. */
export const WheelTurn = Type.Object({
  causeId: Type.String(),
  cause: LocalisedText,
  startedAtMs: Type.Number(),
  endedAtMs: Type.Union([Type.Number(), Type.Null()]),
  result: Type.Enum(['running', 'promoted', 'rolled-back', 'failed', 'no-release', 'waiting']),
  steps: Type.Array(
    Type.Object({
      station: Station,
      subject: Type.String(),
      state: Type.String(),
      startedAtMs: Type.Number(),
      endedAtMs: Type.Union([Type.Number(), Type.Null()]),
    }),
  ),
});

export const Wheel = Type.Object({
  stations: Type.Array(WheelStation),
  turns: Type.Array(WheelTurn),
  /** What waits for a person. */
  waiting: Type.Array(Type.Object({ kind: Type.String(), subject: Type.String(), message: LocalisedText })),
});

export type Wheel = Static<typeof Wheel>;

export const DoctorCheck = Type.Object({
  name: Type.String(),
  ok: Type.Boolean(),
  message: LocalisedText,
  fix: Type.Union([LocalisedText, Type.Null()]),
});

export const platformRoutes = {
  health: route({
    method: 'GET',
    path: '/api/health',
    summary: 'Liveness and version',
    access: 'public',
    response: Type.Object({ status: Type.Literal('ok'), version: Type.String() }),
  }),
  wheel: route({
    method: 'GET',
    path: '/api/wheel',
    summary: 'The wheel: stations, last turns, what waits for a person',
    access: 'viewer',
    response: Wheel,
  }),
  doctor: route({
    method: 'GET',
    path: '/api/doctor',
    summary: 'Checks of the installation, each with what to do',
    access: 'viewer',
    response: Type.Object({ checks: Type.Array(DoctorCheck) }),
  }),
  putBlob: route({
    method: 'PUT',
    path: '/api/blobs',
    summary: 'Store bytes by their content',
    access: 'member',
    requestBody: 'bytes',
    response: Type.Object({ digest: Digest, bytes: Type.Integer() }),
  }),
  getBlob: route({
    method: 'GET',
    path: '/api/blobs/{digest}',
    summary: 'Read bytes',
    access: 'viewer',
    params: Body({ digest: Digest }),
    responseBody: 'bytes',
    response: Type.String(),
  }),
  sweepBlobs: route({
    method: 'POST',
    path: '/api/blobs/sweep',
    summary: 'Reclaim the space of stored bytes that nothing names any more',
    access: 'owner',
    body: Body({
      /** What was stored within this time stays; default an hour. What a running task has stored may be named later. */
      youngerThanMs: Type.Optional(Type.Number({ minimum: 0 })),
      /** Says what would be removed, and removes nothing. */
      dryRun: Type.Optional(Type.Boolean()),
    }),
    response: Type.Object({
      kept: Type.Integer(),
      removed: Type.Integer(),
      removedBytes: Type.Number(),
    }),
  }),
  reset: route({
    method: 'POST',
    path: '/api/admin/reset',
    summary: 'Wipe everything, with experiment 0 made anew; only where the platform was started with --ephemeral',
    access: 'owner',
    body: Body({
      /** Where new experiments keep their artifacts, as an address or a path; null: with Mulle. */
      artifact_root: Type.Optional(Type.Union([Type.String({ minLength: 1, maxLength: 2_048 }), Type.Null()])),
    }),
    response: Type.Object({}),
  }),
  listActivity: route({
    method: 'GET',
    path: '/api/activity',
    summary: 'Steps of the wheel, newest first, or oldest first after a sequence number',
    access: 'viewer',
    query: PageQuery({
      type: Type.Optional(Type.String()),
      subject: Type.Optional(Type.String()),
      causeId: Type.Optional(Type.String()),
      after: Type.Optional(Type.Integer({ minimum: 0 })),
    }),
    response: Page(Activity),
  }),
  streamActivity: route({
    method: 'GET',
    path: '/api/activity/stream',
    summary: 'Steps of the wheel as server-sent events; Last-Event-ID resumes',
    access: 'viewer',
    responseBody: 'event-stream',
    response: Type.String(),
  }),
  exportEvents: route({
    method: 'GET',
    path: '/api/events',
    summary: 'Raw events of the backbone as NDJSON (StoredEvent per line)',
    access: 'viewer',
    query: Body({
      topic: Type.Optional(Type.String()),
      key: Type.Optional(Type.String()),
      fromMs: Type.Optional(Type.Number()),
      toMs: Type.Optional(Type.Number()),
    }),
    responseBody: 'ndjson',
    response: Type.String(),
  }),
  listAudit: route({
    method: 'GET',
    path: '/api/audit',
    summary: 'Audit log, newest first',
    access: 'maintainer',
    query: PageQuery({}),
    response: Page(AuditEntry),
  }),
  verifyAudit: route({
    method: 'GET',
    path: '/api/audit/verify',
    summary: 'Recompute the hash chain of the audit log',
    access: 'maintainer',
    response: Type.Object({
      ok: Type.Boolean(),
      entries: Type.Integer(),
      head: Type.String(),
      brokenAt: Type.Union([Type.Integer(), Type.Null()]),
    }),
  }),
  listKeys: route({
    method: 'GET',
    path: '/api/keys',
    summary: 'API keys, without their secrets',
    access: 'owner',
    response: Page(KeyRecord),
  }),
  createKey: route({
    method: 'POST',
    path: '/api/keys',
    summary: 'Make an API key; its secret is shown once',
    access: 'owner',
    body: Body({
      name: Name,
      role: AccessRole,
      requestsPerSecond: Type.Optional(Type.Number({ exclusiveMinimum: 0 })),
    }),
    response: Type.Object({ ...KeyRecord.properties, key: Type.String() }),
  }),
  deleteKey: route({
    method: 'DELETE',
    path: '/api/keys/{id}',
    summary: 'Revoke an API key',
    access: 'owner',
    params: Body({ id: Type.String() }),
    response: Type.Object({}),
  }),
} as const;
