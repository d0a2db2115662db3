import { promisify } from 'node:util';
import { gunzip, inflate } from 'node:zlib';
import { MulleError } from '#kernel/errors.ts';

const inflaters = { gzip: promisify(gunzip), deflate: promisify(inflate) };

/**
 * The body without its content-encoding. Throws `body_too_large` where it grows beyond `maximumBytes` (it is not
 * inflated further), `invalid_argument` where it is not of that encoding, or the encoding is not known.
 */
export async function inflateBody(
  body: Uint8Array,
  encoding: string | undefined,
  maximumBytes: number,
): Promise<Uint8Array> {
  if (encoding === undefined || encoding === 'identity' || encoding === '') return body;
  const inflater = encoding === 'gzip' || encoding === 'deflate' ? inflaters[encoding] : undefined;
  if (!inflater) throw new MulleError('invalid_argument', `Unsupported Content-Encoding: ${encoding}`);
  try {
    return await inflater(body, { maxOutputLength: maximumBytes });
  } catch (cause) {
    if (cause instanceof Error && 'code' in cause && cause.code === 'ERR_BUFFER_TOO_LARGE') {
      throw new MulleError('body_too_large', `The body inflates beyond ${maximumBytes} bytes. Send less at once.`, {
        cause,
      });
    }
    throw new MulleError('invalid_argument', `Failed to decompress ${encoding} payload`, { cause });
  }
}
