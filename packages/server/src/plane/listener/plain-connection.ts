/**
 * One connection of the traffic port while it brings plain requests: a POST with its length, small, at once, one after
 * the other. That is what inference is, and costs half of what `node:http` takes for it. Anything else, from the first
 * byte that is not plain, goes to `node:http` with all that was read, and the connection stays there; what begins as
 * HTTP/2 goes to who speaks that.
 *
 * States: idle → gathering (part of a request is here) → answering → idle … → left (handed over or closed).
 * Limits: 16 KB of head and 64 KB of request are held at most, for `gatherMs`; more, or longer, is for `node:http`, whose
 * own limits hold then. What comes while an answer is under way waits, and the socket with it.
 */
import { STATUS_CODES } from 'node:http';
import type { Socket } from 'node:net';
import { monotonicMs, nowMs } from '#kernel/clock.ts';
import type { HttpRequest, HttpResponse, WholeRequest } from '../request-path/http-message.ts';
import { readHead, type RequestHead } from './request-head.ts';

export interface PlainConnectionOwner {
  readonly isDraining: boolean;
  accept(request: HttpRequest, response: HttpResponse): void;
  /** Takes over the socket, which is paused, with what was read put back into it. */
  handOver(socket: Socket, read: Buffer): void;
  left(connection: PlainConnection): void;
}

const headBytes = 16_384;
const requestBytes = 65_536;
const gatherMs = 1_000;
const firstRequestMs = 15_000;
const keepAliveMs = 65_000;
/** For what is no HTTP, or ends in the middle. */
export const badRequest = 'HTTP/1.1 400 Bad Request\r\nConnection: close\r\nContent-Length: 0\r\n\r\n';
const headEnd = Buffer.from('\r\n\r\n');
const nothing: Buffer = Buffer.alloc(0);

export class PlainConnection {
  readonly #socket: Socket;
  readonly #owner: PlainConnectionOwner;
  /** What was read and belongs to no request that was accepted. */
  #rest = nothing;
  #head: { read: RequestHead; bodyAt: number } | undefined;
  #isAnswering = false;
  #isEnded = false;
  #sinceMs = monotonicMs();
  #hasAnswered = false;
  readonly #onData = (chunk: Buffer): void => this.#take(chunk);
  readonly #onEnd = (): void => this.#ended();
  readonly #onError = (): void => {
    this.#socket.destroy();
  };
  readonly #onClose = (): void => this.#owner.left(this);

  constructor(socket: Socket, owner: PlainConnectionOwner) {
    this.#socket = socket;
    this.#owner = owner;
    socket.on('data', this.#onData);
    socket.on('end', this.#onEnd);
    socket.on('error', this.#onError);
    socket.on('close', this.#onClose);
  }

  get socket(): Socket {
    return this.#socket;
  }

  /** To be called every second or so: what gathers too long is handed over, what idles too long is closed. */
  tick(): void {
    if (this.#isAnswering) return;
    const forMs = monotonicMs() - this.#sinceMs;
    if (this.#rest.length > 0) {
      if (forMs > gatherMs) this.#handOver();
    } else if (forMs > (this.#hasAnswered ? keepAliveMs : firstRequestMs)) this.#socket.destroy();
  }

  closeIfIdle(): void {
    if (!this.#isAnswering && this.#rest.length === 0) this.#socket.destroy();
  }

  #take(chunk: Buffer): void {
    if (this.#rest.length === 0) {
      this.#rest = chunk;
      this.#sinceMs = monotonicMs();
    } else this.#rest = Buffer.concat([this.#rest, chunk]);
    if (this.#isAnswering) this.#socket.pause();
    else this.#next();
  }

  /** Accepts the request that stands first in what was read, once it is whole. */
  #next(): void {
    const bytes = this.#rest;
    this.#head ??= this.#readHead(bytes);
    if (this.#head === undefined) return;
    const { read, bodyAt } = this.#head;
    const end = bodyAt + read.bodyBytes;
    if (end > requestBytes) return this.#handOver();
    if (bytes.length < end) return;
    this.#head = undefined;
    this.#rest = bytes.length === end ? nothing : bytes.subarray(end);
    this.#isAnswering = true;
    const { url, headers } = read;
    const request: WholeRequest = { method: 'POST', url, headers, complete: true, body: bytes.subarray(bodyAt, end) };
    const keepAlive = !read.isLast && !this.#owner.isDraining;
    this.#owner.accept(request, new PlainResponse(this.#socket, keepAlive, this.#answered));
  }

  /** Undefined while it is not whole, and where the connection was handed over. */
  #readHead(bytes: Buffer): { read: RequestHead; bodyAt: number } | undefined {
    const end = bytes.indexOf(headEnd);
    if (end < 0 || end > headBytes) {
      if (bytes.length > headBytes || !mayBePlain(bytes)) this.#handOver();
      return undefined;
    }
    const read = readHead(bytes.toString('latin1', 0, end + 2));
    if (read !== null) return { read, bodyAt: end + headEnd.length };
    this.#handOver();
    return undefined;
  }

  readonly #answered = (keepAlive: boolean): void => {
    this.#hasAnswered = true;
    this.#sinceMs = monotonicMs();
    if (!keepAlive) this.#socket.end();
    // In a turn of its own: the answer's path may still have things to do.
    else if (this.#rest.length > 0) setImmediate(() => this.#resume());
    else {
      this.#isAnswering = false;
      if (this.#isEnded) this.#socket.end();
    }
  };

  #resume(): void {
    this.#isAnswering = false;
    if (this.#socket.destroyed) return;
    this.#socket.resume();
    this.#next();
    if (this.#isEnded) this.#ended();
  }

  /** The caller sends no more. What it asked is answered. */
  #ended(): void {
    this.#isEnded = true;
    if (!this.#isAnswering) this.#socket.end(this.#rest.length > 0 ? badRequest : '');
  }

  #handOver(): void {
    const socket = this.#socket;
    // Behind a plain request and the end of the connection: no way is left to tell `node:http` of that end.
    if (this.#isEnded) return void socket.end(badRequest);
    socket.pause();
    socket.off('data', this.#onData);
    socket.off('end', this.#onEnd);
    socket.off('error', this.#onError);
    socket.off('close', this.#onClose);
    this.#owner.left(this);
    const rest = this.#rest;
    this.#rest = nothing;
    if (rest.length > 0) socket.unshift(rest);
    this.#owner.handOver(socket, rest);
  }
}

/** Whether what is here may become a plain request: other methods need not be waited for. */
function mayBePlain(bytes: Buffer): boolean {
  const start = bytes.toString('latin1', 0, postStart.length);
  return postStart.startsWith(start);
}

const postStart = 'POST /';

/** Header values stand in the head as they are, so nothing may be in them that ends a line. */
const unwritable = /[^\t\x20-\x7e\x80-\xff]/;

/** The answer to one plain request; what is written to it after its end goes nowhere. */
class PlainResponse implements HttpResponse {
  readonly req = { complete: true };
  headersSent = false;
  shouldKeepAlive: boolean;
  readonly #socket: Socket;
  readonly #onEnd: (keepAlive: boolean) => void;
  #head = '';
  #isEnded = false;

  constructor(socket: Socket, shouldKeepAlive: boolean, onEnd: (keepAlive: boolean) => void) {
    this.#socket = socket;
    this.shouldKeepAlive = shouldKeepAlive;
    this.#onEnd = onEnd;
  }

  get destroyed(): boolean {
    return this.#socket.destroyed;
  }

  writeHead(status: number, headers: string[]): void {
    if (this.headersSent) throw new Error('The head of this answer is written already.');
    let head = `HTTP/1.1 ${status} ${STATUS_CODES[status] ?? ''}\r\n`;
    let hasLength = status === 204 || status === 304;
    for (let index = 0; index < headers.length; index += 2) {
      const value = headers[index + 1] ?? '';
      if (unwritable.test(value)) throw new Error(`The header ${headers[index]} holds what no header may.`);
      if (headers[index] === 'content-length') hasLength = true;
      head += `${headers[index]}: ${value}\r\n`;
    }
    // A body without a length ends with its connection.
    this.shouldKeepAlive &&= hasLength;
    this.headersSent = true;
    if (!this.shouldKeepAlive) head += 'connection: close\r\n';
    this.#head = `${head}date: ${httpDate()}\r\n\r\n`;
  }

  write(text: string, encoding: BufferEncoding): void {
    if (this.#isEnded) return;
    this.#send(text, encoding);
  }

  end(body: string | Buffer = '', encoding: BufferEncoding = 'utf8'): void {
    if (this.#isEnded) return;
    this.#isEnded = true;
    if (typeof body === 'string') this.#send(body, encoding);
    else {
      this.#send('', 'latin1');
      this.#socket.write(body);
    }
    this.#onEnd(this.shouldKeepAlive);
  }

  /** Head and text leave in one write where one encoding serves both. */
  #send(text: string, encoding: BufferEncoding): void {
    const head = this.#head;
    this.#head = '';
    if (encoding === 'latin1') this.#socket.write(head + text, 'latin1');
    else {
      this.#socket.cork();
      this.#socket.write(head, 'latin1');
      this.#socket.write(text, encoding);
      this.#socket.uncork();
    }
  }
}

let dateSecond = 0;
let dateText = '';

/** The time as HTTP writes it, to the second. */
function httpDate(): string {
  const second = Math.floor(nowMs() / 1_000);
  if (second !== dateSecond) {
    dateSecond = second;
    dateText = new Date(second * 1_000).toUTCString();
  }
  return dateText;
}
