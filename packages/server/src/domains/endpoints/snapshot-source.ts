import {
  variantId,
  type AppliedManifest,
  type Dial,
  type ModelVersion,
  type Release,
  type Variant,
} from '@mulle/contract';
import type { AccessService } from '#domains/access/index.ts';
import type { RegistryService } from '#domains/registry/index.ts';
import { challengerOf, type ReleaseRecord, type ReleaseService } from '#domains/releases/index.ts';
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
  readonly access: Pick<AccessService, 'snapshotKeys'>;
  /** Data listens on this machine only: without a key everybody is the local owner. */
  readonly onLoopback: boolean;
}

/** Reads from the domains what a snapshot is made of. */
export class SnapshotSource {
  readonly #options: SnapshotSourceOptions;
  /** A version never changes but for its aliases, which a snapshot does not hold. */
  readonly #versions = new Map<string, ModelVersion>();

  constructor(options: SnapshotSourceOptions) {
    this.#options = options;
  }

  /** A text that changes whenever a snapshot could; cheap to ask for after every commit. */
  async fingerprint(): Promise<string> {
    const { manifest, releases, access } = this.#options;
    const keys = await access.snapshotKeys();
    return JSON.stringify([manifest()?.version ?? 0, await releases.lastEpoch(), keys]);
  }

  /** Definitions and the dials of all live releases, in the order of their epochs. */
  async read(): Promise<{ definitions: CompiledDefinitions; dials: Dial[] }> {
    const { manifest, access, onLoopback } = this.#options;
    const project = manifest()?.manifest ?? null;
    const endpoints: DeployedEndpoint[] = [];
    const dials: Dial[] = [];
    for (const definition of project?.endpoints ?? []) {
      const { live, versions } = await this.#deployed(definition.name);
      endpoints.push({ definition, live: live?.release ?? null, versions });
      if (live) dials.push(compileDial(live.release, live.epoch));
    }
    const keys = await access.snapshotKeys();
    const authentication = keys.length > 0 || !onLoopback;
    const definitions = compileDefinitions(project, endpoints, { authentication, keys });
    return { definitions, dials: dials.toSorted((a, b) => a.epoch - b.epoch) };
  }

  async #deployed(endpoint: string): Promise<{ live: ReleaseRecord | undefined; versions: ModelVersion[] }> {
    const { settled, contender } = await this.#options.releases.standing(endpoint);
    const live = contender ?? settled;
    const variants = live ? variantsOf(live.release) : [];
    variants.push(...(await this.#options.releases.promotedVariants(endpoint, pinnableVersions)));
    const versions: ModelVersion[] = [];
    for (const variant of new Map(variants.map((each) => [variantId(each), each])).values())
      if (variant.kind === 'model') versions.push(await this.#version(variant.model, variant.version));
    return { live, versions };
  }

  async #version(model: string, version: number): Promise<ModelVersion> {
    const id = `${model}@${version}`;
    const known = this.#versions.get(id) ?? (await this.#options.models.getVersion(model, version));
    this.#versions.set(id, known);
    return known;
  }
}

function variantsOf({ strategy }: Release): Variant[] {
  return strategy.kind === 'single' ? [strategy.variant] : [challengerOf(strategy), strategy.incumbent];
}
