import type { Exposure, Outcome, Provenance } from '@mulle/contract';
import { send } from './retry.ts';

export interface InferenceClientOptions {
  /** Address of the traffic port, e.g. `http://127.0.0.1:5151`. */
  url: string;
  key?: string | undefined;
  timeoutMs?: number;
  tries?: number;
}

export interface Prediction {
  score: number;
  metadata: Provenance;
}

export interface PredictOptions {
  /** Becomes the decision's id; default: made by the server. */
  requestId?: string;
  /** Pins a version that is deployed on the endpoint. */
  modelVersion?: string;
}

/** A client of the traffic port: predictions and their outcomes. */
export interface InferenceClient {
  predict(endpoint: string, input: Record<string, unknown>, options?: PredictOptions): Promise<Prediction>;
  recordOutcomes(endpoint: string, outcomes: readonly Outcome[]): Promise<{ recorded: number }>;
  /** Tells of units that met an arm which was assigned on this side; outcomes name the ids that come back. */
  recordExposures(endpoint: string, exposures: readonly Exposure[]): Promise<{ recorded: number; ids: string[] }>;
}

/** Makes a client. Retries are safe: a prediction changes nothing, and outcomes carry ids. */
export function createInferenceClient(options: InferenceClientOptions): InferenceClient {
  const base = options.url.replace(/\/+$/, '');
  const headers: Record<string, string> = {
    'content-type': 'application/json',
    ...(options.key === undefined ? {} : { authorization: `Bearer ${options.key}` }),
  };
  const retry = { tries: options.tries ?? 3, timeoutMs: options.timeoutMs ?? 30_000, repeatable: true };
  const route = (endpoint: string, action: string): string =>
    `${base}/v1/endpoints/${encodeURIComponent(endpoint)}/${action}`;

  return {
    async predict(endpoint, input, predict = {}) {
      const response = await send(
        route(endpoint, 'predict'),
        {
          method: 'POST',
          headers: {
            ...headers,
            ...(predict.requestId === undefined ? {} : { 'x-request-id': predict.requestId }),
            ...(predict.modelVersion === undefined ? {} : { 'x-model-version': predict.modelVersion }),
          },
          body: JSON.stringify({ input }),
        },
        retry,
        fetch,
      );
      return (await response.json()) as Prediction;
    },
    async recordOutcomes(endpoint, outcomes) {
      const named = outcomes.map((outcome) => ({ id: outcome.id ?? crypto.randomUUID(), ...outcome }));
      const body = JSON.stringify({ outcomes: named });
      const response = await send(route(endpoint, 'outcomes'), { method: 'POST', headers, body }, retry, fetch);
      return (await response.json()) as { recorded: number };
    },
    async recordExposures(endpoint, exposures) {
      const named = exposures.map((exposure) => ({ id: exposure.id ?? crypto.randomUUID(), ...exposure }));
      const body = JSON.stringify({ exposures: named });
      const response = await send(route(endpoint, 'exposures'), { method: 'POST', headers, body }, retry, fetch);
      return (await response.json()) as { recorded: number; ids: string[] };
    },
  };
}
