import type { IncomingMessage } from 'node:http';
import { MulleError } from '#kernel/errors.ts';
import type { HttpRequest } from './http-message.ts';

/** Tells the length of the JSON in a body that goes on in bytes. */
export const jsonLengthHeader = 'inference-header-content-length';

/**
 * The body as text, that is JSON; at once where the request came whole. Fails with `unsupported_media_type`,
 * `body_too_large` (by its declared length at once, else as soon as it is passed) or `invalid_argument` when the caller
 * goes away in the middle.
 */
export function readBody(request: HttpRequest, maximumBytes: number): string | Promise<string> {
  const type = request.headers['content-type'];
  if (type !== undefined && !type.includes('json')) throw unsupported();
  const bytes = readBytes(request, maximumBytes);
  return bytes instanceof Promise ? bytes.then(textOf) : textOf(bytes);
}

function textOf(bytes: Buffer): string {
  return bytes.toString('utf8');
}

/** A body of JSON with bytes behind it, cut where the header says. Rejects as `readBody` does. */
export async function readBinaryBody(
  request: HttpRequest,
  maximumBytes: number,
): Promise<{ json: string; binary: Buffer }> {
  const bytes = await readBytes(request, maximumBytes);
  const jsonBytes = Number(request.headers[jsonLengthHeader]);
  if (!Number.isSafeInteger(jsonBytes) || jsonBytes < 0 || jsonBytes > bytes.length) {
    throw new MulleError(
      'invalid_argument',
      `Inference-Header-Content-Length must be the length of the JSON within a body of ${bytes.length} bytes.`,
    );
  }
  return { json: bytes.toString('utf8', 0, jsonBytes), binary: bytes.subarray(jsonBytes) };
}

function unsupported(): MulleError {
  return new MulleError('unsupported_media_type', 'Send plain JSON with "Content-Type: application/json".');
}

function readBytes(request: HttpRequest, maximumBytes: number): Buffer | Promise<Buffer> {
  const { 'content-encoding': encoding, 'content-length': length } = request.headers;
  if (encoding !== undefined && encoding !== 'identity') throw unsupported();
  if (length !== undefined && Number(length) > maximumBytes) throw tooLarge(maximumBytes);
  return 'body' in request ? request.body : gather(request, maximumBytes);
}

function gather(request: IncomingMessage, maximumBytes: number): Promise<Buffer> {
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
      resolve(chunks.length === 1 && first !== undefined ? first : Buffer.concat(chunks));
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
