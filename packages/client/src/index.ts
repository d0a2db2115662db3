export { ApiError } from './api-error.ts';
export {
  createControlClient,
  routeUrl,
  type CallInput,
  type CallOptions,
  type ClientOptions,
  type ControlClient,
} from './control-client.ts';
export * from './define.ts';
export type { Fetch, FetchAnswer } from './fetch.ts';
export {
  createInferenceClient,
  type InferenceClient,
  type InferenceClientOptions,
  type Prediction,
  type PredictOptions,
} from './inference-client.ts';
