import { lookup } from 'node:dns';
import { lookup as resolve } from 'node:dns/promises';
import type { LookupFunction } from 'node:net';
import { MulleError } from '#kernel/errors.ts';
import { isPublicAddress } from './public-address.ts';

interface PostTerms {
  readonly headers: Readonly<Record<string, string>>;
  readonly timeoutMs: number;
  /** Addresses of this machine and its networks as well. */
  readonly allowPrivate: boolean;
}

export interface Posted {
  readonly status: number;
  /** The beginning of the answer. */
  readonly body: string;
  readonly retryAfterMs: number | undefined;
}

const answerBytes = 16_384;

async function addressesOf(host: string): Promise<{ address: string; family: number }[]> {
  const plain = host.replace(/^\[|\]$/g, '');
  try {
    return await resolve(plain, { all: true });
  } catch (cause) {
    throw new MulleError('invalid_argument', `The host ${plain} of the URL cannot be resolved.`, { cause });
  }
}

function refused(host: string, address: string): MulleError {
  return new MulleError(
    'invalid_argument',
    `The URL must not lead to a non-public address: ${host} resolves to ${address}. An operator may allow it by webhooks.allowPrivate.`,
  );
}

/** Throws `invalid_argument` where the host of the URL has an address that is not public, or none. */
export async function assertPublicHost({ hostname }: URL): Promise<void> {
  for (const { address } of await addressesOf(hostname))
    if (!isPublicAddress(address)) throw refused(hostname, address);
}

/** Resolves at the moment of connecting: a name that leads elsewhere by then is refused by then. */
const publicLookup: LookupFunction = (host, _options, done) => {
  lookup(host, { all: true }, (failure, found) => {
    const other = found?.find(({ address }) => !isPublicAddress(address));
    done(other ? refused(host, other.address) : failure, found ?? []);
  });
};

/** Posts a JSON text to an address that somebody gave; redirects are not followed, environment proxies not asked. */
export async function postJson(url: URL, body: string, terms: PostTerms): Promise<Posted> {
  if (!terms.allowPrivate) await assertPublicHost(url);
  const { request } = url.protocol === 'https:' ? await import('node:https') : await import('node:http');
  return new Promise((resolvePosted, reject) => {
    const sent = request(url, {
      method: 'POST',
      headers: { ...terms.headers, 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) },
      signal: AbortSignal.timeout(terms.timeoutMs),
      agent: false,
      ...(terms.allowPrivate ? {} : { lookup: publicLookup }),
    });
    sent.once('error', reject);
    sent.once('response', (answer) => {
      let text = '';
      answer.setEncoding('utf8');
      answer.on('data', (piece: string) => {
        if (text.length < answerBytes) text += piece.slice(0, answerBytes - text.length);
      });
      answer.once('error', reject);
      answer.once('end', () => {
        const seconds = Number(answer.headers['retry-after']);
        const retryAfterMs = Number.isFinite(seconds) ? seconds * 1_000 : undefined;
        resolvePosted({ status: answer.statusCode ?? 0, body: text, retryAfterMs });
      });
    });
    sent.end(body);
  });
}
