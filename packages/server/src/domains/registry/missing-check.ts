import type { ModelVersion, VersionCheck } from '@mulle/contract';

/** What the first check that a version does not pass lacks, as the end of a sentence; undefined when all hold. */
export function missingCheck(
  version: ModelVersion,
  modelCard: string,
  checks: readonly VersionCheck[],
): string | undefined {
  for (const check of checks) {
    const lack = lackOf(version, modelCard, check);
    if (lack !== undefined) return `the check "${check.name}" is missing. ${lack}`;
  }
  return undefined;
}

function lackOf({ metrics, tags }: ModelVersion, modelCard: string, check: VersionCheck): string | undefined {
  switch (check.kind) {
    case 'metric': {
      const { metric, atLeast = -Infinity, atMost = Infinity } = check;
      const value = metrics[metric];
      if (value === undefined) return `The version has no metric ${metric}.`;
      return value >= atLeast && value <= atMost
        ? undefined
        : `Its ${metric} is ${value}, not from ${atLeast} to ${atMost}.`;
    }
    case 'tag': {
      const value = tags[check.tag];
      if (value === check.equals) return undefined;
      return `Its tag ${check.tag} is ${value === undefined ? 'not set' : `"${value}"`}, not "${check.equals}".`;
    }
    case 'model-card':
      return modelCard.trim() === '' ? 'Describe the model: intended use, data, metrics, limits.' : undefined;
  }
}
