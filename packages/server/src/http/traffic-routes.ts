import {
  InferRequest,
  InferResponse,
  PredictRequest,
  Provenance,
  RecordExposures,
  RecordOutcomes,
  route,
  Type,
} from '@mulle/contract';

const endpoint = Type.Object({ endpoint: Type.String() });
const version = Type.Object({ endpoint: Type.String(), version: Type.String() });
const ModelMetadata = Type.Object({
  name: Type.String(),
  versions: Type.Array(Type.String()),
  platform: Type.String(),
  inputs: Type.Array(Type.Object({ name: Type.String(), datatype: Type.String(), shape: Type.Array(Type.Integer()) })),
  outputs: Type.Array(Type.Object({ name: Type.String(), datatype: Type.String(), shape: Type.Array(Type.Integer()) })),
});
const ModelReady = Type.Object({ name: Type.String(), ready: Type.Boolean() });

const infer = { method: 'POST', access: 'viewer', body: InferRequest, response: InferResponse } as const;

/** What the traffic port answers, for the document only: the data role has a listener of its own. */
export const trafficRoutes = {
  predict: route({
    method: 'POST',
    path: '/v1/endpoints/{endpoint}/predict',
    summary: 'Scores of one record or many, with where they came from',
    access: 'viewer',
    params: endpoint,
    body: PredictRequest,
    response: Type.Union([
      Type.Object({ score: Type.Number(), metadata: Provenance }),
      Type.Object({ scores: Type.Array(Type.Number()), metadata: Provenance }),
    ]),
  }),
  recordOutcomes: route({
    method: 'POST',
    path: '/v1/endpoints/{endpoint}/outcomes',
    summary: 'What became of decisions; answered after the commit',
    access: 'viewer',
    params: endpoint,
    body: RecordOutcomes,
    response: Type.Object({ recorded: Type.Integer() }),
  }),
  recordExposures: route({
    method: 'POST',
    path: '/v1/endpoints/{endpoint}/exposures',
    summary: 'Units that met an arm which a client assigned on its own side; answered after the commit',
    access: 'viewer',
    params: endpoint,
    body: RecordExposures,
    response: Type.Object({ recorded: Type.Integer(), ids: Type.Array(Type.String()) }),
  }),
  infer: route({
    ...infer,
    path: '/v2/models/{endpoint}/infer',
    summary: 'Open Inference Protocol v2',
    params: endpoint,
  }),
  inferVersion: route({
    ...infer,
    path: '/v2/models/{endpoint}/versions/{version}/infer',
    summary: 'The same of one version, past the release and out of experiments',
    params: version,
  }),
  modelMetadata: route({
    method: 'GET',
    path: '/v2/models/{endpoint}',
    summary: 'Inputs, outputs and versions of an endpoint',
    access: 'viewer',
    params: endpoint,
    response: ModelMetadata,
  }),
  modelReady: route({
    method: 'GET',
    path: '/v2/models/{endpoint}/ready',
    summary: 'Whether a variant of the endpoint can answer; 503 when not',
    access: 'viewer',
    params: endpoint,
    response: ModelReady,
  }),
  serverLive: route({
    method: 'GET',
    path: '/v2/health/live',
    summary: 'Whether the process runs',
    access: 'public',
    response: Type.Object({ live: Type.Boolean() }),
  }),
  serverReady: route({
    method: 'GET',
    path: '/v2/health/ready',
    summary: 'Whether it has definitions to answer by; 503 when not',
    access: 'public',
    response: Type.Object({ ready: Type.Boolean() }),
  }),
} as const;
