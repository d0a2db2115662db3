import type { Decision } from '@mulle/contract';

type Answer = Pick<Decision, 'group' | 'propensity' | 'source' | 'pinned'>;

/**
 * Whether the champion gave this answer: a release's single or incumbent group, or a challenger once it has everything.
 * A challenger's share is the release's to judge.
 */
export function isChampions({ group, propensity, source, pinned }: Answer): boolean {
  if (pinned || (source !== 'variant' && source !== 'cache')) return false;
  return group !== 'challenger' || propensity === 1;
}
