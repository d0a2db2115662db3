/**
 * `POST /v1/traces` of OpenTelemetry's OTLP over HTTP, protobuf and JSON, as MLflow's clients and any exporter send it.
 * The header `x-mlflow-experiment-id` says where traces go. The answer follows the commit: what is acknowledged is
 * durable.
 */
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { holdsRole, type Actor } from '#domains/access/index.ts';
import type { TracesService } from '#domains/traces/index.ts';
import { MulleError, toMulleError } from '#kernel/errors.ts';
import { inflateBody } from './inflate-body.ts';
import { resourceTags, toSpanRecord, type ResourceSpans } from './otlp-span.ts';
import { readJson } from './read-json.ts';

export interface OtlpProtocolOptions {
  readonly traces: TracesService;
  /** Of the body when inflated. */
  readonly maximumBytes: number;
  authenticate(authorization: string | undefined): Promise<Actor>;
  onInternalError(thrown: unknown, requestId: string): void;
}

const protobuf = 'application/x-protobuf';
const json = 'application/json';

/** Mounts the route in a scope of its own. */
export function otlpProtocol(options: OtlpProtocolOptions): (scope: FastifyInstance) => void {
  return (scope) => {
    scope.removeAllContentTypeParsers();
    scope.addContentTypeParser('*', { parseAs: 'buffer', bodyLimit: options.maximumBytes }, (_request, body, done) =>
      done(null, body),
    );
    scope.setErrorHandler((thrown, request, reply) => sendError(options, thrown, request, reply));
    scope.post('/v1/traces', (request, reply) => exportTraces(options, request, reply));
  };
}

function headerOf(request: FastifyRequest, name: string): string | undefined {
  const value = request.headers[name];
  return Array.isArray(value) ? value[0] : value;
}

async function exportTraces(
  options: OtlpProtocolOptions,
  request: FastifyRequest,
  reply: FastifyReply,
): Promise<FastifyReply> {
  const actor = await options.authenticate(request.headers.authorization);
  if (!holdsRole(actor, 'member')) {
    throw new MulleError('permission_denied', `Sending spans needs the role member; ${actor.name} is ${actor.role}.`);
  }
  const experimentId = headerOf(request, 'x-mlflow-experiment-id');
  if (experimentId === undefined || experimentId === '') {
    throw new MulleError('validation_failed', 'The header x-mlflow-experiment-id is missing. Say which experiment.');
  }
  const type = headerOf(request, 'content-type')?.split(';')[0]?.trim();
  if (type !== protobuf && type !== json) {
    throw new MulleError('invalid_argument', `Invalid Content-Type: ${type}. Expected: ${protobuf} or ${json}`);
  }
  const sent = request.body instanceof Uint8Array ? request.body : new Uint8Array();
  const encoding = headerOf(request, 'content-encoding')?.toLowerCase();
  const bytes = await inflateBody(sent, encoding, options.maximumBytes);
  const groups = type === json ? readJson(bytes) : await readProtobuf(bytes);
  if (groups.length === 0) throw new MulleError('invalid_argument', 'Invalid OpenTelemetry format - no spans found');
  const runId = headerOf(request, 'x-mlflow-run-id');
  const records = groups.map(({ resource, spans }) => ({
    tags: resourceTags(resource),
    spans: spans.map(toSpanRecord),
  }));
  for (const { tags, spans } of records) {
    await options.traces.recordSpans(experimentId, spans, runId === undefined ? { tags } : { tags, runId });
  }
  if (type === json) return reply.type(json).send('{}');
  return reply.type(protobuf).send(Buffer.alloc(0));
}

/** The reader is loaded with the first export that needs it. */
async function readProtobuf(bytes: Uint8Array): Promise<ResourceSpans[]> {
  return (await import('./read-protobuf.ts')).readProtobuf(bytes);
}

function sendError(
  options: OtlpProtocolOptions,
  thrown: unknown,
  request: FastifyRequest,
  reply: FastifyReply,
): FastifyReply {
  const error = toMulleError(thrown);
  const tooLarge =
    error.cause instanceof Error && 'code' in error.cause && error.cause.code === 'FST_ERR_CTP_BODY_TOO_LARGE';
  if (error.code === 'internal' && !tooLarge) options.onInternalError(thrown, request.id);
  const status = tooLarge ? 413 : error.httpStatus;
  if (status === 401) void reply.header('www-authenticate', 'Basic realm="mlflow"');
  return reply
    .code(status)
    .type(json)
    .send({ detail: error.code === 'internal' ? 'Mulle failed here.' : error.message });
}
