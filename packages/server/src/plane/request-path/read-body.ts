import type { IncomingMessage } from 'node:http';
import { MulleError } from '#kernel/errors.ts';

/**
 * The body as text. Rejects with `unsupported_media_type`, `body_too_large` (by its declared length at once, else as
 * soon as it is passed) or `invalid_argument` when the caller goes away in the middle.
 */
export function readBody(request: IncomingMessage, maximumBytes: number): Promise<string> {
  const { 'content-type': type, 'content-encoding': encoding, 'content-length': length } = request.headers;
  if ((type !== undefined && !type.includes('json')) || (encoding !== undefined && encoding !== 'identity')) {
    return Promise.reject(
      new MulleError('unsupported_media_type', 'Send plain JSON with "Content-Type: application/json".'),
    );
  }
  if (length !== undefined && Number(length) > maximumBytes) return Promise.reject(tooLarge(maximumBytes));
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let bytes = 0;
    request.on('data', (chunk: Buffer) => {
      bytes += chunk.length;
      if (bytes <= maximumBytes) chunks.push(chunk);
      else reject(tooLarge(maximumBytes));
    });
    request.on('end', () => {
      const [first] = chunks;
      resolve(
        chunks.length === 1 && first !== undefined ? first.toString('utf8') : Buffer.concat(chunks).toString('utf8'),
      );
    });
    request.on('error', () => reject(new MulleError('invalid_argument', 'The request ended before its body did.')));
  });
}

function tooLarge(maximumBytes: number): MulleError {
  return new MulleError('body_too_large', `A body has at most ${maximumBytes} bytes. Send fewer rows a request.`);
}

/** Throws `invalid_json` with the parser's own words. */
export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (thrown) {
    const reason = thrown instanceof Error ? thrown.message : String(thrown);
    throw new MulleError(
      'invalid_json',
      `The body is no JSON: ${reason.slice(0, 200)}. NaN and Infinity are none either.`,
    );
  }
}
