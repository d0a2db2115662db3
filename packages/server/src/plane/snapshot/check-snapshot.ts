import { canonicalJson, Definitions, Dial, fits, misfitOf, SnapshotLine, Type } from '@mulle/contract';
import type { Static, TSchema } from 'typebox';
import { MulleError } from '#kernel/errors.ts';
import { sha256 } from '#kernel/ids.ts';

const Dials = Type.Array(Dial);

function checked<S extends TSchema>(schema: S, text: string, what: string): Static<S> {
  const value: unknown = JSON.parse(text);
  if (fits(schema, value)) return value;
  const misfit = misfitOf(schema, value);
  throw new MulleError('corrupt_data', `${what} is not valid at ${misfit?.pointer || '/'}: ${misfit?.message ?? ''}`);
}

/** SHA-256 over everything that says what to serve; see `Definitions`. */
export function definitionsDigest(definitions: Omit<Definitions, 'version' | 'digest' | 'createdAtMs'>): string {
  const { authentication, keys, featureViews, endpoints } = definitions;
  return sha256(canonicalJson({ authentication, keys, featureViews, endpoints }));
}

function withDigest(definitions: Definitions): Definitions {
  if (definitionsDigest(definitions) === definitions.digest) return definitions;
  throw new MulleError(
    'corrupt_data',
    `The digest of definitions ${definitions.version} does not match their content.`,
  );
}

/** A line of the snapshot stream. Throws `corrupt_data` or SyntaxError. */
export function parseSnapshotLine(text: string): Static<typeof SnapshotLine> {
  const parsed = checked(SnapshotLine, text, 'A line of the snapshot');
  if (parsed.kind === 'definitions') withDigest(parsed.definitions);
  return parsed;
}

export function parseDefinitions(bytes: Buffer): Definitions {
  return withDigest(checked(Definitions, bytes.toString('utf8'), 'The file'));
}

export function parseDials(bytes: Buffer): Dial[] {
  return checked(Dials, bytes.toString('utf8'), 'The file');
}
