/**
 * The Open Inference Protocol over gRPC, on connections of the traffic port that begin as HTTP/2.
 *
 * Each call is a request of the traffic port: it is put into the words of its HTTP route and accepted as one that came
 * there, so authentication (metadata `authorization`), limits, the request path and the decision log are the same. An
 * error keeps its code: the gRPC status is the one of the closed error table, the message is the sentence.
 *
 * States: open → closed; sessions end with their socket, at the latest when this closes. Limits: messages of at most
 * `messageBytes`; requests in flight as over HTTP. Loaded with the first such connection: who has none pays nothing.
 */
import type { Socket } from 'node:net';
import grpc, { type ServerUnaryCall, type sendUnaryData } from '@grpc/grpc-js';
import { errorTable, provenanceHeaders, type ErrorCode } from '@mulle/contract';
import { nowMs } from '#kernel/clock.ts';
import { toMulleError } from '#kernel/errors.ts';
import { methodCodecs, type RequestMessage } from './messages.ts';
import { inferBody, inferResponse, isRaw } from './transcode-infer.ts';
import { askWhole, type Accept, type WholeAnswer, type WholeCall } from './whole-exchange.ts';

type Message = Record<string, unknown>;
type Ask = (call: Pick<WholeCall, 'method' | 'url'> & Partial<WholeCall>) => Promise<WholeAnswer>;
type Handler = (message: RequestMessage, ask: Ask, leftMs: number) => Promise<Message>;

const noBody = Buffer.alloc(0);

/** An answer that is an error: `code: message` in the words of the protocol. */
class Refused extends Error {
  readonly answer: WholeAnswer;

  constructor(answer: WholeAnswer) {
    super('refused');
    this.answer = answer;
  }
}

function modelUrl(name: string, version: string, action = ''): string {
  const pinned = version === '' ? '' : `/versions/${encodeURIComponent(version)}`;
  return `/v2/models/${encodeURIComponent(name)}${pinned}${action}`;
}

async function read(ask: Ask, url: string): Promise<Message> {
  return readJson(await ask({ method: 'GET', url }));
}

function readJson(answer: WholeAnswer): Message {
  if (answer.status >= 400) throw new Refused(answer);
  return JSON.parse(answer.json) as Message;
}

async function readiness(ask: Ask, url: string): Promise<Message> {
  const answer = await ask({ method: 'GET', url });
  if (answer.status !== 200 && answer.status !== 503) throw new Refused(answer);
  return { ready: answer.status === 200 };
}

async function repository(
  ask: Ask,
  { first_name: first, second_name: second }: RequestMessage,
  action: 'load' | 'unload',
): Promise<string> {
  const name = second === '' ? first : second;
  const answer = await ask({
    method: 'POST',
    url: `/v2/repository/models/${encodeURIComponent(name)}/${action}`,
    body: Buffer.from('{}'),
  });
  if (answer.status >= 400) throw new Refused(answer);
  return name;
}

const handlers: Readonly<Record<string, Handler>> = {
  ServerLive: (_, ask) => read(ask, '/v2/health/live'),
  ServerReady: (_, ask) => readiness(ask, '/v2/health/ready'),
  ModelReady: ({ name, version }, ask) => readiness(ask, modelUrl(name, version, '/ready')),
  ServerMetadata: (_, ask) => read(ask, '/v2'),
  ModelMetadata: ({ name, version }, ask) => read(ask, modelUrl(name, version)),
  ModelInfer: async (request, ask, leftMs) => {
    const { headers, bytes } = inferBody(request, leftMs);
    const url = modelUrl(request.model_name, request.model_version, '/infer');
    const answer = await ask({ method: 'POST', url, headers, body: bytes });
    if (answer.status >= 400) throw new Refused(answer);
    return inferResponse(answer, isRaw(request));
  },
  RepositoryIndex: async ({ ready }, ask) => {
    const body = Buffer.from(JSON.stringify({ ready }));
    const answer = await ask({ method: 'POST', url: '/v2/repository/index', body });
    if (answer.status >= 400) throw new Refused(answer);
    return { models: JSON.parse(answer.json) };
  },
  RepositoryModelLoad: async (model, ask) => ({
    model_name: await repository(ask, model, 'load'),
    isLoaded: true,
  }),
  RepositoryModelUnload: async (model, ask) => ({
    model_name: await repository(ask, model, 'unload'),
    isUnloaded: true,
  }),
};

const errorText = /^([a-z_]+): (.*)$/s;

function isErrorCode(code: string): code is ErrorCode {
  return Object.hasOwn(errorTable, code);
}

/** Headers that tell where an answer came from, and when to come again. */
const toldHeaders: readonly string[] = [
  ...Object.values(provenanceHeaders).map((name) => name.toLowerCase()),
  'retry-after',
];

function metadataOf({ headers }: WholeAnswer): grpc.Metadata {
  const metadata = new grpc.Metadata();
  for (const name of toldHeaders) {
    const value = headers.get(name);
    if (value !== undefined) metadata.set(name, value);
  }
  return metadata;
}

function statusOf(answer: WholeAnswer): Partial<grpc.StatusObject> {
  const { error = '' } = JSON.parse(answer.json === '' ? '{}' : answer.json) as { error?: string };
  const [, code = '', message = error] = errorText.exec(error) ?? [];
  const status = isErrorCode(code) ? errorTable[code].grpcStatus : 'UNKNOWN';
  const metadata = metadataOf(answer);
  metadata.set('x-mulle-error-code', code);
  return { code: grpc.status[status], details: message, metadata };
}

export class GrpcService {
  readonly #server: grpc.Server;
  readonly #injector: ReturnType<grpc.Server['createConnectionInjector']>;
  readonly #sockets = new Set<Socket>();

  constructor(accept: Accept, messageBytes: number) {
    this.#server = new grpc.Server({
      'grpc.max_receive_message_length': messageBytes,
      'grpc.max_send_message_length': -1,
      'grpc.enable_channelz': 0,
    });
    for (const [name, { path, decode, encode }] of methodCodecs()) {
      const handler = handlers[name];
      if (handler === undefined) throw new RangeError(`Nothing answers ${name}.`);
      this.#server.register(path, unary(handler, accept), encode, decode, 'unary');
    }
    this.#injector = this.#server.createConnectionInjector(grpc.ServerCredentials.createInsecure());
  }

  /** Takes over a socket whose first bytes, put back into it, are those of HTTP/2. */
  take(socket: Socket): void {
    this.#sockets.add(socket);
    socket.on('close', () => this.#sockets.delete(socket));
    this.#injector.injectConnection(socket);
  }

  /** Ends what is still open; the calls under way have been waited for. */
  close(): void {
    this.#server.forceShutdown();
    for (const socket of this.#sockets) socket.destroy();
  }
}

const bodyHeaders = ({ length }: Buffer): Record<string, string> => ({
  'content-type': 'application/json',
  'content-length': String(length),
});

function unary(handler: Handler, accept: Accept) {
  return (call: ServerUnaryCall<RequestMessage, Message>, answer: sendUnaryData<Message>): void => {
    const headers: Record<string, string> = {};
    for (const [name, value] of Object.entries(call.metadata.getMap()))
      if (typeof value === 'string') headers[name] = value;
    let answered: WholeAnswer | undefined;
    const ask: Ask = async ({ method, url, headers: own, body = noBody }) => {
      const whole = { method, url, headers: { ...headers, ...own, ...bodyHeaders(body) }, body };
      answered = await askWhole(accept, whole, () => call.cancelled);
      return answered;
    };
    const leftMs = Number(call.getDeadline()) - nowMs();
    handler(call.request, ask, leftMs).then(
      (message) => {
        if (answered !== undefined) call.sendMetadata(metadataOf(answered));
        answer(null, message);
      },
      (thrown: unknown) => {
        if (thrown instanceof Refused) return answer(statusOf(thrown.answer));
        const { code, message } = toMulleError(thrown);
        const metadata = new grpc.Metadata();
        metadata.set('x-mulle-error-code', code);
        answer({ code: grpc.status[errorTable[code].grpcStatus], details: message, metadata });
      },
    );
  };
}
