import { asymptoticConfidenceSequence, emptyMoments, mergeMoments, momentsVariance, type Moments } from '@mulle/stats';
import type { CanaryState, GroupTally, Stratum } from './canary-state.ts';

/**
 * The mean difference in log loss, challenger − incumbent, as it would be on the same answers.
 *
 * Two things make the plain difference of two means wrong or slow:
 * - The share of the challenger grows while the world changes. With 5 % on Monday and 25 % on a stormy Tuesday the
 *   challenger's mean holds more of Tuesday. Within one share the assignment is random, so groups are compared within
 *   each share (stratum) only, and the differences are combined with weights n₁n₀/(n₁+n₀), as in a stratified trial.
 *   Where one group had everything (share 0 or 1) there is nothing to compare.
 * - Most of the variance of a log loss is the label's own: a late flight costs every model more. Within each
 *   stratum the difference is therefore taken per label and weighted by the label's frequency in both groups together
 *   (post-stratification: Miratrix, Sekhon and Yu 2013), which needs a third to a quarter of the samples. It holds
 *   where a prediction does not change its own label; where it does, it compares how well each group's labels were
 *   predicted, not whose labels were easier. A stratum with fewer than ten of either label in a group is compared as
 *   a whole.
 */
export interface LossDifference {
  estimate: number;
  interval: [number, number];
}

const smallestCell = 10;
const smallestGroup = 30;
/** Below this many labelled answers in either group the normal approximation of the sequence is not trusted. */
const smallestTotal = 100;

interface Estimate {
  difference: number;
  squaredError: number;
  weight: number;
  n: number;
}

const squaredErrorOf = (moments: Moments): number => momentsVariance(moments) / moments.n;

function estimateOf({ challenger, incumbent }: Stratum): Estimate | null {
  const challengerAll = lossesOf(challenger);
  const incumbentAll = lossesOf(incumbent);
  if (challengerAll.n < smallestGroup || incumbentAll.n < smallestGroup) return null;
  const n = challengerAll.n + incumbentAll.n;
  const weight = (challengerAll.n * incumbentAll.n) / n;
  const cells = [...challenger.losses, ...incumbent.losses];
  if (cells.some((cell) => cell.n < smallestCell)) {
    const squaredError = squaredErrorOf(challengerAll) + squaredErrorOf(incumbentAll);
    return { difference: challengerAll.mean - incumbentAll.mean, squaredError, weight, n };
  }
  const [zero, one] = ([0, 1] as const).map((label) => ({
    frequency: (challenger.losses[label].n + incumbent.losses[label].n) / n,
    difference: challenger.losses[label].mean - incumbent.losses[label].mean,
    squaredError: squaredErrorOf(challenger.losses[label]) + squaredErrorOf(incumbent.losses[label]),
  }));
  if (!zero || !one) return null;
  const squaredError =
    zero.frequency ** 2 * zero.squaredError +
    one.frequency ** 2 * one.squaredError +
    (zero.frequency * one.frequency * (one.difference - zero.difference) ** 2) / n;
  return { difference: zero.frequency * zero.difference + one.frequency * one.difference, squaredError, weight, n };
}

/** All losses of a group, whatever the label. */
export function lossesOf(tally: GroupTally): Moments {
  return mergeMoments(tally.losses[0], tally.losses[1]);
}

/** One group over all shares at which both groups answered: what the difference was taken over. */
export function comparableLosses(state: CanaryState, group: 'challenger' | 'incumbent'): Moments {
  let all = emptyMoments();
  for (const [share, stratum] of Object.entries(state.strata)) {
    if (Number(share) > 0 && Number(share) < 1) all = mergeMoments(all, lossesOf(stratum[group]));
  }
  return all;
}

/** Null while there is too little to compare. The interval may be looked at after every outcome. */
export function lossDifference(state: CanaryState, alpha: number): LossDifference | null {
  const enough = (['challenger', 'incumbent'] as const).every(
    (group) => comparableLosses(state, group).n >= smallestTotal,
  );
  if (!enough) return null;
  const estimates = Object.entries(state.strata)
    .filter(([share]) => Number(share) > 0 && Number(share) < 1)
    .map(([, stratum]) => estimateOf(stratum))
    .filter((estimate) => estimate !== null);
  if (estimates.length === 0) return null;
  const total = estimates.reduce((sum, { weight }) => sum + weight, 0);
  const n = estimates.reduce((sum, estimate) => sum + estimate.n, 0);
  const estimate = estimates.reduce((sum, { difference, weight }) => sum + (weight / total) * difference, 0);
  const squaredError = estimates.reduce((sum, each) => sum + (each.weight / total) ** 2 * each.squaredError, 0);
  if (squaredError === 0) return { estimate, interval: [estimate, estimate] };
  const sequence = asymptoticConfidenceSequence({ n, mean: estimate, m2: squaredError * n * (n - 1) }, { alpha });
  return sequence.conclusive ? { estimate, interval: [sequence.lower, sequence.upper] } : null;
}
