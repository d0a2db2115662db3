import { asciiJson } from './ascii-json.ts';
import type { Answer } from './codec.ts';

/** The `Provenance` of an answer as JSON text. */
export function provenanceJson(answer: Answer): string {
  const { requestId, servedVersion, experimentId, group, latencyMs, source, ageMs } = answer;
  return (
    `{"request_id":"${requestId}","model_version":${asciiJson(servedVersion)},"experiment_id":${asciiJson(experimentId)},` +
    `"experiment_group":${asciiJson(group)},"from_cache":${source === 'cache'},"latency_ms":${latencyMs},` +
    `"source":"${source}","age_ms":${ageMs}}`
  );
}
