import { request, type IncomingMessage } from 'node:http';

/** What is read of an answer, as of a `Response`. */
interface LightAnswer {
  readonly ok: boolean;
  readonly status: number;
  readonly headers: { get(name: string): string | null };
  text(): Promise<string>;
  json(): Promise<unknown>;
}

/**
 * `fetch` for calls between roles: plain HTTP, headers as a record, a body of text, no redirects. Node's own takes 18 MB
 * in each process from its first call on.
 */
export function lightFetch(
  url: string,
  { method = 'GET', headers, body, signal }: Pick<RequestInit, 'method' | 'headers' | 'body' | 'signal'>,
): Promise<LightAnswer> {
  const { promise, resolve, reject } = Promise.withResolvers<LightAnswer>();
  const options = { method, headers: Object.fromEntries(Object.entries(headers ?? {})), ...(signal ? { signal } : {}) };
  const asked = request(url, options, (response) => resolve(answerOf(response)));
  asked.once('error', (error) => reject(signal?.aborted === true ? signal.reason : error));
  asked.end(typeof body === 'string' ? body : undefined);
  return promise;
}

function answerOf(response: IncomingMessage): LightAnswer {
  const status = response.statusCode ?? 0;
  const text = async (): Promise<string> => Buffer.concat(await response.toArray()).toString('utf8');
  return {
    ok: status >= 200 && status < 300,
    status,
    headers: { get: (name) => headerOf(response, name) },
    text,
    json: async () => JSON.parse(await text()) as unknown,
  };
}

function headerOf({ headers }: IncomingMessage, name: string): string | null {
  const value = headers[name.toLowerCase()];
  return Array.isArray(value) ? value.join(', ') : (value ?? null);
}
