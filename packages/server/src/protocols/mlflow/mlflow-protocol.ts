/**
 * MLflow's REST protocol on control's port: a table of calls, each mounted below `/api` and `/ajax-api`, thin over the
 * domains. Its errors have its own shape, also where there is no such call.
 */
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { holdsRole, type Actor } from '#domains/access/index.ts';
import { MulleError } from '#kernel/errors.ts';
import type { MlflowCall } from './call.ts';
import { MlflowError, toMlflowAnswer } from './mlflow-error.ts';
import { isFields, type Fields } from './request-fields.ts';

export interface MlflowProtocolOptions {
  readonly calls: readonly MlflowCall[];
  authenticate(authorization: string | undefined): Promise<Actor>;
  /** Hears of failures that are Mulle's own. */
  onInternalError(thrown: unknown, requestId: string): void;
}

/** Mounts the protocol in a scope of its own. */
export function mlflowProtocol(options: MlflowProtocolOptions): (scope: FastifyInstance) => void {
  return (scope) => {
    scope.removeAllContentTypeParsers();
    scope.addContentTypeParser('*', { parseAs: 'string' }, (_request, body, done) => parseBody(body.toString(), done));
    scope.setErrorHandler((thrown, request, reply) => sendError(options, thrown, request, reply));
    for (const call of options.calls) {
      for (const prefix of ['/api', '/ajax-api']) {
        scope.route({
          method: call.method,
          url: `${prefix}/${call.version}.0/mlflow/${call.path}`,
          handler: (request, reply) => answer(options, call, request, reply),
        });
      }
    }
    // Clients fall back on older calls where they read this code.
    for (const prefix of ['/api', '/ajax-api']) {
      for (const version of [2, 3]) scope.all(`${prefix}/${version}.0/mlflow/*`, unknownCall);
    }
  };
}

async function unknownCall({ method, url }: FastifyRequest): Promise<never> {
  throw new MlflowError('ENDPOINT_NOT_FOUND', `There is no ${method} ${url.split('?')[0]} here.`);
}

function parseBody(body: string, done: (error: Error | null, value?: unknown) => void): void {
  if (body === '') return done(null, {});
  try {
    const value: unknown = JSON.parse(body);
    // Old clients send the JSON once more as a JSON text.
    return done(null, typeof value === 'string' ? JSON.parse(value) : value);
  } catch {
    return done(new MlflowError('BAD_REQUEST', 'The request body is not JSON.'));
  }
}

async function answer(
  options: MlflowProtocolOptions,
  call: MlflowCall,
  request: FastifyRequest,
  reply: FastifyReply,
): Promise<FastifyReply> {
  const actor = await options.authenticate(request.headers.authorization);
  if (!holdsRole(actor, call.access)) {
    throw new MulleError('permission_denied', `This needs the role ${call.access}; ${actor.name} is ${actor.role}.`);
  }
  const given = await call.answer({ params: paramsOf(request), fields: fieldsOf(request), actor });
  return reply.header('cache-control', 'no-store').type('application/json').send(JSON.stringify(given));
}

function paramsOf(request: FastifyRequest): Record<string, string> {
  const given: unknown = request.params;
  return isFields(given) ? Object.fromEntries(Object.entries(given).map(([key, value]) => [key, String(value)])) : {};
}

/** Body and query together: DELETE and PATCH carry bodies, GET a query, some clients both. */
function fieldsOf(request: FastifyRequest): Fields {
  const query: unknown = request.query;
  const body: unknown = request.body ?? {};
  if (!isFields(body)) throw new MlflowError('BAD_REQUEST', 'The request body is not a JSON object.');
  return { ...(isFields(query) ? query : {}), ...body };
}

function sendError(
  options: MlflowProtocolOptions,
  thrown: unknown,
  request: FastifyRequest,
  reply: FastifyReply,
): FastifyReply {
  const { status, body } = toMlflowAnswer(thrown);
  if (status === 401) void reply.header('www-authenticate', 'Basic realm="mlflow"');
  if (body.error_code !== 'INTERNAL_ERROR') return reply.code(status).send(body);
  options.onInternalError(thrown, request.id);
  const message = `Mulle failed here. Its log tells more under request ${request.id}.`;
  return reply.code(status).send({ ...body, message });
}
