import {
  canonicalJson,
  promotedVariant,
  variantId,
  type Definitions,
  type Dial,
  type EndpointDefinition,
  type Manifest,
  type ModelVersion,
  type Release,
  type RuleSetVersion,
  type ServableRuleSet,
  type ServableVariant,
  type SnapshotEndpoint,
  type SnapshotKey,
  type Strategy,
} from '@mulle/contract';
import { strategyModule } from '@mulle/decision';
import { versionMisfit, type ReleaseRecord } from '#domains/releases/index.ts';
import { sha256 } from '#kernel/ids.ts';

/** Weights under test give way to the safe ones when control has said nothing for this long: six heartbeats. */
export const testedWeightsStaleAfterMs = 30_000;

/** What stands on an endpoint: its live release, and the versions that may be served, those of the release first. */
export interface DeployedEndpoint {
  readonly definition: EndpointDefinition;
  readonly live: Release | null;
  readonly versions: readonly ModelVersion[];
  /** Rule sets among the variants, and those that are asked before and after them. */
  readonly ruleVersions: readonly RuleSetVersion[];
  readonly rules: { readonly before?: RuleSetVersion; readonly after?: RuleSetVersion };
}

/** Definitions before they have a number. */
export type CompiledDefinitions = Omit<Definitions, 'version' | 'createdAtMs'>;

/** A release as data compiles it: what was promoted answers alone, whatever brought it there. */
function servedStrategy(release: Release): Strategy {
  return release.state === 'promoted' ? { kind: 'single', variant: promotedVariant(release) } : release.strategy;
}

function toServable(version: ModelVersion, { tensors }: EndpointDefinition): ServableVariant {
  const { digest, format } = version.artifact;
  const variant = { kind: 'model', model: version.model, version: version.version } as const;
  return {
    id: variantId(variant),
    variant,
    version: String(version.version),
    artifact: { digest, format },
    features: version.features,
    ...(tensors !== undefined && version.signature !== null ? { signature: version.signature } : {}),
  };
}

function toServableRuleSet({ ruleSet, version, definition }: RuleSetVersion): ServableRuleSet {
  return { id: variantId({ kind: 'rules', ruleSet, version }), version: String(version), definition };
}

function compileEndpoint(deployed: DeployedEndpoint, manifest: Manifest): SnapshotEndpoint {
  const { definition, live, versions, ruleVersions, rules } = deployed;
  const service = manifest.featureServices.find(({ name }) => name === definition.featureService);
  const servable = new Map<string, ServableVariant>();
  for (const version of versions) {
    // A version kept for pinning may need a feature that is computed no more: it cannot answer.
    if (versionMisfit(definition, manifest, version)) continue;
    const variant = toServable(version, definition);
    servable.set(variant.id, variant);
  }
  return {
    definition,
    features: service ? { eventTime: service.eventTime, references: service.features } : null,
    variants: [...servable.values()],
    ...(ruleVersions.length === 0 ? {} : { ruleVariants: ruleVersions.map(toServableRuleSet) }),
    ...(rules.before === undefined && rules.after === undefined
      ? {}
      : {
          rules: {
            ...(rules.before && { before: toServableRuleSet(rules.before) }),
            ...(rules.after && { after: toServableRuleSet(rules.after) }),
          },
        }),
    release: live && {
      id: live.id,
      strategy: servedStrategy(live),
      ...(live.terms?.overrides === undefined ? {} : { overrides: live.terms.overrides }),
    },
  };
}

/** What data needs, compiled from what control knows. The digest covers everything but version and time. */
export function compileDefinitions(
  manifest: Manifest | null,
  endpoints: readonly DeployedEndpoint[],
  access: { readonly authentication: boolean; readonly keys: SnapshotKey[] },
): CompiledDefinitions {
  const content = {
    authentication: access.authentication,
    keys: access.keys,
    featureViews: manifest?.featureViews ?? [],
    endpoints: manifest ? endpoints.map((endpoint) => compileEndpoint(endpoint, manifest)) : [],
  };
  return { ...content, digest: sha256(canonicalJson(content)) };
}

/** The weights of a live release as a dial; weights that differ from the safe ones go stale. */
export function compileDial({
  release,
  epoch,
  allocation,
}: Pick<ReleaseRecord, 'release' | 'epoch' | 'allocation'>): Dial {
  const strategy = servedStrategy(release);
  const { weights, safe } = strategyModule(strategy.kind).compile({ ...release, strategy, allocation });
  const tested = canonicalJson(weights) !== canonicalJson(safe);
  return {
    epoch,
    name: 'release-weights',
    subject: release.id,
    value: { ...weights },
    ...(strategy === release.strategy && allocation?.model ? { model: allocation.model } : {}),
    safe: { ...safe },
    staleAfterMs: tested ? testedWeightsStaleAfterMs : 0,
    createdAtMs: release.updatedAtMs,
  };
}
