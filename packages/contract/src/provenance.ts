import { Type, type Static } from './type.ts';
import { LocalisedText } from './names.ts';

/** Where an answer came from. */
export const answerSources = [
  'variant',
  'cache',
  'rule',
  'fallback:variant',
  'fallback:stale',
  'fallback:rule',
  'fallback:default',
  /** Answered on the client's own side: an exposure. */
  'client',
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

/** Why an answer is what it is, where the caller asked: which variant was chosen how, and what rules did to each row. */
export const Explanation = Type.Object({
  assigned_variant: Type.Union([Type.String(), Type.Null()]),
  served_variant: Type.Union([Type.String(), Type.Null()]),
  propensity: Type.Union([Type.Number(), Type.Null()]),
  /** The override that chose in place of the release. */
  override: Type.Optional(Type.String()),
  rules: Type.Array(
    Type.Object({
      row: Type.Integer({ minimum: 0 }),
      stage: Type.String(),
      rule_set: Type.String(),
      rule: Type.String(),
      effect: Type.String(),
      explanation: LocalisedText,
      /** The variant's own answer, where the rule overrode it. */
      variant_score: Type.Optional(Type.Number()),
    }),
  ),
});
export type Explanation = Static<typeof Explanation>;

/** Response headers; a request may send `requestId`, `modelVersion` (pin) and `experimentId`. */
export const provenanceHeaders = {
  requestId: 'x-request-id',
  modelVersion: 'x-model-version',
  experimentId: 'x-experiment-id',
  experimentGroup: 'x-experiment-group',
  source: 'x-mulle-source',
  ageMs: 'x-mulle-age-ms',
  /** Of a request: `true` asks why the answer is what it is. */
  explain: 'x-mulle-explain',
  /** Of a request: the side of a blue/green release to be answered by, `challenger` or `incumbent`. */
  preview: 'x-mulle-preview',
} as const;
