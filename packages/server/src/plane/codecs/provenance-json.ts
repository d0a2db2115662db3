import type { Answer } from './codec.ts';

const quote = (text: string | null): string => (text === null ? 'null' : JSON.stringify(text));

/** The `Provenance` of an answer as JSON text. */
export function provenanceJson(answer: Answer): string {
  const { requestId, servedVersion, experimentId, group, latencyMs, source, ageMs } = answer;
  return (
    `{"request_id":${quote(requestId)},"model_version":${quote(servedVersion)},"experiment_id":${quote(experimentId)},` +
    `"experiment_group":${quote(group)},"from_cache":${source === 'cache'},"latency_ms":${latencyMs},` +
    `"source":"${source}","age_ms":${ageMs}}`
  );
}
