/**
 * Where a version's files come from. A source names a run's folder, a logged model, another version, or something that
 * Mulle does not keep; what it keeps becomes the version's artifact.
 */
import type { Lineage, ModelVersion } from '@mulle/contract';
import type { NewModelVersion, RegistryService } from '#domains/registry/index.ts';
import type { BlobStore } from '#platform/blobs/index.ts';
import { invalidParameter } from './mlflow-error.ts';

interface Named {
  readonly runId: string | null;
  readonly modelId: string | null;
}

export interface SourceResolver {
  /** The artifact and lineage of a version made from the source. */
  resolve(
    source: string,
    named: Named,
  ): Promise<Pick<NewModelVersion, 'artifactDigest' | 'artifactFormat' | 'features' | 'metrics' | 'lineage'>>;
  /** Where a client downloads the version's files from. */
  downloadUri(version: ModelVersion): Promise<string>;
}

function lineageOf(runId: string | null): Lineage {
  return {
    runId,
    datasetVersion: null,
    featureService: null,
    codeDigest: null,
    parameters: {},
    seed: null,
    environment: {},
  };
}

/** `models:/NAME/VERSION`; undefined for other sources and for logged models. */
function versionIn(source: string): { model: string; version: number } | undefined {
  const match = /^models:\/([^/]+)\/(\d+)$/.exec(source);
  return match ? { model: match[1] ?? '', version: Number(match[2]) } : undefined;
}

/** Sources of what Mulle does not keep have an artifact of no bytes: the version is registered, not served. */
export function sourceResolver(registry: RegistryService, blobs: BlobStore): SourceResolver {
  return {
    async resolve(source, { runId }) {
      const other = versionIn(source);
      if (other) {
        const { artifact, features, metrics, lineage } = await registry.getVersion(other.model, other.version);
        const { digest: artifactDigest, format: artifactFormat } = artifact;
        return { artifactDigest, artifactFormat, features, metrics, lineage };
      }
      if (source.startsWith('models:/') && !/^models:\/m-[0-9a-f]+$/.test(source)) {
        throw invalidParameter(`Invalid model version source: '${source}'. Name a version, as in models:/NAME/1.`);
      }
      const { digest } = await blobs.put(new Uint8Array());
      return { artifactDigest: digest, artifactFormat: 'onnx', features: [], metrics: {}, lineage: lineageOf(runId) };
    },
    async downloadUri(version) {
      const other = version.source === null ? undefined : versionIn(version.source);
      if (other) return this.downloadUri(await registry.getVersion(other.model, other.version));
      return version.source ?? `mulle-blobs:/${version.artifact.digest}`;
    },
  };
}
