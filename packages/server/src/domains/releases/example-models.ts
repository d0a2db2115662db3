import { noLineage, type ModelVersion } from '@mulle/contract';
import { MulleError } from '#kernel/errors.ts';
import type { ReleasableModels } from './deployable.ts';

function modelVersion(version: number): ModelVersion {
  return {
    model: 'delay',
    version,
    artifact: { digest: 'a'.repeat(64), bytes: 1, format: 'onnx' },
    flavor: null,
    features: version === 8 ? ['hour', 'wind'] : ['hour', 'origin_rate'],
    signature: null,
    metrics: {},
    lineage: noLineage,
    aliases: [],
    description: '',
    stage: 'None',
    tags: {},
    source: null,
    runLink: null,
    causeId: null,
    createdAtMs: 0,
    updatedAtMs: 0,
  };
}

/**
 * A registry for suites: nine versions of `delay`, the model of the example manifest's endpoint. The alias `latest`
 * moves, 7 was rejected, 8 needs a feature that nobody computes.
 */
export function exampleModels(): ReleasableModels & { latest: number } {
  return {
    latest: 2,
    async getVersion(model, version) {
      if (model === 'delay' && version < 10) return modelVersion(version);
      throw new MulleError('not_found', `There is no version ${version} of ${model}.`);
    },
    async resolveAlias() {
      return modelVersion(this.latest);
    },
    async listApprovals(model, version) {
      const verdict = { id: 'v', model, version, actor: 'lee', reason: 'leaks', createdAtMs: 0 };
      return version === 7 ? [{ ...verdict, verdict: 'rejected' }] : [];
    },
  };
}
