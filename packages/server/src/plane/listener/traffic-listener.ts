/**
 * The traffic port.
 *
 * States: listening → draining (takes no new connection, answers what it has, closes kept-alive ones) → closed.
 * Limits: `maxConcurrentRequests` inference and outcome requests at a time, more are refused with `overloaded` and
 * Retry-After before a byte of their body is read; 16 KB of headers; 15 s for the headers, 30 s for the whole request.
 * What is no HTTP is answered 400 and disconnected. Plain requests are read by `PlainConnection`, all others by
 * `node:http`, which takes a connection over for good; connections that begin with the preface of HTTP/2 are gRPC's.
 */
import { createServer, type Server } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { sleep } from '#kernel/clock.ts';
import { MulleError, toMulleError } from '#kernel/errors.ts';
import type { Codec } from '../codecs/codec.ts';
import { oipCodec } from '../codecs/oip.ts';
import { plainCodec } from '../codecs/plain.ts';
import { sendError } from '../request-path/answer.ts';
import type { HttpRequest, HttpResponse } from '../request-path/http-message.ts';
import { badRequest, PlainConnection, type PlainConnectionOwner } from './plain-connection.ts';
import { methodOf, routeOf, type Route } from './routes.ts';

export interface TrafficHandlers {
  /** Answers the request, whatever happens. Counted against the bound. */
  infer(request: HttpRequest, response: HttpResponse, route: Extract<Route, { kind: 'infer' }>): Promise<void>;
  record(
    request: HttpRequest,
    response: HttpResponse,
    route: Extract<Route, { kind: 'outcomes' | 'exposures' }>,
  ): Promise<void>;
  /** Everything that is read and small. */
  read(request: HttpRequest, response: HttpResponse, route: Route): Promise<void>;
}

export interface TrafficListenerOptions {
  host: string;
  port: number;
  maxConcurrentRequests: number;
  handlers: TrafficHandlers;
  /** Takes over sockets that begin as HTTP/2; how their requests are answered is told first. */
  http2: (accept: (request: HttpRequest, response: HttpResponse) => void) => Http2Sockets;
}

export interface Http2Sockets {
  take(socket: Socket): void;
  close(): void;
}

/** The first bytes of the preface of HTTP/2, with which no request of HTTP/1 begins. */
const http2Start = Buffer.from('PRI ');

const drainMs = 10_000;
const tickMs = 1_000;

export class TrafficListener implements PlainConnectionOwner {
  readonly #server: Server;
  /** How `node:http` begins with a connection. */
  readonly #handOver: ReturnType<Server['listeners']>;
  readonly #options: TrafficListenerOptions;
  readonly #http2: Http2Sockets;
  readonly #plain = new Set<PlainConnection>();
  #ticks: NodeJS.Timeout | undefined;
  #inFlight = 0;
  isDraining = false;
  readonly #leave = (): void => {
    this.#inFlight--;
  };

  constructor(options: TrafficListenerOptions) {
    this.#options = options;
    this.#http2 = options.http2((request, response) => this.accept(request, response));
    this.#server = createServer(
      {
        keepAliveTimeout: 65_000,
        headersTimeout: 15_000,
        requestTimeout: 30_000,
        maxHeaderSize: 16_384,
        noDelay: true,
      },
      (request, response) => this.accept(request, response),
    );
    this.#handOver = this.#server.listeners('connection');
    this.#server.removeAllListeners('connection');
    this.#server.on('connection', (socket: Socket) => this.#plain.add(new PlainConnection(socket, this)));
    this.#server.on('clientError', (error: NodeJS.ErrnoException, socket: Socket) => {
      if (error.code === 'ECONNRESET' || !socket.writable) return socket.destroy();
      socket.end(badRequest);
    });
  }

  /** Resolves with the port. */
  listen(): Promise<number> {
    const { host, port } = this.#options;
    return new Promise((resolve, reject) => {
      this.#server.once('error', reject);
      this.#server.listen({ host, port, backlog: 1_024 }, () => {
        this.#server.off('error', reject);
        this.#ticks = setInterval(() => {
          for (const connection of this.#plain) connection.tick();
        }, tickMs).unref();
        resolve((this.#server.address() as AddressInfo).port);
      });
    });
  }

  async close(): Promise<void> {
    this.isDraining = true;
    const closed = new Promise<void>((resolve) => this.#server.close(() => resolve()));
    const closeIdle = (): void => {
      this.#server.closeIdleConnections();
      for (const connection of this.#plain) connection.closeIfIdle();
    };
    closeIdle();
    for (let waitedMs = 0; this.#inFlight > 0 && waitedMs < drainMs; waitedMs += 10) await sleep(10);
    closeIdle();
    clearInterval(this.#ticks);
    this.#server.closeAllConnections();
    this.#http2.close();
    for (const { socket } of this.#plain) socket.destroy();
    await closed;
  }

  handOver(socket: Socket, read: Buffer): void {
    if (read.subarray(0, http2Start.length).equals(http2Start)) return this.#http2.take(socket);
    for (const listener of this.#handOver) listener.call(this.#server, socket);
    socket.resume();
  }

  left(connection: PlainConnection): void {
    this.#plain.delete(connection);
  }

  accept(request: HttpRequest, response: HttpResponse): void {
    const route = routeOf(request.url ?? '/');
    if (this.isDraining) response.shouldKeepAlive = false;
    const method = methodOf(route);
    if (route.kind === 'unknown') return this.#refuse(request, response, unknownRoute(request));
    if (request.method !== method && !(method === 'GET' && request.method === 'HEAD')) {
      const error = new MulleError(
        'method_not_allowed',
        `${request.url ?? ''} takes ${method}, not ${request.method}.`,
      );
      return this.#refuse(request, response, error);
    }
    if (route.kind !== 'infer' && route.kind !== 'outcomes' && route.kind !== 'exposures') {
      this.#options.handlers
        .read(request, response, route)
        .catch((thrown: unknown) => this.#refuse(request, response, toMulleError(thrown)));
      return;
    }
    if (this.#inFlight >= this.#options.maxConcurrentRequests) {
      const error = new MulleError('overloaded', `${this.#inFlight} requests are under way. Retry in a second.`, {
        retryAfterSeconds: 1,
      });
      return this.#refuse(request, response, error);
    }
    this.#inFlight++;
    const { handlers } = this.#options;
    const handled =
      route.kind === 'infer' ? handlers.infer(request, response, route) : handlers.record(request, response, route);
    handled.then(this.#leave, (thrown: unknown) => {
      this.#leave();
      this.#refuse(request, response, toMulleError(thrown));
    });
  }

  #refuse(request: HttpRequest, response: HttpResponse, error: MulleError): void {
    sendError(response, codecOf(request), error, '');
  }
}

/** Errors are told in the words of the protocol that was spoken. */
function codecOf(request: HttpRequest): Codec {
  return request.url?.startsWith('/v2') === true ? oipCodec : plainCodec;
}

function unknownRoute(request: HttpRequest): MulleError {
  return new MulleError(
    'route_not_found',
    `${request.method} ${(request.url ?? '').slice(0, 200)} is no route of the traffic port. Inference: POST ` +
      '/v2/models/{endpoint}/infer or /v1/endpoints/{endpoint}/predict; outcomes: POST /v1/endpoints/{endpoint}/outcomes; ' +
      'exposures: POST /v1/endpoints/{endpoint}/exposures.',
  );
}
