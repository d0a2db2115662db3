/**
 * Where a version's files come from. A source names a run's folder, a logged model, another version, or something that
 * Mulle does not keep; what it keeps becomes the version's artifact.
 */
import { noLineage, type Lineage, type ModelVersion } from '@mulle/contract';
import { treePath, type ArtifactsService } from '#domains/artifacts/index.ts';
import type { LoggedModelsService, RunsService } from '#domains/experiments/index.ts';
import type { NewModelVersion, RegistryService } from '#domains/registry/index.ts';
import { MulleError } from '#kernel/errors.ts';
import type { BlobStore } from '#platform/blobs/index.ts';
import { modelFile } from '#platform/bundles/index.ts';
import { invalidParameter } from './mlflow-error.ts';

interface Named {
  readonly runId: string | null;
  readonly modelId: string | null;
  /** Brought over from elsewhere by a maintainer, who may name what others made. */
  readonly isBrought: boolean;
}

type Origin = Pick<NewModelVersion, 'artifactDigest' | 'artifactFormat' | 'features' | 'metrics' | 'lineage'>;

export interface SourceResolver {
  /** The artifact and lineage of a version made from the source. */
  resolve(source: string, named: Named): Promise<Origin>;
  /** Those of a version without files, such as a prompt's, whose text is in its tags. */
  nothing(runId: string | null): Promise<Origin>;
  /** Where a client downloads the version's files from. */
  downloadUri(version: ModelVersion): Promise<string>;
}

export interface SourceOptions {
  readonly registry: RegistryService;
  readonly blobs: BlobStore;
  readonly artifacts: ArtifactsService;
  readonly runs: RunsService;
  readonly loggedModels: LoggedModelsService;
}

/** A folder that Mulle keeps, and the run that it came from. */
interface Kept {
  readonly uri: string;
  readonly runId: string | null;
}

const lineageOf = (runId: string | null): Lineage => ({ ...noLineage, runId });

/** `models:/NAME/VERSION`; undefined for other sources and for logged models. */
function versionIn(source: string): { model: string; version: number } | undefined {
  const match = /^models:\/([^/]+)\/(\d+)$/.exec(source);
  return match ? { model: match[1] ?? '', version: Number(match[2]) } : undefined;
}

/** Where a source lies among the artifacts; undefined where it does not. Throws `not_found` for a run or model that is none. */
async function keptAt({ runs, loggedModels }: SourceOptions, source: string): Promise<Kept | undefined> {
  const model = /^models:\/(m-[0-9a-f]+)\/?$/.exec(source)?.[1];
  if (model !== undefined) {
    const { row } = await loggedModels.get(model);
    return { uri: row.artifact_location, runId: row.source_run_id };
  }
  const [, run, below = ''] = /^runs:\/([0-9a-f]{32})\/?(.*)$/.exec(source) ?? [];
  if (run !== undefined) {
    const { row } = await runs.getWhole(run);
    return { uri: below === '' ? row.artifact_uri : `${row.artifact_uri}/${below}`, runId: run };
  }
  return source.startsWith('mlflow-artifacts:') ? { uri: source, runId: null } : undefined;
}

/**
 * A source within what Mulle keeps comes from the run or the logged model that the request names: nobody registers what
 * another run's files will be. A path of a machine must lie in the named one's own folder there.
 */
async function assertWithin(
  options: SourceOptions,
  source: string,
  { runId, modelId, isBrought }: Named,
): Promise<void> {
  const named = modelId === null ? 'run_id' : 'model_id';
  if (isBrought) return;
  const isLocal = /^(file:|[^:]*$)/.test(source);
  if (!isLocal && !/^(runs|mlflow-artifacts|models):/.test(source)) return;
  if (versionIn(source)) return;
  const root = await rootOf(options, { runId, modelId });
  const match = /^(?:runs|models):\/([^/]+)/.exec(source);
  const isWithin = match
    ? match[1] === (source.startsWith('runs:') ? (modelId === null ? runId : null) : modelId)
    : root !== undefined && `${plainPath(source)}/`.startsWith(`${plainPath(root)}/`);
  if (isWithin) return;
  throw invalidParameter(
    isLocal
      ? `Invalid model version source: '${source}'. To use a local path as a model version source, the ${named} request parameter has to be specified and the local path has to be contained within the artifact directory of the run specified by the ${named}.`
      : `Invalid model version source: '${source}'. The ${match && source.startsWith('models:') ? 'model_id' : named} request parameter must identify the resource that contains the source.`,
  );
}

/** Where the named one keeps its files; undefined where there is no such one. */
async function rootOf(
  { runs, loggedModels }: SourceOptions,
  { runId, modelId }: Omit<Named, 'isBrought'>,
): Promise<string | undefined> {
  try {
    if (modelId !== null) return (await loggedModels.get(modelId)).row.artifact_location;
    return runId === null ? undefined : (await runs.getWhole(runId)).row.artifact_uri;
  } catch (thrown) {
    if (thrown instanceof MulleError && thrown.code === 'not_found') return undefined;
    throw thrown;
  }
}

/** An address without host and repeated slashes, a file's as its path. */
function plainPath(uri: string): string {
  return uri
    .replace(/^file:(\/\/[^/]*)?/, '')
    .replace(/^(mlflow-artifacts):\/\/[^/]*/, '$1:')
    .replaceAll(/\/+/g, '/')
    .replace(/\/$/, '');
}

/** The bundle of a model's folder; undefined for a folder that holds no model. */
async function bundleOf(artifacts: ArtifactsService, uri: string): Promise<string | undefined> {
  const entries = await artifacts.list(treePath(uri));
  return entries.some(({ name }) => name === modelFile) ? artifacts.bundle(treePath(uri)) : undefined;
}

/** Sources of what Mulle does not keep have an artifact of no bytes: the version is registered, not served. */
export function sourceResolver(options: SourceOptions): SourceResolver {
  const { registry, blobs, artifacts, loggedModels } = options;
  return {
    async resolve(source, named) {
      await assertWithin(options, source, named);
      const { runId, modelId } = named;
      const other = versionIn(source);
      if (other) {
        const { artifact, features, metrics, lineage } = await registry.getVersion(other.model, other.version);
        const { digest: artifactDigest, format: artifactFormat } = artifact;
        return { artifactDigest, artifactFormat, features, metrics, lineage };
      }
      if (source.startsWith('models:/') && !/^models:\/m-[0-9a-f]+\/?$/.test(source)) {
        throw invalidParameter(`Invalid model version source: '${source}'. Name a version, as in models:/NAME/1.`);
      }
      const kept = await keptAt(options, source);
      const ofModel = modelId === null ? null : (await loggedModels.get(modelId)).row.source_run_id;
      const madeBy = runId ?? kept?.runId ?? ofModel;
      const digest = kept && (await bundleOf(artifacts, kept.uri));
      if (digest === undefined) return this.nothing(madeBy);
      return { artifactDigest: digest, artifactFormat: 'bundle', metrics: {}, lineage: lineageOf(madeBy) };
    },
    async nothing(runId) {
      const empty = await blobs.put(new Uint8Array());
      return {
        artifactDigest: empty.digest,
        artifactFormat: 'onnx',
        features: [],
        metrics: {},
        lineage: lineageOf(runId),
      };
    },
    async downloadUri({ source, artifact }) {
      if (source === null) return `mulle-blobs:/${artifact.digest}`;
      const other = versionIn(source);
      if (other) return this.downloadUri(await registry.getVersion(other.model, other.version));
      return (await keptAt(options, source))?.uri ?? source;
    },
  };
}
