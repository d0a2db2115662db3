import { parseVariantId, type Decision } from '@mulle/contract';
import { ApiError, type ControlClient } from '@mulle/client';
import type { BlobStore } from '#platform/blobs/index.ts';
import { decodeProfile, type TrainingProfile } from '../training-profile.ts';
import { isChampions } from './monitors/champion.ts';

const keptVersions = 64;

/**
 * What the versions that answer were trained on, by variant: looked up when one is first seen as the champion. Null
 * where a version tells nothing of it; drift is then read against the first window.
 */
export class TrainingReferences {
  readonly #profiles = new Map<string, TrainingProfile | null>();
  readonly #control: ControlClient;
  readonly #blobs: () => Promise<BlobStore>;
  readonly #onProblem: (message: string) => void;

  constructor(options: {
    control: ControlClient;
    /** Opened when it is first needed. */
    blobs: () => Promise<BlobStore>;
    onProblem: (message: string) => void;
  }) {
    this.#control = options.control;
    this.#blobs = options.blobs;
    this.#onProblem = options.onProblem;
  }

  /** Looks up the champions among these that are new. Rejects while control does not answer. */
  async learn(decisions: readonly Decision[], signal: AbortSignal): Promise<void> {
    for (const decision of decisions) {
      const { servedVariant } = decision;
      if (servedVariant === null || this.#profiles.has(servedVariant) || !isChampions(decision)) continue;
      this.#profiles.set(servedVariant, await this.#profileOf(servedVariant, signal));
      const [oldest] = this.#profiles.keys();
      if (this.#profiles.size > keptVersions && oldest !== undefined) this.#profiles.delete(oldest);
    }
  }

  of(variant: string): TrainingProfile | null {
    return this.#profiles.get(variant) ?? null;
  }

  async #profileOf(variant: string, signal: AbortSignal): Promise<TrainingProfile | null> {
    const parsed = parseVariantId(variant);
    if (parsed?.kind !== 'model') return null;
    try {
      const params = { model: parsed.name, version: parsed.version };
      const { lineage } = await this.#control.call('getModelVersion', { params }, { signal });
      if (lineage.profileDigest === undefined) return null;
      return decodeProfile(await (await this.#blobs()).get(lineage.profileDigest));
    } catch (error) {
      if (error instanceof ApiError && error.code === 'not_found') return null;
      if (error instanceof ApiError || signal.aborted) throw error;
      const reason = error instanceof Error ? error.message : String(error);
      this.#onProblem(`What ${variant} was trained on cannot be read (${reason}); drift is read against a window.`);
      return null;
    }
  }
}
