import { Bundle, fits } from '@mulle/contract';
import { MulleError } from '#kernel/errors.ts';

/** A bundle's list of files, as it was stored; throws `invalid_argument` on what is none or leaves its folder. */
export function readBundle(bytes: Uint8Array): Bundle {
  let value: unknown;
  try {
    value = JSON.parse(Buffer.from(bytes).toString('utf8'));
  } catch (cause) {
    throw new MulleError('invalid_argument', 'The bundle’s list of files is no JSON.', { cause });
  }
  if (!fits(Bundle, value)) {
    throw new MulleError('invalid_argument', 'A bundle lists its files by relative path, digest and bytes.');
  }
  const paths = new Set(value.files.map(({ path }) => path));
  if (paths.size === value.files.length) return value;
  throw new MulleError('invalid_argument', 'The bundle names a path twice.');
}
