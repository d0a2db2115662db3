import { Type, type Static } from './type.ts';
import { Field } from './field.ts';
import { Duration, FieldName, Name } from './names.ts';
import { Overrides } from './override.ts';
import { ApprovalGates } from './release-terms.ts';
import { WrittenPolicy } from './written-policy.ts';
import { RuleSetReference } from './rules.ts';
import { ModelSignature } from './signature.ts';

/** Tried in order when the chosen variant gives no answer in time. */
export const Fallback = Type.Union([
  /** The other variant of the release. */
  Type.Object({ kind: Type.Literal('variant') }, { additionalProperties: false }),
  /** The last good answer for the same features, at most this old. */
  Type.Object({ kind: Type.Literal('stale'), maxAge: Duration }, { additionalProperties: false }),
  Type.Object({ kind: Type.Literal('default'), score: Type.Number() }, { additionalProperties: false }),
]);
export type Fallback = Static<typeof Fallback>;

/** What one host process of an endpoint's variants may use. One that goes beyond is ended, and started anew. */
export const HostLimits = Type.Object(
  {
    /** Resident memory; default: no bound. */
    memoryMb: Type.Optional(Type.Integer({ minimum: 64 })),
    /** Time of one batch; default 10 s, and 2.5 s in which nothing is computed. */
    batch: Type.Optional(Duration),
    /** Threads of the numeric libraries of a Python host; default 1. */
    threads: Type.Optional(Type.Integer({ minimum: 1, maximum: 256 })),
  },
  { additionalProperties: false },
);
export type HostLimits = Static<typeof HostLimits>;

export const EndpointDefinition = Type.Object(
  {
    name: Name,
    description: Type.Optional(Type.String()),
    /** The fields that a caller sends, and that score a row; empty where it takes tensors. */
    inputs: Type.Array(Field),
    /** Takes and gives these named tensors, in place of fields and scores. */
    tensors: Type.Optional(ModelSignature),
    /** Turns inputs into the model's features, looked up at the service's event time. Without one, the inputs are the features, in order. */
    featureService: Type.Optional(Name),
    /** The input that identifies the unit for sticky assignment; default: the request id. */
    unit: Type.Optional(FieldName),
    policy: WrittenPolicy,
    /** Who meets which group, whatever the live release says; after those of the release itself. */
    overrides: Type.Optional(Overrides),
    /** People who have to approve of each release here. */
    approvals: Type.Optional(ApprovalGates),
    /** Rules that answer or enrich before a variant is asked, and rules that override its answer. */
    rules: Type.Optional(
      Type.Object(
        { before: Type.Optional(RuleSetReference), after: Type.Optional(RuleSetReference) },
        { additionalProperties: false },
      ),
    ),
    /** Answers are given again for the same features of the same version, at most this old; for endpoints that take fields. */
    cache: Type.Optional(
      Type.Object(
        {
          ttl: Duration,
          /** The last questions that are kept in each data process; default 10,000. */
          entries: Type.Optional(Type.Integer({ minimum: 1, maximum: 1_000_000 })),
        },
        { additionalProperties: false },
      ),
    ),
    fallback: Type.Array(Fallback),
    timeout: Duration,
    slo: Type.Optional(Type.Object({ p95Ms: Type.Number(), p99Ms: Type.Number() }, { additionalProperties: false })),
    /** `fast`: decisions are recorded behind the answer; `strict`: before it. */
    recording: Type.Optional(Type.Union([Type.Literal('fast'), Type.Literal('strict')])),
    /** Model-host processes per variant; default 1. */
    hosts: Type.Optional(Type.Integer({ minimum: 1, maximum: 64 })),
    hostLimits: Type.Optional(HostLimits),
  },
  { additionalProperties: false },
);
export type EndpointDefinition = Static<typeof EndpointDefinition>;
