import type { JsonText } from './json-text.ts';
import type { Answer } from './codec.ts';

/**
 * Writes the `Provenance` of an answer. `asParameters`: where the format has no other place for labels and the
 * explanation, and knows no nested values, they are there too, as JSON text.
 */
export function writeProvenance(text: JsonText, answer: Answer, asParameters = false): void {
  text.raw('{"request_id":').string(answer.requestId).raw(',"model_version":').string(answer.servedVersion);
  text.raw(',"experiment_id":').string(answer.experimentId).raw(',"experiment_group":').string(answer.group);
  text.raw(answer.source === 'cache' ? ',"from_cache":true' : ',"from_cache":false');
  text.raw(',"latency_ms":').number(answer.latencyMs).raw(',"source":').string(answer.source);
  text.raw(',"age_ms":').number(answer.ageMs);
  if (asParameters) {
    const { labels, explanation } = answer;
    if (labels !== null) text.raw(',"labels":').string(JSON.stringify(labels));
    if (explanation !== null) text.raw(',"explanation":').string(JSON.stringify(explanation));
  }
  text.raw('}');
}
