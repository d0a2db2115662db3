import { Type, type Static } from './type.ts';
import { Digest } from './names.ts';

/** `onnx`, `pmml`: the bytes of one model. `bundle`: a list of files that belong together, as `Bundle` has it. */
export const ArtifactFormat = Type.Enum(['onnx', 'pmml', 'bundle']);
export type ArtifactFormat = Static<typeof ArtifactFormat>;

/** Names with `/` between; never out of the folder, never absolute. */
const BundlePath = Type.String({
  maxLength: 1_024,
  pattern: '^(?!\\.{1,2}(/|$))[^/\\\\\\0]+(/(?!\\.{1,2}(/|$))[^/\\\\\\0]+)*$',
});

/**
 * A folder as content: the canonical JSON of this is a blob of its own, whose digest addresses the whole. Paths are
 * relative with `/` between, sorted; the bytes of each file are a blob.
 */
export const Bundle = Type.Object(
  {
    files: Type.Array(
      Type.Object(
        { path: BundlePath, digest: Digest, bytes: Type.Integer({ minimum: 0 }) },
        { additionalProperties: false },
      ),
      { minItems: 1, maxItems: 10_000 },
    ),
  },
  { additionalProperties: false },
);
export type Bundle = Static<typeof Bundle>;
