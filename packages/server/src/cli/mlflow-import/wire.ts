/**
 * Calls to a server that speaks MLflow's protocol. A call that meets a server which is away, restarting or overloaded is
 * made again, for about half a minute; what is brought over may be told twice.
 */
import { fits, type ErrorCode } from '@mulle/contract';
import type { Static, TSchema } from 'typebox';
import { sleep } from '#kernel/clock.ts';
import { MulleError } from '#kernel/errors.ts';

type Init = Omit<RequestInit, 'headers'> & { readonly headers?: Readonly<Record<string, string>> };
type Query = Readonly<Record<string, string | number | readonly string[]>>;

const tries = 8;
const firstWaitMs = 250;
const answerMs = 120_000;

const codes: Readonly<Record<string, ErrorCode>> = {
  RESOURCE_DOES_NOT_EXIST: 'not_found',
  RESOURCE_ALREADY_EXISTS: 'already_exists',
  ENDPOINT_NOT_FOUND: 'route_not_found',
};
const codesByStatus: Readonly<Record<number, ErrorCode>> = {
  401: 'unauthenticated',
  403: 'permission_denied',
  404: 'route_not_found',
  413: 'body_too_large',
  429: 'overloaded',
  502: 'unavailable',
  503: 'unavailable',
  504: 'unavailable',
  507: 'storage_full',
};

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null;
}

export class MlflowWire {
  readonly #base: string;
  readonly #headers: Readonly<Record<string, string>>;

  constructor(base: string, headers: Readonly<Record<string, string>>) {
    this.#base = base.replace(/\/+$/, '');
    this.#headers = headers;
  }

  get<S extends TSchema>(path: string, query: Query, answer: S): Promise<Static<S>> {
    return this.#json('GET', `${path}${textOf(query)}`, undefined, answer);
  }

  post<S extends TSchema>(path: string, body: object, answer: S): Promise<Static<S>> {
    return this.#json('POST', path, body, answer);
  }

  /** Sends what no answer matters of. */
  async send(path: string, body: object, headers: Readonly<Record<string, string>> = {}): Promise<void> {
    const sent = await this.#request(path, () => ({
      method: 'POST',
      headers: { 'content-type': 'application/json', ...headers },
      body: JSON.stringify(body),
      signal: AbortSignal.timeout(answerMs),
    }));
    await sent.arrayBuffer();
  }

  async text(path: string, query: Query): Promise<string> {
    const init = () => ({ signal: AbortSignal.timeout(answerMs) });
    return (await this.#request(`${path}${textOf(query)}`, init)).text();
  }

  async stream(path: string, query: Query): Promise<ReadableStream<Uint8Array>> {
    const { body } = await this.#request(`${path}${textOf(query)}`, () => ({}));
    return body ?? new Blob([]).stream();
  }

  /** PUTs a file, opened anew for each try. */
  async upload(path: string, open: () => Promise<ReadableStream<Uint8Array>>): Promise<void> {
    const sent = await this.#request(path, async () => ({
      method: 'PUT',
      headers: { 'content-type': 'application/octet-stream' },
      body: await open(),
      duplex: 'half' as const,
    }));
    await sent.arrayBuffer();
  }

  async #json<S extends TSchema>(
    method: string,
    path: string,
    body: object | undefined,
    answer: S,
  ): Promise<Static<S>> {
    const response = await this.#request(path, () => ({
      method,
      ...(body && { headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) }),
      signal: AbortSignal.timeout(answerMs),
    }));
    const value: unknown = await response.json();
    if (fits(answer, value)) return value;
    throw new MulleError(
      'invalid_argument',
      `${this.#base}${path} does not answer as MLflow does. Is this its address?`,
    );
  }

  async #request(path: string, init: () => Init | Promise<Init>): Promise<Response> {
    for (let attempt = 1; ; attempt++) {
      const error = await this.#once(path, await init());
      if (!(error instanceof MulleError)) return error;
      if (!error.retryable || attempt === tries) throw error;
      await sleep(firstWaitMs * 2 ** (attempt - 1));
    }
  }

  async #once(path: string, init: Init): Promise<Response | MulleError> {
    const url = `${this.#base}${path}`;
    try {
      const response = await fetch(url, { ...init, headers: { ...this.#headers, ...init.headers } });
      return response.ok ? response : await refusal(url, response);
    } catch (cause) {
      return new MulleError('unavailable', `${url} cannot be reached.`, { cause });
    }
  }
}

async function refusal(url: string, response: Response): Promise<MulleError> {
  const text = await response.text().catch(() => '');
  let told: unknown;
  try {
    told = JSON.parse(text);
  } catch {
    told = undefined;
  }
  const message = isRecord(told) && typeof told['message'] === 'string' ? told['message'] : text.slice(0, 200);
  const name = isRecord(told) ? String(told['error_code']) : '';
  const other: ErrorCode = response.status >= 500 ? 'invalid_state' : 'invalid_argument';
  const code = codes[name] ?? codesByStatus[response.status] ?? other;
  return new MulleError(code, message === '' ? `${url} answered ${response.status}.` : message);
}

function textOf(query: Query): string {
  const given = new URLSearchParams();
  for (const [name, value] of Object.entries(query)) {
    for (const one of Array.isArray(value) ? value : [value]) given.append(name, String(one));
  }
  return given.size > 0 ? `?${given.toString()}` : '';
}

/** Whether a failure says that there is no such thing. */
export function isAbsent(thrown: unknown): boolean {
  return thrown instanceof MulleError && (thrown.code === 'not_found' || thrown.code === 'route_not_found');
}
