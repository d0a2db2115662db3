import type { IncomingHttpHeaders } from 'node:http';
import { jsonLengthHeader } from '../request-path/read-body.ts';
import type { HttpRequest, HttpResponse, WholeRequest } from '../request-path/http-message.ts';

/** A request as the traffic port would have read it. */
export interface WholeCall {
  readonly method: 'GET' | 'POST';
  readonly url: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
}

/** Its answer: JSON, and the bytes that stand behind it. */
export interface WholeAnswer {
  readonly status: number;
  readonly headers: ReadonlyMap<string, string>;
  readonly json: string;
  readonly binary: Buffer;
}

/** Answers a request of the traffic port, whatever happens. */
export type Accept = (request: HttpRequest, response: HttpResponse) => void;

/** Sends a request down the path of the traffic port without a socket between. `isGone`: the caller waits no more. */
export function askWhole(accept: Accept, call: WholeCall, isGone: () => boolean): Promise<WholeAnswer> {
  return new Promise((resolve) => {
    const request: WholeRequest = { ...call, complete: true };
    accept(request, new GatheredResponse(resolve, isGone));
  });
}

class GatheredResponse implements HttpResponse {
  readonly req = { complete: true };
  headersSent = false;
  shouldKeepAlive = true;
  readonly #resolve: (answer: WholeAnswer) => void;
  readonly #isGone: () => boolean;
  readonly #headers = new Map<string, string>();
  readonly #pieces: Buffer[] = [];
  #status = 0;

  constructor(resolve: (answer: WholeAnswer) => void, isGone: () => boolean) {
    this.#resolve = resolve;
    this.#isGone = isGone;
  }

  get destroyed(): boolean {
    // A caller that is gone is answered all the same, so that whoever waits here goes on.
    if (!this.headersSent && this.#isGone())
      this.#resolve({ status: 499, headers: this.#headers, json: '', binary: Buffer.alloc(0) });
    return this.#isGone();
  }

  writeHead(status: number, headers: string[]): void {
    this.headersSent = true;
    this.#status = status;
    for (let index = 0; index < headers.length; index += 2) {
      this.#headers.set(headers[index]?.toLowerCase() ?? '', headers[index + 1] ?? '');
    }
  }

  write(text: string, encoding: BufferEncoding): void {
    this.#pieces.push(Buffer.from(text, encoding));
  }

  end(body: string | Buffer = '', encoding: BufferEncoding = 'utf8'): void {
    this.#pieces.push(typeof body === 'string' ? Buffer.from(body, encoding) : body);
    const bytes = Buffer.concat(this.#pieces);
    const jsonBytes = Number(this.#headers.get(jsonLengthHeader) ?? bytes.length);
    this.#resolve({
      status: this.#status,
      headers: this.#headers,
      json: bytes.toString('utf8', 0, jsonBytes),
      binary: bytes.subarray(jsonBytes),
    });
  }
}
