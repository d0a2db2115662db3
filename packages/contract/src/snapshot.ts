import { Type, type Static } from './type.ts';
import { ArtifactFormat } from './artifact.ts';
import { Allocation } from './bandit.ts';
import { EndpointDefinition } from './endpoint.ts';
import { FeatureReference, FeatureView } from './feature.ts';
import { Digest, FieldName } from './names.ts';
import { Overrides } from './override.ts';
import { Strategy } from './release-policy.ts';
import { RuleSetDefinition } from './rules.ts';
import { ModelSignature } from './signature.ts';
import { Variant } from './variant.ts';

/** A version of a rule set as data evaluates it; `id` as `variantId` writes it. */
export const ServableRuleSet = Type.Object({
  id: Type.String(),
  version: Type.String(),
  definition: RuleSetDefinition,
});
export type ServableRuleSet = Static<typeof ServableRuleSet>;

/** A variant as data serves it: everything needed to load and call it. */
export const ServableVariant = Type.Object({
  id: Type.String(),
  variant: Variant,
  /** Text of `X-Model-Version`. */
  version: Type.String(),
  artifact: Type.Object({ digest: Digest, format: ArtifactFormat }),
  /** Columns that the model is given, in order. */
  features: Type.Array(FieldName),
  /** Named tensors that it is given in place of columns: on endpoints that take tensors. */
  signature: Type.Optional(ModelSignature),
});
export type ServableVariant = Static<typeof ServableVariant>;

export const SnapshotEndpoint = Type.Object({
  definition: EndpointDefinition,
  /** Resolved references of the feature service; null: the inputs are the features. */
  features: Type.Union([Type.Object({ eventTime: FieldName, references: Type.Array(FeatureReference) }), Type.Null()]),
  /** Every deployed variant: those of the release and those that may be pinned. */
  variants: Type.Array(ServableVariant),
  /** Rule sets that are variants: data answers with them itself. */
  ruleVariants: Type.Optional(Type.Array(ServableRuleSet)),
  rules: Type.Optional(Type.Object({ before: Type.Optional(ServableRuleSet), after: Type.Optional(ServableRuleSet) })),
  /** Null until something was deployed: fallbacks answer. */
  release: Type.Union([
    Type.Object({ id: Type.String(), strategy: Strategy, overrides: Type.Optional(Overrides) }),
    Type.Null(),
  ]),
});
export type SnapshotEndpoint = Static<typeof SnapshotEndpoint>;

export const AccessRole = Type.Union([
  Type.Literal('viewer'),
  Type.Literal('member'),
  Type.Literal('maintainer'),
  Type.Literal('owner'),
]);
export type AccessRole = Static<typeof AccessRole>;

/** An API key as data knows it: never the secret, only its SHA-256. */
export const SnapshotKey = Type.Object({
  id: Type.String(),
  secretSha256: Digest,
  role: AccessRole,
  requestsPerSecond: Type.Union([Type.Number(), Type.Null()]),
});
export type SnapshotKey = Static<typeof SnapshotKey>;

/** Versioned, checked, swapped whole. `digest`: SHA-256 of `canonicalJson` of all but `version`, `digest`, `createdAtMs`. */
export const Definitions = Type.Object({
  version: Type.Integer({ minimum: 1 }),
  digest: Digest,
  createdAtMs: Type.Number(),
  /** Whether callers need a key; false only on loopback with a local owner. */
  authentication: Type.Boolean(),
  keys: Type.Array(SnapshotKey),
  featureViews: Type.Array(FeatureView),
  endpoints: Type.Array(SnapshotEndpoint),
});
export type Definitions = Static<typeof Definitions>;

/**
 * A small value that changes often, replaced one by one. `release-weights`: weights by group of a release, in the
 * order of its groups. Older than `staleAfterMs` (0: never stale) it falls back to `safe`.
 */
export const Dial = Type.Object({
  epoch: Type.Integer({ minimum: 1 }),
  name: Type.Literal('release-weights'),
  /** The release's id. */
  subject: Type.String(),
  value: Allocation.properties.weights,
  /** What the arms of a contextual bandit have learned. */
  model: Allocation.properties.model,
  safe: Type.Record(Type.String(), Type.Number()),
  staleAfterMs: Type.Number({ minimum: 0 }),
  createdAtMs: Type.Number(),
});
export type Dial = Static<typeof Dial>;

/**
 * Lines of `GET /internal/snapshot` (NDJSON, stays open): first definitions and all dials, then what changes;
 * a heartbeat every 5 s says that dials are current.
 */
export const SnapshotLine = Type.Union([
  Type.Object({ kind: Type.Literal('definitions'), definitions: Definitions }),
  Type.Object({ kind: Type.Literal('dial'), dial: Dial }),
  Type.Object({ kind: Type.Literal('heartbeat'), definitionsVersion: Type.Integer(), epoch: Type.Integer() }),
]);
export type SnapshotLine = Static<typeof SnapshotLine>;
