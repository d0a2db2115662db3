import type { ReleaseService } from './release-service.ts';
import { MulleError } from '#kernel/errors.ts';

/** Whether a model (of that version) is named anywhere inside a strategy, whatever its kind. */
function names(value: unknown, model: string, version: number | undefined): boolean {
  if (typeof value !== 'object' || value === null) return false;
  if ('kind' in value && value.kind === 'model' && 'model' in value && value.model === model) {
    return version === undefined || ('version' in value && value.version === version);
  }
  return Object.values(value).some((part) => names(part, model, version));
}

/**
 * Throws `invalid_state` when one of the endpoints answers with a version of the model, or a release is to decide on
 * one: such a version can be neither deleted nor renamed.
 */
export async function assertNotServed(
  releases: ReleaseService,
  endpoints: readonly { readonly name: string }[],
  model: string,
  version?: number,
): Promise<void> {
  for (const { name } of endpoints) {
    const { settled, contender } = await releases.standing(name);
    for (const record of [settled, contender]) {
      if (!names(record?.release.strategy, model, version)) continue;
      const what = version === undefined ? model : `${model}@${version}`;
      throw new MulleError(
        'invalid_state',
        `The endpoint ${name} answers with ${what}. Deploy another version there first.`,
      );
    }
  }
}
