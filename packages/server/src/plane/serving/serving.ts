import {
  durationMs,
  type Definitions,
  type EndpointDefinition,
  type Fallback,
  type ModelSignature,
  type ServableRuleSet,
  type ServableVariant,
  type SnapshotEndpoint,
  type SnapshotKey,
} from '@mulle/contract';
import {
  createWindowStore,
  strategyModule,
  type CompiledRelease,
  type InterleavingPlan,
  type ShadowCopies,
  type StrategyModule,
  type WindowStore,
} from '@mulle/decision';
import type { CompiledExpression } from '@mulle/decision/rules';
import type { EndpointMetrics } from '../telemetry/endpoint-metrics.ts';
import { compileField, type FieldCheck } from './field-check.ts';
import { compileRowFeatures, type RowFeatures } from './row-features.ts';
import { compileRecordJson, type RecordJson } from './record-json.ts';
import { compileOverrides, type ServingOverride } from './overrides.ts';
import type { ServingRules } from './rule-serving.ts';
import type { HostedVariant, ServingVariant, TensorVariant } from './serving-variant.ts';
import type { ShadowQueue } from './shadow-queue.ts';
import type { PredictionCache } from './prediction-cache.ts';
import type { StaleAnswers } from './stale-answers.ts';

export interface ServingRelease {
  readonly id: string;
  readonly compiled: CompiledRelease;
  readonly choose: StrategyModule['choose'];
}

/** A variant that is asked behind the answers. */
export interface ServingShadow {
  readonly copies: ShadowCopies;
  /** Of the hash of the request that says whether it is copied. */
  readonly salt: string;
  /** Undefined where it is not deployed here. */
  readonly variant: ServingVariant | undefined;
  readonly queue: ShadowQueue;
}

/** A variant whose ranking is merged into the answers. */
export interface ServingInterleaving {
  readonly plan: InterleavingPlan;
  /** Undefined where it is not deployed here. */
  readonly variant: ServingVariant | undefined;
}

export type ServingFallback =
  | { readonly kind: 'variant' }
  | { readonly kind: 'stale'; readonly maxAgeMs: number }
  | { readonly kind: 'default'; readonly score: number };

/** An endpoint, compiled: everything that a request needs, looked up nowhere else. */
export interface ServingEndpoint {
  readonly name: string;
  readonly definition: EndpointDefinition;
  readonly fields: readonly FieldCheck[];
  readonly fieldIndex: ReadonlyMap<string, number>;
  readonly features: RowFeatures;
  /** Index of the unit's field; −1: the request id is the unit. */
  readonly unitAt: number;
  readonly release: ServingRelease | null;
  /** Null where the release tries nothing in the shadow. */
  readonly shadow: ServingShadow | null;
  /** Asked before the release chooses, its own first; null: there are none. */
  readonly overrides: readonly ServingOverride[] | null;
  /** Null where the release interleaves nothing. */
  readonly interleaving: ServingInterleaving | null;
  readonly variants: ReadonlyMap<string, ServingVariant>;
  /** Rules that answer or enrich before a variant is chosen, and rules that override its answer; null: none. */
  readonly rules: { readonly before: ServingRules | null; readonly after: ServingRules | null };
  /** By text of `X-Model-Version` and by id. */
  readonly pins: ReadonlyMap<string, ServingVariant>;
  readonly fallbacks: readonly ServingFallback[];
  readonly timeoutMs: number;
  readonly isStrict: boolean;
  /** Null where no fallback asks for them. */
  readonly staleAnswers: StaleAnswers | null;
  /** Null where the endpoint declares none. */
  readonly cache: PredictionCache | null;
  readonly metrics: EndpointMetrics;
  /** The named tensors that it takes and gives; null: it takes fields. */
  readonly tensors: ModelSignature | null;
  readonly json: { readonly inputs: RecordJson; readonly features: RecordJson };
}

/** What is served now. Replaced whole: a request keeps the one that it began with. */
export interface Serving {
  readonly version: number;
  readonly digest: string;
  readonly authentication: boolean;
  /** By SHA-256 of the secret. */
  readonly keys: ReadonlyMap<string, SnapshotKey>;
  /** Keys by the header that carried them, so that each is hashed once; in memory only, and only those that are known. */
  readonly keysByHeader: Map<string, SnapshotKey>;
  readonly endpoints: ReadonlyMap<string, ServingEndpoint>;
  /** Online features of the views in these definitions. */
  readonly windows: WindowStore;
}

export const nothingServed: Serving = {
  version: 0,
  digest: '',
  authentication: true,
  keys: new Map(),
  keysByHeader: new Map(),
  endpoints: new Map(),
  windows: createWindowStore([]),
};

/** What outlives a swap of definitions. */
export interface ServingParts {
  variant(
    endpoint: EndpointDefinition,
    variant: ServableVariant,
    featureNames: readonly string[],
    isReleased: boolean,
  ): HostedVariant | TensorVariant;
  rules(ruleSet: ServableRuleSet): ServingRules;
  expression(source: string): CompiledExpression;
  metrics(endpoint: string): EndpointMetrics;
  shadows(endpoint: string): ShadowQueue;
  /** Answers kept for an endpoint as long as its features mean the same. */
  staleAnswers(endpoint: string, featureNames: readonly string[]): StaleAnswers;
  /** The same for as long as features and bounds are. */
  cache(endpoint: string, featureNames: readonly string[], ttlMs: number, entries: number): PredictionCache;
}

/** Compiles definitions. Throws RangeError when they contradict themselves; then they are not served. */
export function compileServing(definitions: Definitions, parts: ServingParts): Omit<Serving, 'windows'> {
  const endpoints = definitions.endpoints.map((endpoint): [string, ServingEndpoint] => [
    endpoint.definition.name,
    compileEndpoint(endpoint, definitions, parts),
  ]);
  return {
    version: definitions.version,
    digest: definitions.digest,
    authentication: definitions.authentication,
    keys: new Map(definitions.keys.map((key) => [key.secretSha256, key])),
    keysByHeader: new Map(),
    endpoints: new Map(endpoints),
  };
}

function compileEndpoint(endpoint: SnapshotEndpoint, definitions: Definitions, parts: ServingParts): ServingEndpoint {
  const { definition } = endpoint;
  const features = compileRowFeatures(endpoint, definitions.featureViews);
  const release = endpoint.release === null ? null : compileRelease(endpoint.release);
  const released = new Set(release?.compiled.groups.map(({ variantId }) => variantId));
  const copies = release?.compiled.shadow;
  const plan = release?.compiled.interleaving;
  if (copies) released.add(copies.variantId);
  const variants: ServingVariant[] = endpoint.variants.map((variant) =>
    parts.variant(definition, variant, features.names, released.has(variant.id)),
  );
  for (const ruleSet of endpoint.ruleVariants ?? []) {
    const rules = parts.rules(ruleSet);
    variants.push({ kind: 'rules', id: rules.id, version: rules.version, rules, isReleased: released.has(rules.id) });
  }
  const { before, after } = endpoint.rules ?? {};
  const byId = new Map(variants.map((variant) => [variant.id, variant]));
  const names = definition.inputs.map(({ name }) => name);
  return {
    name: definition.name,
    definition,
    fields: definition.inputs.map(compileField),
    fieldIndex: new Map(names.map((name, index) => [name, index])),
    features,
    unitAt: definition.unit === undefined ? -1 : names.indexOf(definition.unit),
    release,
    overrides: compileOverrides([...(endpoint.release?.overrides ?? []), ...(definition.overrides ?? [])], (source) =>
      parts.expression(source),
    ),
    shadow:
      release === null || copies === undefined
        ? null
        : {
            copies,
            salt: `shadow:${release.id}`,
            variant: byId.get(copies.variantId),
            queue: parts.shadows(definition.name),
          },
    interleaving: plan === undefined ? null : { plan, variant: byId.get(plan.variantId) },
    variants: byId,
    rules: { before: before ? parts.rules(before) : null, after: after ? parts.rules(after) : null },
    pins: new Map(variants.flatMap((variant) => [[variant.id, variant] as const, [variant.version, variant] as const])),
    fallbacks: definition.fallback.map(compileFallback),
    timeoutMs: durationMs(definition.timeout),
    isStrict: definition.recording === 'strict',
    staleAnswers: definition.fallback.some(({ kind }) => kind === 'stale')
      ? parts.staleAnswers(definition.name, features.names)
      : null,
    cache: compileCache(definition, features.names, parts),
    metrics: parts.metrics(definition.name),
    tensors: definition.tensors ?? null,
    json: { inputs: compileRecordJson(names, false), features: compileRecordJson(features.names, true) },
  };
}

function compileRelease({ id, strategy }: NonNullable<SnapshotEndpoint['release']>): ServingRelease {
  const module = strategyModule(strategy.kind);
  return { id, compiled: module.compile({ strategy }), choose: (...choice) => module.choose(...choice) };
}

const cacheEntries = 10_000;

function compileCache(
  { name, cache }: EndpointDefinition,
  featureNames: readonly string[],
  parts: ServingParts,
): PredictionCache | null {
  if (cache === undefined) return null;
  return parts.cache(name, featureNames, durationMs(cache.ttl), cache.entries ?? cacheEntries);
}

function compileFallback(fallback: Fallback): ServingFallback {
  return fallback.kind === 'stale' ? { kind: 'stale', maxAgeMs: durationMs(fallback.maxAge) } : fallback;
}
