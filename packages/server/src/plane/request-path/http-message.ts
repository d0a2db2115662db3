import type { IncomingHttpHeaders, IncomingMessage } from 'node:http';

/** A request whose body is here already. */
export interface WholeRequest {
  readonly method: string;
  readonly url: string;
  /** As `node:http` gives them: lower-case names, values without the space around them. */
  readonly headers: IncomingHttpHeaders;
  readonly complete: true;
  readonly body: Buffer;
}

/** What the path reads: a request of `node:http`, or one that came whole. */
export type HttpRequest = IncomingMessage | WholeRequest;

/** What the path writes an answer to; a `ServerResponse` is one. */
export interface HttpResponse {
  readonly req: { readonly complete: boolean };
  readonly headersSent: boolean;
  /** The caller is gone. */
  readonly destroyed: boolean;
  shouldKeepAlive: boolean;
  /** Headers are a flat list of names and values; they name the body's length. */
  writeHead(status: number, headers: string[]): unknown;
  write(text: string, encoding: BufferEncoding): unknown;
  end(body?: string | Buffer, encoding?: BufferEncoding): unknown;
}
