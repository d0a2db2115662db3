import {
  challengersOf,
  incumbentOf,
  variantId,
  type AppliedManifest,
  type Dial,
  type EndpointDefinition,
  type ModelVersion,
  type Release,
  type RuleSetVersion,
  type Variant,
} from '@mulle/contract';
import type { AccessService } from '#domains/access/index.ts';
import type { RegistryService } from '#domains/registry/index.ts';
import type { RulesService } from '#domains/rules/index.ts';
import { type ReleaseRecord, type ReleaseService } from '#domains/releases/index.ts';
import {
  compileDefinitions,
  compileDial,
  type CompiledDefinitions,
  type DeployedEndpoint,
} from './compile-snapshot.ts';

/** Versions that were released last and can be pinned. */
const pinnableVersions = 3;

export interface SnapshotSourceOptions {
  readonly manifest: () => AppliedManifest | null;
  readonly releases: Pick<ReleaseService, 'standing' | 'promotedVariants' | 'lastEpoch'>;
  readonly models: Pick<RegistryService, 'getVersion'>;
  readonly rules: Pick<RulesService, 'get' | 'resolve' | 'lastPublication' | 'holds'>;
  readonly access: Pick<AccessService, 'snapshotKeys'>;
  /** Data listens on this machine only: without a key everybody is the local owner. */
  readonly onLoopback: boolean;
}

/** Reads from the domains what a snapshot is made of. */
export class SnapshotSource {
  readonly #options: SnapshotSourceOptions;
  /** A version never changes but for its aliases, which a snapshot does not hold. */
  readonly #versions = new Map<string, ModelVersion>();
  #fingerprint = '';

  constructor(options: SnapshotSourceOptions) {
    this.#options = options;
  }

  /** Forgets the versions that were read: others may have their names. */
  forget(): void {
    this.#versions.clear();
  }

  /** A text that changes whenever a snapshot could; cheap to ask for after every commit. */
  async fingerprint(): Promise<string> {
    const { manifest, releases, rules, access } = this.#options;
    const applied = manifest();
    // What follows an apply is still to come: what is published now goes on.
    if (applied && this.#fingerprint !== '' && !(await rules.holds(applied.manifest))) return this.#fingerprint;
    const keys = await access.snapshotKeys();
    const parts = [applied?.version ?? 0, await releases.lastEpoch(), await rules.lastPublication(), keys];
    this.#fingerprint = JSON.stringify(parts);
    return this.#fingerprint;
  }

  /** Definitions and the dials of all live releases, in the order of their epochs. */
  async read(): Promise<{ definitions: CompiledDefinitions; dials: Dial[] }> {
    const { manifest, access, onLoopback } = this.#options;
    const project = manifest()?.manifest ?? null;
    const endpoints: DeployedEndpoint[] = [];
    const dials: Dial[] = [];
    for (const definition of project?.endpoints ?? []) {
      const { live, variants } = await this.#deployed(definition.name);
      endpoints.push({
        definition,
        live: live?.release ?? null,
        versions: await this.#modelVersions(variants),
        ruleVersions: await this.#ruleVersions(variants),
        rules: await this.#rulesAround(definition),
      });
      if (live) dials.push(compileDial(live));
    }
    const keys = await access.snapshotKeys();
    const authentication = keys.length > 0 || !onLoopback;
    const definitions = compileDefinitions(project, endpoints, { authentication, keys });
    return { definitions, dials: dials.toSorted((a, b) => a.epoch - b.epoch) };
  }

  /** What answers on an endpoint or may be pinned, each variant once. */
  async #deployed(endpoint: string): Promise<{ live: ReleaseRecord | undefined; variants: Variant[] }> {
    const { settled, contender } = await this.#options.releases.standing(endpoint);
    // Nobody meets a release that still waits.
    const live = contender?.release.state === 'pending' ? settled : (contender ?? settled);
    const variants = live ? variantsOf(live.release) : [];
    variants.push(...(await this.#options.releases.promotedVariants(endpoint, pinnableVersions)));
    return { live, variants: [...new Map(variants.map((each) => [variantId(each), each])).values()] };
  }

  async #modelVersions(variants: readonly Variant[]): Promise<ModelVersion[]> {
    const versions: ModelVersion[] = [];
    for (const variant of variants)
      if (variant.kind === 'model') versions.push(await this.#version(variant.model, variant.version));
    return versions;
  }

  async #ruleVersions(variants: readonly Variant[]): Promise<RuleSetVersion[]> {
    const versions: RuleSetVersion[] = [];
    for (const variant of variants)
      if (variant.kind === 'rules') versions.push(await this.#options.rules.get(variant.ruleSet, variant.version));
    return versions;
  }

  async #rulesAround({ rules }: EndpointDefinition): Promise<DeployedEndpoint['rules']> {
    const around: { before?: RuleSetVersion; after?: RuleSetVersion } = {};
    if (rules?.before) around.before = await this.#options.rules.resolve(rules.before);
    if (rules?.after) around.after = await this.#options.rules.resolve(rules.after);
    return around;
  }

  async #version(model: string, version: number): Promise<ModelVersion> {
    const id = `${model}@${version}`;
    const known = this.#versions.get(id) ?? (await this.#options.models.getVersion(model, version));
    this.#versions.set(id, known);
    return known;
  }
}

function variantsOf({ strategy }: Release): Variant[] {
  const incumbent = incumbentOf(strategy);
  return incumbent === null ? challengersOf(strategy) : [...challengersOf(strategy), incumbent];
}
