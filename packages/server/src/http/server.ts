/**
 * The people's port: every route of the contract's table, the OpenAPI document with its reference page, the console.
 *
 *   origin → authenticate → role → path, query and body against their schemas → handler → JSON or stream
 *
 * Whatever is thrown on the way leaves as the error body of the contract.
 */
import type { Socket } from 'node:net';
import fastify, { type FastifyInstance, type FastifyReply, type FastifyRequest } from 'fastify';
import { apiRoutes, type Route, type RouteName } from '@mulle/contract';
import { holdsRole, type Actor } from '#domains/access/index.ts';
import { MulleError, toMulleError } from '#kernel/errors.ts';
import { newId } from '#kernel/ids.ts';
import { limits } from '#kernel/limits.ts';
import { builtConsoleFolder, registerConsole } from './console.ts';
import type { AnyCall, AnyHandler, Handlers } from './handler.ts';
import { openApiDocument } from './openapi.ts';
import { referencePage } from './reference-page.ts';
import { assertOwnOrigin } from './request-origin.ts';
import { sendAnswer } from './answer.ts';
import { methodsOf, nearestPath } from './route-suggestion.ts';
import { assertFits } from './assert-fits.ts';

export interface ControlServerOptions {
  /** By name of the table. What is absent answers `route_not_found`; `Handlers` is the type of a full set. */
  readonly handlers: Partial<Handlers>;
  /** Who presents this `Authorization` header; throws `unauthenticated`. */
  authenticate(authorization: string | undefined): Promise<Actor>;
  /** The server listens on this machine only: Host headers must say so. */
  readonly onLoopback: boolean;
  readonly version: string;
  /** Absolute path of the built console; default: where its package is built to. */
  readonly consoleFolder?: string;
  readonly bodyLimitBytes?: number;
  /** Foreign protocols on the same port: each mounts its routes, parsers and error shape in a scope of its own. */
  readonly protocols?: readonly ((scope: FastifyInstance) => void)[];
  /** Hears of failures that are Mulle's own, which callers see only by request id. */
  onInternalError(error: MulleError, requestId: string): void;
  /** Checks answers against the contract as well; for tests. */
  readonly verifyResponses?: boolean;
}

const securityHeaders = {
  'x-content-type-options': 'nosniff',
  'x-frame-options': 'DENY',
  'referrer-policy': 'no-referrer',
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
  'content-security-policy':
    "default-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; base-uri 'none'; form-action 'self'; frame-ancestors 'none'",
} as const;

/** Requests are checked against the contract. Fastify's own checks and serialisers would be a sixth of what control loads. */
function noSchemas(): never {
  throw new Error('Routes take no schema here: put it into the contract.');
}

/** The server, ready to `listen({host, port})`; `close()` drains it. */
export function createControlServer(options: ControlServerOptions): FastifyInstance {
  const server = fastify({
    bodyLimit: options.bodyLimitBytes ?? limits.controlBodyBytes,
    genReqId: (request) => requestId(request.headers['x-request-id']),
    forceCloseConnections: 'idle',
    return503OnClosing: false,
    clientErrorHandler: refuseUnreadable,
    frameworkErrors: (thrown, request, reply) => {
      sendError(options, thrown, request, reply);
    },
    routerOptions: { maxParamLength: 1_024 },
    schemaController: { compilersFactory: { buildValidator: noSchemas, buildSerializer: noSchemas } },
  });
  server.addHook('onRequest', async (request, reply) => {
    reply.headers({ ...securityHeaders, 'x-request-id': request.id });
    assertOwnOrigin(request.headers, options.onLoopback);
  });
  const calls = drainOnClose(server);
  server.setErrorHandler((thrown, request, reply) => sendError(options, thrown, request, reply));
  registerReference(server, options.version);
  const consoleServed = registerConsole(server, options.consoleFolder ?? builtConsoleFolder());
  server.setNotFoundHandler((request, reply) => {
    if (consoleServed.answers(request)) return consoleServed.send(reply);
    return sendError(options, unknownRoute(request), request, reply);
  });
  registerRoutes(server, options, calls, 'json');
  registerRoutes(server, options, calls, 'bytes');
  for (const mount of options.protocols ?? []) {
    void server.register((scope, _options, done) => {
      mount(scope);
      done();
    });
  }
  return server;
}

/**
 * Closing tells the calls in flight (streams and waits end then), lets them be answered, and then drops what connections
 * are left: kept alive or opened ahead, they would hold the close for as long as their callers like.
 */
function drainOnClose(server: FastifyInstance): Set<AbortController> {
  const calls = new Set<AbortController>();
  let inFlight = 0;
  server.addHook('onRequest', async (_request, reply) => {
    inFlight++;
    reply.raw.once('close', () => inFlight--);
  });
  server.addHook('preClose', async () => {
    for (const call of calls) call.abort();
    const drop = setInterval(() => {
      if (inFlight === 0) server.server.closeAllConnections();
    }, 20);
    server.server.once('close', () => clearInterval(drop));
  });
  return calls;
}

/** What is not even HTTP has no request to answer by: the refusal is written as it stands. */
function refuseUnreadable(error: Error, socket: Socket): void {
  if (!socket.writable) return void socket.destroy();
  const body = JSON.stringify(new MulleError('invalid_argument', `This is not HTTP/1.1: ${error.message}.`).toBody());
  socket.end(
    `HTTP/1.1 400 Bad Request\r\nconnection: close\r\ncontent-type: application/json\r\ncontent-length: ${Buffer.byteLength(body)}\r\n\r\n${body}`,
  );
}

function requestId(header: string | string[] | undefined): string {
  const sent = Array.isArray(header) ? header[0] : header;
  const usable = sent !== undefined && /^[\x21-\x7e]+$/.test(sent) && sent.length <= limits.requestIdCharacters;
  return usable ? sent : newId('request');
}

/** The routes of one kind of body, in a scope of their own: parsers belong to the scope. */
function registerRoutes(
  server: FastifyInstance,
  options: ControlServerOptions,
  calls: Set<AbortController>,
  bodies: 'json' | 'bytes',
): void {
  void server.register((scope, _options, done) => {
    scope.removeAllContentTypeParsers();
    if (bodies === 'bytes') scope.addContentTypeParser('*', (_request, payload, parsed) => parsed(null, payload));
    else scope.addContentTypeParser('application/json', { parseAs: 'string' }, parseJson);
    for (const name of routeNames()) {
      const handler: AnyHandler | undefined = options.handlers[name];
      const route: Route = apiRoutes[name];
      if (handler === undefined || (route.requestBody === 'bytes') !== (bodies === 'bytes')) continue;
      scope.route({
        method: route.method,
        url: route.path.replaceAll(/\{(\w+)\*\}/g, '*').replaceAll(/\{(\w+)\}/g, ':$1'),
        onRequest: async (request) => authorise(options, route, request),
        handler: async (request, reply) => {
          const call = await callOf(route, request, leaving(reply, calls));
          const answer = await handler(call);
          if (options.verifyResponses && !route.responseBody) await assertFits(route.response, answer, 'answer');
          return sendAnswer(route, answer, reply);
        },
      });
    }
    done();
  });
}

function isRouteName(name: string): name is RouteName {
  return Object.hasOwn(apiRoutes, name);
}

function routeNames(): RouteName[] {
  return Object.keys(apiRoutes).filter(isRouteName);
}

function parseJson(
  _request: FastifyRequest,
  text: string | Buffer,
  done: (error: Error | null, body?: unknown) => void,
) {
  if (text.length === 0) return done(null, undefined);
  try {
    return done(null, JSON.parse(text.toString()));
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : 'not JSON';
    return done(new MulleError('invalid_json', `The body is not JSON: ${reason}. Send one JSON value.`, { cause }));
  }
}

const actors = new WeakMap<FastifyRequest, Actor>();
const nobody: Actor = { name: 'anonymous', role: 'viewer' };

async function authorise(options: ControlServerOptions, route: Route, request: FastifyRequest): Promise<void> {
  if (route.access === 'public') return;
  const actor = await options.authenticate(request.headers.authorization);
  const allowed = route.access === 'internal' ? actor.role === 'internal' : holdsRole(actor, route.access);
  if (!allowed) {
    throw new MulleError(
      'permission_denied',
      `${route.method} ${route.path} needs the role ${route.access}; ${actor.name} is ${actor.role}.`,
    );
  }
  actors.set(request, actor);
}

/** Aborts when the caller goes away or the server is to close; among `calls` until then. */
function leaving(reply: FastifyReply, calls: Set<AbortController>): AbortSignal {
  const call = new AbortController();
  calls.add(call);
  reply.raw.once('close', () => {
    calls.delete(call);
    call.abort();
  });
  return call.signal;
}

/** Rejects with what the table has for a path, query or body that does not fit the route. */
async function callOf(route: Route, request: FastifyRequest, signal: AbortSignal): Promise<AnyCall> {
  const params = await converted(route.params, request.params, 'path');
  const query = await converted(route.query, request.query, 'query');
  const bytes = route.requestBody === 'bytes';
  const body = request.body ?? (bytes ? noBytes() : undefined);
  if (route.body && body === undefined) {
    throw new MulleError('invalid_argument', `${route.method} ${route.path} needs a body. Send one JSON value.`);
  }
  if (route.body) await assertFits(route.body, body, 'body');
  else if (!bytes && body !== undefined) throw new MulleError('unknown_field', `${route.path} takes no body.`);
  return { params, query, body, actor: actors.get(request) ?? nobody, headers: request.headers, signal };
}

async function* noBytes(): AsyncGenerator<Uint8Array> {}

/** Path and query come as text: numbers are read where the schema has numbers, then all must fit. */
async function converted(schema: Route['query'], given: unknown, what: string): Promise<unknown> {
  const fields = { ...(typeof given === 'object' ? given : {}) };
  if (schema === undefined) {
    const [first] = Object.keys(fields);
    if (first === undefined) return undefined;
    throw new MulleError('unknown_field', `The ${what} has no field ${first}.`, { details: { fields: [first] } });
  }
  const value: Record<string, unknown> = { ...fields };
  for (const [name, field] of Object.entries(schema.properties)) {
    const text = value[name];
    if (typeof text === 'string' && isNumeric(field)) value[name] = numberIn(text);
  }
  await assertFits(schema, value, what);
  return value;
}

function isNumeric(schema: object): boolean {
  return 'type' in schema && (schema.type === 'integer' || schema.type === 'number');
}

/** The text itself where it is no number: what is wrong with it is told by the schema. */
function numberIn(text: string): number | string {
  const value = Number(text);
  return text.trim() === '' || Number.isNaN(value) ? text : value;
}

function unknownRoute(request: FastifyRequest): MulleError {
  const [path = ''] = request.url.split('?', 1);
  const methods = methodsOf(path);
  if (methods.length > 0) {
    return new MulleError('method_not_allowed', `${path} answers ${methods.join(', ')}, not ${request.method}.`, {
      details: { methods },
    });
  }
  const nearest = nearestPath(path);
  const hint = nearest === undefined ? 'GET /openapi.json lists the routes.' : `Did you mean ${nearest}?`;
  return new MulleError('route_not_found', `There is no ${request.method} ${path}. ${hint}`);
}

/** Errors of Fastify itself, by its codes. */
function mapped(thrown: unknown): MulleError {
  const code = thrown instanceof Error && 'code' in thrown ? thrown.code : undefined;
  const context = { cause: thrown };
  switch (code) {
    case 'FST_ERR_CTP_BODY_TOO_LARGE':
      return new MulleError('body_too_large', 'The body is larger than this server takes. Send less at once.', context);
    case 'FST_ERR_CTP_INVALID_MEDIA_TYPE':
    case 'FST_ERR_CTP_INVALID_TYPE':
      return new MulleError('unsupported_media_type', 'Send the body as content-type: application/json.', context);
    case 'FST_ERR_CTP_INVALID_CONTENT_LENGTH':
      return new MulleError('invalid_argument', 'The body is not as long as content-length says.', context);
    case 'FST_STATIC_FORBIDDEN_PATH':
      return new MulleError('route_not_found', 'No file of the console has such a path.', context);
    case 'FST_ERR_MAX_PARAM_LENGTH':
      return new MulleError('invalid_argument', 'A name in the path is longer than any name may be.', context);
    case 'FST_ERR_BAD_URL':
      return new MulleError(
        'invalid_argument',
        'The path is not a valid URL path: its % escapes do not decode.',
        context,
      );
    default:
      return toMulleError(thrown);
  }
}

function sendError(
  options: ControlServerOptions,
  thrown: unknown,
  request: FastifyRequest,
  reply: FastifyReply,
): FastifyReply {
  const error = mapped(thrown);
  if (error.retryAfterSeconds !== undefined) void reply.header('retry-after', String(error.retryAfterSeconds));
  if (error.code === 'unauthenticated') void reply.header('www-authenticate', 'Bearer');
  const { methods } = error.details ?? {};
  if (error.code === 'method_not_allowed' && Array.isArray(methods)) void reply.header('allow', methods.join(', '));
  void reply.code(error.httpStatus).type('application/json; charset=utf-8');
  if (error.code !== 'internal') return reply.send(error.toBody());
  options.onInternalError(error, request.id);
  const message = `Mulle failed here. Its log tells more under request ${request.id}.`;
  return reply.send(new MulleError('internal', message).toBody());
}

function registerReference(server: FastifyInstance, version: string): void {
  let document: unknown;
  server.get('/openapi.json', async () => (document ??= openApiDocument(version)));
  server.get('/docs', async (_request, reply) => reply.type('text/html; charset=utf-8').send(referencePage(version)));
}
