import { MulleError } from '#kernel/errors.ts';

const pathCharacters = 4_096;

/**
 * A path of artifacts: names with `/` between, decoded as often as a caller may have encoded it. Throws
 * `invalid_argument` on one that is absolute, leaves its root, or holds what no file name holds.
 */
export function artifactPath(given: string): string {
  const path = given.replace(/\/+$/, '');
  const decoded = fullyDecoded(path);
  const parts = decoded.split('/');
  const isPlain =
    decoded.length <= pathCharacters &&
    !/[\\\0]/.test(decoded) &&
    !/^[A-Za-z]:|^[a-z][a-z0-9+.-]*:\//i.test(decoded) &&
    parts.every((part) => part !== '' && part !== '.' && part !== '..');
  if (isPlain) return path;
  throw new MulleError('invalid_argument', 'Invalid path');
}

function fullyDecoded(path: string): string {
  let decoded = path;
  for (let round = 0; round < 8; round++) {
    let next: string;
    try {
      next = decodeURIComponent(decoded);
    } catch {
      // A percent sign that encodes nothing is part of a name.
      return decoded;
    }
    if (next === decoded) return decoded;
    decoded = next;
  }
  return '..';
}
