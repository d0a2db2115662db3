import { MulleError } from '#kernel/errors.ts';
import type { BlobStore } from '#platform/blobs/index.ts';
import { describeModel, modelFile, readBundle, type ModelDescription } from '#platform/bundles/index.ts';
import { columnFields } from './column-fields.ts';

/** What a version needs to know of a bundle. */
export interface InspectedBundle {
  readonly flavor: string;
  /** Names for the columns of its signature, fit for fields; or why there are none. */
  readonly features: string[] | { readonly unknown: string };
  readonly signature: ModelDescription['signature'];
  /** Bytes of all files. */
  readonly bytes: number;
}

const descriptionBytes = 1024 * 1024;
const numericTypes = new Set(['double', 'float', 'long', 'integer', 'boolean']);

function featuresOf(columns: ModelDescription['columns']): InspectedBundle['features'] {
  if (columns === null) return { unknown: 'The model names no columns. Send "features", their names in order.' };
  const other = columns.find(({ type }) => !numericTypes.has(type));
  if (other !== undefined) {
    return {
      unknown: `The model's column "${other.name}" is of type ${other.type}; numbers and booleans are served. Encode it within the model's own pipeline from a number, or before it.`,
    };
  }
  return columnFields(columns.map(({ name }) => name));
}

/**
 * Reads what a stored bundle is, from the `MLmodel` that MLflow writes. Throws `not_found` where a file's bytes are not
 * stored, `invalid_argument` on a list or a description that cannot be read.
 */
export async function inspectBundle(blobs: BlobStore, digest: string): Promise<InspectedBundle> {
  const { files } = readBundle(await blobs.get(digest));
  for (const { path, digest: address, bytes } of files) {
    if ((await blobs.size(address)) === bytes) continue;
    throw new MulleError(
      'not_found',
      `The ${bytes} bytes of ${path} (${address}) are not stored. PUT /api/blobs first.`,
    );
  }
  const described = files.find(({ path }) => path === modelFile);
  if (described === undefined || described.bytes > descriptionBytes) {
    throw new MulleError('invalid_argument', `A bundle needs a file ${modelFile} at its top, as MLflow writes it.`);
  }
  const { flavor, columns, signature } = await describeModel(
    Buffer.from(await blobs.get(described.digest)).toString('utf8'),
  );
  return {
    flavor,
    features: featuresOf(columns),
    signature,
    bytes: files.reduce((sum, file) => sum + file.bytes, 0),
  };
}
