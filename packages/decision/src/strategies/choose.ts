import type { Choice, Group, GroupWeights } from '../strategy.ts';

/**
 * The group whose share of [0, 1) holds the unit's place: shares lie side by side in the order of the groups, so a
 * share that grows at its neighbour's cost keeps the units it had. Weights that are missing, negative or not finite
 * count as 0, others are divided by their sum; where nothing is left the first group answers. Propensity is the share.
 */
export function chooseByShare(groups: readonly Group[], weights: GroupWeights, unitHash: number): Choice {
  const first = groups[0];
  if (!first) throw new RangeError('A release has at least one group.');
  const share = (group: Group): number => {
    const weight = weights[group.name];
    return weight !== undefined && weight > 0 && Number.isFinite(weight) ? weight : 0;
  };
  let total = 0;
  for (const group of groups) total += share(group);
  if (total === 0) return { group: first.name, variantId: first.variantId, propensity: 1 };
  let upTo = 0;
  let chosen = first;
  for (const group of groups) {
    const own = share(group);
    if (own === 0) continue;
    chosen = group;
    upTo += own;
    if (unitHash < upTo / total) break;
  }
  return { group: chosen.name, variantId: chosen.variantId, propensity: share(chosen) / total };
}
