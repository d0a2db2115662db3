import { Type, type Static } from './type.ts';

const count = Type.Integer({ minimum: 0 });

export const HostStatus = Type.Object({
  variant: Type.String(),
  pid: Type.Union([Type.Integer(), Type.Null()]),
  state: Type.Union([
    Type.Literal('starting'),
    Type.Literal('ready'),
    Type.Literal('restarting'),
    Type.Literal('stopped'),
  ]),
  restarts: count,
  residentBytes: Type.Union([Type.Integer(), Type.Null()]),
});
export type HostStatus = Static<typeof HostStatus>;

/** Live figures of one endpoint in one data process, over the last 60 s. */
export const EndpointStatus = Type.Object({
  endpoint: Type.String(),
  requests: count,
  /** Answered with an error status. */
  failures: count,
  bySource: Type.Record(Type.String(), count),
  byVariant: Type.Record(Type.String(), count),
  latencyMs: Type.Object({ p50: Type.Number(), p95: Type.Number(), p99: Type.Number(), p999: Type.Number() }),
  stagesMs: Type.Record(Type.String(), Type.Number()),
  meanBatchRows: Type.Number(),
  hosts: Type.Array(HostStatus),
  /** Newest event time among the outcomes that this process recorded; null before the first. */
  watermarkMs: Type.Optional(Type.Union([Type.Number(), Type.Null()])),
  /** Variants that the local guard holds back, with the reason. */
  guarded: Type.Record(Type.String(), Type.String()),
});
export type EndpointStatus = Static<typeof EndpointStatus>;

/** What a data process tells: `GET /internal/status` on its own port. */
export const DataStatus = Type.Object({
  process: Type.String(),
  pid: Type.Integer(),
  definitionsVersion: count,
  dialsEpoch: count,
  controlConnected: Type.Boolean(),
  decisionsDropped: count,
  residentBytes: Type.Integer(),
  endpoints: Type.Array(EndpointStatus),
});
export type DataStatus = Static<typeof DataStatus>;
