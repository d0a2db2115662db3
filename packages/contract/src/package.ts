import { Type, type Static } from './type.ts';
import { ArtifactFormat } from './artifact.ts';
import { EndpointDefinition } from './endpoint.ts';
import { Digest, FieldName, ModelName } from './names.ts';
import { ModelSignature } from './signature.ts';

/** A request to the package's endpoint and what it was answered where the package was made. */
export const PackageSample = Type.Object({
  /** Of the Open Inference Protocol where the endpoint takes tensors, else `{input: {…}}`. */
  request: Type.Record(Type.String(), Type.Unknown()),
  /** By output, or `score`: its values, row-major. */
  answer: Type.Record(Type.String(), Type.Array(Type.Unknown())),
});
export type PackageSample = Static<typeof PackageSample>;

/**
 * What a package says of itself, as `mulle-package.json` in a tar file beside `blobs/DIGEST`. Its canonical JSON's SHA-256
 * is the package's address: it names every byte that is served.
 */
export const PackageManifest = Type.Object({
  format: Type.Literal('mulle-package-1'),
  model: ModelName,
  version: Type.Integer({ minimum: 1 }),
  artifact: Type.Object({ digest: Digest, format: ArtifactFormat }),
  features: Type.Array(FieldName),
  signature: Type.Union([ModelSignature, Type.Null()]),
  /** What is served by: inputs or tensors, fallbacks, timeout. */
  endpoint: EndpointDefinition,
  /** Of Python models the lock stands among the files, as `requirements.txt`. */
  blobs: Type.Array(Type.Object({ digest: Digest, bytes: Type.Integer({ minimum: 0 }) }), { minItems: 1 }),
  samples: Type.Array(PackageSample),
});
export type PackageManifest = Static<typeof PackageManifest>;
