import type { ModelVersion, VersionCheck } from './model.ts';

/** Whether a version shows what a check asks for. A metric that it has not fails; a model card is any description. */
export function holdsCheck(
  version: Pick<ModelVersion, 'metrics' | 'tags'>,
  modelCard: string,
  check: VersionCheck,
): boolean {
  if (check.kind === 'tag') return version.tags[check.tag] === check.equals;
  if (check.kind === 'model-card') return modelCard.trim() !== '';
  const value = version.metrics[check.metric];
  return value !== undefined && value >= (check.atLeast ?? -Infinity) && value <= (check.atMost ?? Infinity);
}
