import { timingSafeEqual } from 'node:crypto';
import { provenanceHeaders, type DataStatus } from '@mulle/contract';
import { monotonicMs } from '#kernel/clock.ts';
import { MulleError, toMulleError } from '#kernel/errors.ts';
import { isRecord } from '../codecs/checks.ts';
import { oipCodec } from '../codecs/oip.ts';
import { plainCodec } from '../codecs/plain.ts';
import type { OnlineFeatures } from '../outcomes/online-features.ts';
import { recordExposures } from '../outcomes/record-exposures.ts';
import { recordOutcomes } from '../outcomes/record-outcomes.ts';
import { authenticate, limit, requireWriter } from '../request-path/admit.ts';
import { sendError, sendJson } from '../request-path/answer.ts';
import { Exchange, type Caller, type PathServices } from '../request-path/exchange.ts';
import { parseJson, readBody } from '../request-path/read-body.ts';
import { requestIdOf } from '../request-path/request-id.ts';
import { runRequestPath } from '../request-path/request-path.ts';
import type { Serving, ServingEndpoint } from '../serving/serving.ts';
import { canAnswer } from '../serving/serving-variant.ts';
import type { EndpointMetrics } from '../telemetry/endpoint-metrics.ts';
import { prometheusText, type ProcessFigures } from '../telemetry/prometheus.ts';
import { evaluateAll, evaluateFlag, growthbookPayload, subjectOf } from './assignments.ts';
import { modelMetadata } from './model-metadata.ts';
import { loadModels, refuseConfiguration, repositoryIndex, unloadModels } from './model-repository.ts';
import type { Route } from './routes.ts';
import type { TrafficHandlers } from './traffic-listener.ts';
import type { HttpRequest, HttpResponse } from '../request-path/http-message.ts';

export interface TrafficServices {
  services: PathServices;
  features: OnlineFeatures;
  internalToken: string;
  serving: () => Serving;
  isReady: () => boolean;
  status: () => Promise<DataStatus>;
  metrics: (endpoint: string) => EndpointMetrics;
  figures: () => ProcessFigures;
}

/** What the traffic port answers with, by kind of route. */
export function trafficHandlers(traffic: TrafficServices): TrafficHandlers {
  return {
    infer: (request, response, route) => infer(traffic, request, response, route),
    record: (request, response, route) => record(traffic, request, response, route),
    read: (request, response, route) => read(traffic, request, response, route),
  };
}

function callerOf({ services, serving }: TrafficServices, request: HttpRequest): Caller {
  return { request, services, serving: serving(), key: null };
}

/** Throws `not_found`, after the caller has shown who it is. */
function endpointOf(serving: Serving, name: string): ServingEndpoint {
  const endpoint = serving.endpoints.get(name);
  if (endpoint !== undefined) return endpoint;
  if (serving.version === 0) {
    throw new MulleError('unavailable', 'This process has not heard from control yet. Retry in a second.', {
      retryAfterSeconds: 1,
    });
  }
  throw new MulleError(
    'not_found',
    `There is no endpoint "${name.slice(0, 128)}". There are: ${[...serving.endpoints.keys()].join(', ') || 'none'}.`,
  );
}

function infer(
  traffic: TrafficServices,
  request: HttpRequest,
  response: HttpResponse,
  { protocol, endpoint: name, version }: Extract<Route, { kind: 'infer' }>,
): Promise<void> {
  const startedMs = monotonicMs();
  const codec = protocol === 'oip' ? oipCodec : plainCodec;
  const serving = traffic.serving();
  const endpoint = serving.endpoints.get(name);
  if (endpoint !== undefined) {
    const { services } = traffic;
    return runRequestPath(new Exchange(request, response, services, serving, endpoint, codec, version, startedMs));
  }
  try {
    const caller = callerOf(traffic, request);
    authenticate(caller);
    limit(caller);
    endpointOf(serving, name);
  } catch (thrown) {
    sendError(response, codec, toMulleError(thrown), requestIdOf(request, null));
  }
  return Promise.resolve();
}

/** Outcomes and exposures: answered once they are durable. */
async function record(
  traffic: TrafficServices,
  request: HttpRequest,
  response: HttpResponse,
  { kind, endpoint: name }: Extract<Route, { kind: 'outcomes' | 'exposures' }>,
): Promise<void> {
  const requestId = requestIdOf(request, null);
  try {
    const caller = callerOf(traffic, request);
    authenticate(caller);
    limit(caller);
    requireWriter(caller);
    const endpoint = endpointOf(caller.serving, name);
    const { events, weights, bodyBytes } = traffic.services;
    const body = parseJson(await readBody(request, bodyBytes));
    const answered = [provenanceHeaders.requestId, requestId];
    if (kind === 'exposures') {
      const sinks = { events, recentIds: traffic.features.recentIds, dialsEpoch: weights.epoch };
      const ids = await recordExposures(caller.serving, endpoint, body, sinks);
      return sendJson(response, 200, answered, JSON.stringify({ recorded: ids.length, ids }));
    }
    const recorded = await recordOutcomes(endpoint.name, body, events, traffic.features);
    sendJson(response, 200, answered, JSON.stringify({ recorded }));
  } catch (thrown) {
    sendError(response, plainCodec, toMulleError(thrown), requestId);
  }
}

async function read(
  traffic: TrafficServices,
  request: HttpRequest,
  response: HttpResponse,
  route: Route,
): Promise<void> {
  switch (route.kind) {
    case 'server':
      return sendJson(
        response,
        200,
        [],
        JSON.stringify({ name: 'mulle', version: '2', extensions: ['binary_tensor_data', 'model_repository'] }),
      );
    case 'live':
      return sendJson(response, 200, [], '{"live":true}');
    case 'ready':
      return sendJson(response, traffic.isReady() ? 200 : 503, [], JSON.stringify({ ready: traffic.isReady() }));
    case 'health':
      return sendJson(response, 200, [], JSON.stringify({ status: 'ok', ready: traffic.isReady() }));
    case 'metrics':
      return sendMetrics(traffic, response);
    case 'status':
      requireInternal(request, traffic.internalToken);
      return sendJson(response, 200, [], JSON.stringify(await traffic.status()));
    case 'model': {
      const caller = callerOf(traffic, request);
      authenticate(caller);
      return sendModel(response, endpointOf(caller.serving, route.endpoint), route);
    }
    case 'flags':
      return flags(traffic, request, response, route.key);
    case 'growthbook': {
      const caller = callerOf(traffic, request);
      authenticate(caller);
      return sendJson(response, 200, [], growthbookPayload(caller.serving, traffic.services.weights));
    }
    case 'repository-index':
    case 'repository-model':
      return repository(traffic, request, response, route);
    case 'infer':
    case 'outcomes':
    case 'exposures':
    case 'unknown':
      throw new MulleError('route_not_found', `${request.url ?? ''} cannot be read.`);
  }
}

/** Triton's extension of the protocol: the index, and an endpoint's models loaded or let go in this process. */
async function repository(
  traffic: TrafficServices,
  request: HttpRequest,
  response: HttpResponse,
  route: Extract<Route, { kind: 'repository-index' | 'repository-model' }>,
): Promise<void> {
  const caller = callerOf(traffic, request);
  authenticate(caller);
  limit(caller);
  const text = await readBody(request, traffic.services.bodyBytes);
  const body = text === '' ? {} : parseJson(text);
  if (route.kind === 'repository-index') {
    const onlyReady = isRecord(body) && body['ready'] === true;
    return sendJson(response, 200, [], JSON.stringify(repositoryIndex(caller.serving, onlyReady)));
  }
  requireWriter(caller);
  refuseConfiguration(body);
  const endpoint = endpointOf(caller.serving, route.endpoint);
  await (route.action === 'load' ? loadModels(endpoint) : unloadModels(endpoint));
  return sendJson(response, 200, [], '{}');
}

/** OFREP: one flag, or all of them with an ETag. */
async function flags(
  traffic: TrafficServices,
  request: HttpRequest,
  response: HttpResponse,
  key: string | null,
): Promise<void> {
  const caller = callerOf(traffic, request);
  authenticate(caller);
  limit(caller);
  const { bodyBytes, weights } = traffic.services;
  const subject = subjectOf(parseJson(await readBody(request, bodyBytes)), caller.key?.id ?? null);
  if ('errorCode' in subject)
    return sendJson(response, 400, [], JSON.stringify(key === null ? subject : { key, ...subject }));
  if (key !== null) {
    const flag = evaluateFlag(caller.serving, weights, key, subject);
    return sendJson(response, 'errorCode' in flag ? 404 : 200, [], JSON.stringify(flag));
  }
  const { body, etag } = evaluateAll(caller.serving, weights, subject);
  if (request.headers['if-none-match'] !== etag) return sendJson(response, 200, ['etag', etag], body);
  response.writeHead(304, ['etag', etag]);
  response.end();
}

function sendMetrics({ serving, metrics, figures }: TrafficServices, response: HttpResponse): void {
  const counters = [...serving().endpoints.keys()].map((name) => [name, metrics(name).total()] as const);
  const body = prometheusText(new Map(counters), figures());
  response.writeHead(200, [
    'content-type',
    'text/plain; version=0.0.4',
    'content-length',
    String(Buffer.byteLength(body)),
  ]);
  response.end(body);
}

function sendModel(
  response: HttpResponse,
  endpoint: ServingEndpoint,
  { version, readyOnly }: Extract<Route, { kind: 'model' }>,
): void {
  const pinned = version === null ? undefined : endpoint.pins.get(version);
  if (version !== null && pinned === undefined) {
    throw new MulleError('not_found', `Version "${version}" is not deployed to ${endpoint.name}.`);
  }
  if (!readyOnly) return sendJson(response, 200, [], JSON.stringify(modelMetadata(endpoint)));
  const released = endpoint.release?.compiled.groups.map(({ variantId }) => endpoint.variants.get(variantId)) ?? [];
  const asked = pinned === undefined ? released : [pinned];
  const ready = asked.some((variant) => variant !== undefined && canAnswer(variant));
  sendJson(response, ready ? 200 : 503, [], JSON.stringify({ name: endpoint.name, ready }));
}

function requireInternal(request: HttpRequest, token: string): void {
  const given = Buffer.from(request.headers.authorization ?? '');
  const wanted = Buffer.from(`Bearer ${token}`);
  if (given.length === wanted.length && timingSafeEqual(given, wanted)) return;
  throw new MulleError('unauthenticated', 'This route is for other roles of the platform and needs their token.');
}
