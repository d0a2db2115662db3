import { holdsCheck, type ModelVersion, type VersionCheck } from '@mulle/contract';

/** What the first check that a version does not pass lacks, as the end of a sentence; undefined when all hold. */
export function missingCheck(
  version: ModelVersion,
  modelCard: string,
  checks: readonly VersionCheck[],
): string | undefined {
  for (const check of checks) {
    if (!holdsCheck(version, modelCard, check))
      return `the check "${check.name}" is missing. ${lackOf(version, check)}`;
  }
  return undefined;
}

function lackOf({ metrics, tags }: ModelVersion, check: VersionCheck): string {
  switch (check.kind) {
    case 'metric': {
      const { metric, atLeast = -Infinity, atMost = Infinity } = check;
      const value = metrics[metric];
      if (value === undefined) return `The version has no metric ${metric}.`;
      return `Its ${metric} is ${value}, not from ${atLeast} to ${atMost}.`;
    }
    case 'tag': {
      const value = tags[check.tag];
      return `Its tag ${check.tag} is ${value === undefined ? 'not set' : `"${value}"`}, not "${check.equals}".`;
    }
    case 'model-card':
      return 'Describe the model: intended use, data, metrics, limits.';
  }
}
