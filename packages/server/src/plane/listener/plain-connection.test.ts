import { createServer, type Server } from 'node:http';
import { connect, type AddressInfo, type Socket } from 'node:net';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { seededRandom } from '#kernel/random.ts';
import type { HttpRequest, HttpResponse } from '../request-path/http-message.ts';
import { PlainConnection, type PlainConnectionOwner } from './plain-connection.ts';

/** Answers with what it was asked, as the listener under test or `node:http` alone understood it. */
function echo(request: HttpRequest, response: HttpResponse): void {
  const answer = (body: Buffer): void => {
    const { method, url, headers } = request;
    const json = JSON.stringify({ method, url, headers, body: body.toString('latin1') });
    response.writeHead(200, ['content-type', 'application/json', 'content-length', String(json.length)]);
    response.end(json, 'latin1');
  };
  if ('body' in request) return answer(request.body);
  const chunks: Buffer[] = [];
  request.on('data', (chunk: Buffer) => chunks.push(chunk)).on('end', () => answer(Buffer.concat(chunks)));
}

/** A server whose connections begin as plain ones. */
class Front implements PlainConnectionOwner {
  readonly server: Server = createServer(echo);
  readonly connections = new Set<PlainConnection>();
  readonly #listeners = this.server.listeners('connection');
  isDraining = false;
  plain = 0;
  handedOver = 0;
  /** Holds answers back where set. */
  gate: Promise<void> | undefined;

  constructor() {
    this.server.removeAllListeners('connection');
    this.server.on('connection', (socket: Socket) => this.connections.add(new PlainConnection(socket, this)));
  }

  accept(request: HttpRequest, response: HttpResponse): void {
    this.plain++;
    if (this.gate === undefined) echo(request, response);
    else void this.gate.then(() => echo(request, response));
  }

  handOver(socket: Socket): void {
    this.handedOver++;
    for (const listener of this.#listeners) listener.call(this.server, socket);
    socket.resume();
  }

  left(connection: PlainConnection): void {
    this.connections.delete(connection);
  }
}

const front = new Front();
const reference = createServer(echo);
const ports = { front: 0, reference: 0 };

function listen(server: Server): Promise<number> {
  return new Promise((resolve) => {
    server.listen(0, '127.0.0.1', () => resolve((server.address() as AddressInfo).port));
  });
}

beforeAll(async () => {
  ports.front = await listen(front.server);
  ports.reference = await listen(reference);
});
afterAll(() => {
  for (const server of [front.server, reference]) server.closeAllConnections();
  for (const { socket } of front.connections) socket.destroy();
  front.server.close();
  reference.close();
});

const closing = 'POST /end HTTP/1.1\r\nhost: h\r\nconnection: close\r\ncontent-length: 0\r\n\r\n';

/** Sends the pieces one after the other and a last request that closes; resolves with all that came back. */
function exchange(port: number, pieces: readonly Buffer[]): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect({ port, host: '127.0.0.1', noDelay: true });
    let text = '';
    socket.on('data', (chunk: Buffer) => (text += chunk.toString('latin1')));
    socket.on('close', () => resolve(text));
    socket.on('error', (error: NodeJS.ErrnoException) =>
      error.code === 'EPIPE' || error.code === 'ECONNRESET' ? undefined : reject(error),
    );
    const send = (index: number): void => {
      const piece = pieces[index];
      if (piece === undefined) socket.end(closing);
      else socket.write(piece, () => setImmediate(() => send(index + 1)));
    };
    socket.on('connect', () => send(0));
  });
}

/** What the two servers must agree on. */
interface Answer {
  status: number;
  body: string;
}

function answersOf(text: string): Answer[] {
  const answers: Answer[] = [];
  for (let at = 0; at < text.length;) {
    const head = text.indexOf('\r\n\r\n', at);
    if (head < 0) throw new Error(`No head in ${JSON.stringify(text.slice(at, at + 200))}`);
    const length = Number(/content-length: (\d+)/i.exec(text.slice(at, head))?.[1] ?? 0);
    answers.push({ status: Number(text.slice(at + 9, at + 12)), body: text.slice(head + 4, head + 4 + length) });
    at = head + 4 + length;
  }
  return answers;
}

/**
 * Both servers answer alike. Where a good request is followed by nonsense at once, `node:http` may refuse before it has
 * answered: then the good one is asked alone.
 */
async function agree(pieces: readonly Buffer[]): Promise<Answer[]> {
  const texts = await Promise.all([exchange(ports.front, pieces), exchange(ports.reference, pieces)]);
  const [got = [], wanted = []] = texts.map(answersOf);
  const [first] = got;
  const bytes = Buffer.concat([...pieces, Buffer.from(closing)]);
  if (first?.status === 200 && got.length === 2 && wanted.length === 1 && wanted[0]?.status === 400) {
    const { headers } = JSON.parse(first.body) as { headers: Record<string, string> };
    await agree([bytes.subarray(0, bytes.indexOf('\r\n\r\n') + 4 + Number(headers['content-length']))]);
    got.shift();
  }
  expect(got, JSON.stringify(bytes.toString('latin1').slice(0, 400))).toEqual(wanted);
  return got;
}

function post(body: string, headers: readonly string[] = [], start = 'POST /v2/models/e/infer HTTP/1.1'): Buffer {
  const lines = [start, 'Host: 127.0.0.1', 'Content-Type: application/json', ...headers];
  const length = Buffer.byteLength(body);
  return Buffer.from(`${lines.join('\r\n')}\r\ncontent-length: ${length}\r\n\r\n${body}`);
}

describe('reads what node:http reads', () => {
  test.each<[string, Buffer, 'plain' | 'handed over']>([
    ['a plain request', post('{"a":1}'), 'plain'],
    ['no body', post(''), 'plain'],
    ['space around values', post('{}', ['X-A: \t b c \t ', 'x-empty:', 'x-nbsp: a\u00a0']), 'plain'],
    ['a query', post('{}', [], 'POST /v1/a?b=%20c#d HTTP/1.1'), 'plain'],
    ['another method', post('{}', [], 'PUT /v1/a HTTP/1.1'), 'handed over'],
    ['the old version', post('{}', ['connection: keep-alive'], 'POST /v1/a HTTP/1.0'), 'handed over'],
    ['a whole address', post('{}', [], 'POST http://127.0.0.1/v1/a HTTP/1.1'), 'handed over'],
    ['a name twice', post('{}', ['X-A: 1', 'x-a: 2']), 'handed over'],
    ['two lengths', post('{}', ['Content-Length: 3']), 'handed over'],
    ['a length that is none', Buffer.from('POST / HTTP/1.1\r\nhost: h\r\ncontent-length: +2\r\n\r\n{}'), 'handed over'],
    ['no host', Buffer.from('POST / HTTP/1.1\r\ncontent-length: 2\r\n\r\n{}'), 'handed over'],
    ['chunks', post('', ['Transfer-Encoding: chunked']), 'handed over'],
    [
      'chunks alone',
      Buffer.from('POST / HTTP/1.1\r\nhost: h\r\ntransfer-encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n'),
      'handed over',
    ],
    ['an expectation', post('{}', ['Expect: 100-continue']), 'handed over'],
    ['a folded header', post('{}', ['X-A: 1\r\n folded']), 'handed over'],
    ['space before the colon', post('{}', ['X-A : 1']), 'handed over'],
    ['a bare line feed', post('{}', ['X-A: 1\nX-B: 2']), 'handed over'],
    ['a NUL', post('{}', ['X-A: a\0b']), 'handed over'],
    ['a name of prototypes', post('{}', ['__proto__: 1', 'constructor: 2']), 'handed over'],
    ['a body above what is held', post('x'.repeat(200_000)), 'handed over'],
    ['a head above 16 KB', post('{}', [`X-A: ${'a'.repeat(20_000)}`]), 'handed over'],
    ['nonsense', Buffer.from('\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03'), 'handed over'],
  ])('%s', async (_, bytes, way) => {
    const before = front.handedOver;
    await agree([bytes]);
    expect(front.handedOver - before).toBe(way === 'plain' ? 0 : 1);
  });

  test('in pieces, cut anywhere', async () => {
    const bytes = post('{"text":"물레"}', ['Authorization: Bearer mk_1']);
    for (let cut = 1; cut < bytes.length; cut += 7) {
      const [first] = await agree([bytes.subarray(0, cut), bytes.subarray(cut)]);
      expect(first?.status).toBe(200);
    }
  });

  test('one behind the other in one piece', async () => {
    const answers = await agree([Buffer.concat([post('1'), post('22'), post('333')])]);
    expect(answers.map(({ body }) => (JSON.parse(body) as { body: string }).body)).toEqual(['1', '22', '333', '']);
  });

  test('400 requests with bytes changed, doubled and dropped (seed 20270)', async () => {
    const random = seededRandom(20270);
    const below = (bound: number): number => Math.floor(random() * bound);
    const alphabet = Buffer.from('\r\n\t :;,\0\x7f\xe9aZ019-_/{}"', 'latin1');
    let rejected = 0;
    for (let round = 0; round < 400; round++) {
      const bytes = post('{"x":[1,2]}', ['Authorization: Bearer mk_1', 'X-Request-ID: r-1', 'Accept: */*']);
      const list = [...bytes];
      for (let change = below(3); change >= 0; change--) {
        const at = below(list.length);
        const value = alphabet[below(alphabet.length)] ?? 0;
        if (below(3) === 0) list.splice(at, 1);
        else if (below(2) === 0) list.splice(at, 0, value);
        else list[at] = value;
      }
      const changed = Buffer.from(list);
      const cut = below(changed.length);
      const answers = await agree(round % 2 === 0 ? [changed] : [changed.subarray(0, cut), changed.subarray(cut)]);
      if (answers[0]?.status !== 200) rejected++;
    }
    expect(rejected).toBeGreaterThan(40);
    expect(rejected).toBeLessThan(360);
  });
});

describe('a connection', () => {
  const opened = async (): Promise<{ socket: Socket; connection: PlainConnection; text: () => string }> => {
    const before = new Set(front.connections);
    const socket = connect({ port: ports.front, host: '127.0.0.1' });
    let text = '';
    socket.on('data', (chunk: Buffer) => (text += chunk.toString('latin1')));
    await new Promise((resolve) => socket.once('connect', resolve));
    const own = (): PlainConnection | undefined => [...front.connections].find((one) => !before.has(one));
    await until(() => own() !== undefined);
    const connection = own();
    if (connection === undefined) throw new Error('The connection was left at once.');
    return { socket, connection, text: () => text };
  };
  const until = async (condition: () => boolean): Promise<void> => {
    while (!condition()) await new Promise((resolve) => setImmediate(resolve));
  };

  test('whose caller has said all it will is answered, then closed', async () => {
    const { socket, text } = await opened();
    const gate = Promise.withResolvers<void>();
    front.gate = gate.promise;
    const plainBefore = front.plain;
    const closed = new Promise((resolve) => socket.once('close', resolve));
    socket.end(post('half'));
    await until(() => front.plain > plainBefore);
    gate.resolve();
    front.gate = undefined;
    await closed;
    expect(answersOf(text())).toMatchObject([{ status: 200 }]);
  });

  test('that is idle is closed when the port drains; one that waits for its answer gets it, and is told', async () => {
    const idle = await opened();
    const busy = await opened();
    const gate = Promise.withResolvers<void>();
    front.gate = gate.promise;
    front.isDraining = true;
    const plainBefore = front.plain;
    busy.socket.write(post('busy'));
    await until(() => front.plain > plainBefore);
    const bothClosed = Promise.all([idle, busy].map(({ socket }) => new Promise((done) => socket.once('close', done))));
    for (const connection of front.connections) connection.closeIfIdle();
    gate.resolve();
    front.gate = undefined;
    front.isDraining = false;
    await bothClosed;
    expect(idle.text()).toBe('');
    expect(busy.text()).toContain('connection: close');
    expect(answersOf(busy.text())).toMatchObject([{ status: 200 }]);
  });

  test('that brings its request slowly goes to node:http, which has the patience and its limit', async () => {
    const { socket, connection, text } = await opened();
    const before = front.handedOver;
    const bytes = post('slow');
    socket.write(bytes.subarray(0, 40));
    while (front.handedOver === before) {
      connection.tick();
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
    socket.write(bytes.subarray(40));
    await until(() => text().includes('slow'));
    expect(answersOf(text())).toMatchObject([{ status: 200 }]);
    socket.destroy();
  });
});
