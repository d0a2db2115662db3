import { invalidParameter } from './mlflow-error.ts';

type Position = readonly (string | number | null)[];

/** An opaque token for the position that the next page begins after. */
export function writePosition(position: Position): string {
  return Buffer.from(JSON.stringify(position)).toString('base64url');
}

/** Throws INVALID_PARAMETER_VALUE on a token that is none of ours. */
export function readPosition(token: string | undefined): Position | undefined {
  if (token === undefined || token === '') return undefined;
  try {
    const position: unknown = JSON.parse(Buffer.from(token, 'base64url').toString());
    if (Array.isArray(position) && position.every(isPart)) return position;
  } catch {
    // Not JSON: the same answer as JSON of another kind.
  }
  throw invalidParameter('Invalid page token, could not base64-decode');
}

function isPart(part: unknown): part is string | number | null {
  return part === null || typeof part === 'string' || typeof part === 'number';
}
