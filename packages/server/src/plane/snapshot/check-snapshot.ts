import { canonicalJson, Definitions, Dial, SnapshotLine, Type } from '@mulle/contract';
import type { Static } from 'typebox';
import { Compile } from 'typebox/schema';
import { MulleError } from '#kernel/errors.ts';
import { sha256 } from '#kernel/ids.ts';

const line = Compile(SnapshotLine);
const definitionsFile = Compile(Definitions);
const dialsFile = Compile(Type.Array(Dial));

interface Check<T> {
  Check(value: unknown): value is T;
  Errors(value: unknown): [boolean, { instancePath: string; message: string }[]];
}

function checked<T>(check: Check<T>, text: string, what: string): T {
  const value: unknown = JSON.parse(text);
  if (check.Check(value)) return value;
  const [, [error]] = check.Errors(value);
  throw new MulleError(
    'corrupt_data',
    `${what} is not valid at ${error?.instancePath || '/'}: ${error?.message ?? ''}`,
  );
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
  const parsed = checked(line, text, 'A line of the snapshot');
  if (parsed.kind === 'definitions') withDigest(parsed.definitions);
  return parsed;
}

export function parseDefinitions(bytes: Buffer): Definitions {
  return withDigest(checked(definitionsFile, bytes.toString('utf8'), 'The file'));
}

export function parseDials(bytes: Buffer): Dial[] {
  return checked(dialsFile, bytes.toString('utf8'), 'The file');
}
