import type { ReleaseService } from './release-service.ts';

/** Whether a model (of that version) is named anywhere inside a strategy, whatever its kind. */
function names(value: unknown, model: string, version: number | undefined): boolean {
  if (typeof value !== 'object' || value === null) return false;
  if ('kind' in value && value.kind === 'model' && 'model' in value && value.model === model) {
    return version === undefined || ('version' in value && value.version === version);
  }
  return Object.values(value).some((part) => names(part, model, version));
}

/** Which of the endpoints answer with a version of the model, or have a release that is to decide on one. */
export async function endpointsServing(
  releases: ReleaseService,
  endpoints: readonly { readonly name: string }[],
  model: string,
  version?: number,
): Promise<string[]> {
  const serving: string[] = [];
  for (const { name } of endpoints) {
    const { settled, contender } = await releases.standing(name);
    const strategies = [settled, contender].map((record) => record?.release.strategy);
    if (strategies.some((strategy) => names(strategy, model, version))) serving.push(name);
  }
  return serving;
}
