import { Type, type Static } from './type.ts';

/** Where an answer came from. */
export const answerSources = [
  'variant',
  'cache',
  'rule',
  'fallback:variant',
  'fallback:stale',
  'fallback:rule',
  'fallback:default',
] as const;
export const AnswerSource = Type.Enum(answerSources);
export type AnswerSource = (typeof answerSources)[number];

/** The provenance of an answer as JSON metadata; the headers below carry the same. */
export const Provenance = Type.Object({
  request_id: Type.String(),
  model_version: Type.Union([Type.String(), Type.Null()]),
  experiment_id: Type.Union([Type.String(), Type.Null()]),
  experiment_group: Type.Union([Type.String(), Type.Null()]),
  from_cache: Type.Boolean(),
  latency_ms: Type.Number(),
  source: AnswerSource,
  age_ms: Type.Number(),
});
export type Provenance = Static<typeof Provenance>;

/** Response headers; a request may send `requestId`, `modelVersion` (pin) and `experimentId`. */
export const provenanceHeaders = {
  requestId: 'x-request-id',
  modelVersion: 'x-model-version',
  experimentId: 'x-experiment-id',
  experimentGroup: 'x-experiment-group',
  source: 'x-mulle-source',
  ageMs: 'x-mulle-age-ms',
} as const;
