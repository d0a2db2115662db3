import { gaussianProbabilityBest } from './gaussian-arms.ts';
import { betaProbabilityBest } from './beta-arms.ts';

/** What an arm has earned: plain JSON, sums that merge. */
export interface ArmRewards {
  n: number;
  sum: number;
  sumOfSquares: number;
}

export type BanditAlgorithm =
  /** Explores with probability ε, all arms alike; else the arm with the highest mean. */
  | { readonly kind: 'epsilon-greedy'; readonly epsilon: number }
  /** Auer, Cesa-Bianchi and Fischer 2002: the highest mean + α √(2 ln N / n). */
  | { readonly kind: 'ucb1'; readonly alpha: number }
  /** Thompson 1933: each arm with the probability that it is the best. Rewards 0 and 1, or any with normal means. */
  | { readonly kind: 'thompson'; readonly rewards: 'bernoulli' | 'gaussian' }
  /** Russo 2020: the best arm with probability β, else the best of the others: finds the winner sooner. */
  | { readonly kind: 'top-two-thompson'; readonly rewards: 'bernoulli' | 'gaussian'; readonly beta: number };

export interface AllocationLimits {
  /** Least share of every arm. */
  readonly floor?: number;
  /** Largest share of any arm. */
  readonly cap?: number;
}

/** What `probabilityBest` says of the arms, where it is known already: it costs more than all the rest. */
type Best = readonly number[] | undefined;

export function emptyArmRewards(): ArmRewards {
  return { n: 0, sum: 0, sumOfSquares: 0 };
}

/** Adds a reward in place. RangeError on one that is not finite. */
export function addReward(arm: ArmRewards, reward: number): void {
  if (!Number.isFinite(reward)) throw new RangeError(`reward ${reward} is not finite`);
  arm.n += 1;
  arm.sum += reward;
  arm.sumOfSquares += reward * reward;
}

/** What was earned counts for less as time goes by, so that a change is followed: all sums times `factor`, in place. */
export function decayRewards(arm: ArmRewards, factor: number): void {
  if (!(factor >= 0 && factor <= 1)) throw new RangeError(`factor ${factor} is outside 0…1`);
  arm.n *= factor;
  arm.sum *= factor;
  arm.sumOfSquares *= factor;
}

/** Upper confidence bound of UCB1: mean + α √(2 ln N / n); Infinity for an arm that was never tried. */
export function ucb1Bound(mean: number, n: number, total: number, alpha: number): number {
  return n > 0 ? mean + alpha * Math.sqrt((2 * Math.log(Math.max(1, total))) / n) : Infinity;
}

/** Probability of each arm that it is the best, given what all have earned and flat priors. */
export function probabilityBest(arms: readonly ArmRewards[], rewards: 'bernoulli' | 'gaussian'): number[] {
  if (rewards === 'bernoulli') {
    return betaProbabilityBest(arms.map(({ n, sum }) => ({ alpha: 1 + sum, beta: 1 + Math.max(0, n - sum) })));
  }
  const untried = arms.some(({ n }) => n < 2);
  if (untried) return arms.map(() => 1 / arms.length);
  return gaussianProbabilityBest(
    arms.map(({ n, sum, sumOfSquares }) => ({
      mean: sum / n,
      deviation: Math.sqrt(Math.max(1e-12, (sumOfSquares - (sum * sum) / n) / (n - 1)) / n),
    })),
  );
}

/**
 * Shares of traffic for the arms: what each is chosen with, so the propensity of every decision is exact. Choosing by
 * these shares is the algorithm itself, run on what was known when they were made: rewards may come late and in batches.
 */
export function allocate(
  arms: readonly ArmRewards[],
  algorithm: BanditAlgorithm,
  limits: AllocationLimits = {},
  best?: Best,
): number[] {
  return limited(sharesOf(arms, algorithm, best), limits);
}

function sharesOf(arms: readonly ArmRewards[], algorithm: BanditAlgorithm, best: Best): readonly number[] {
  switch (algorithm.kind) {
    case 'epsilon-greedy': {
      const { epsilon } = algorithm;
      const means = arms.map(({ n, sum }) => (n > 0 ? sum / n : Infinity));
      return largest(means).map((share) => epsilon / arms.length + (1 - epsilon) * share);
    }
    case 'ucb1': {
      const total = arms.reduce((sum, { n }) => sum + n, 0);
      return largest(arms.map(({ n, sum }) => ucb1Bound(sum / n, n, total, algorithm.alpha)));
    }
    case 'thompson':
      return best ?? probabilityBest(arms, algorithm.rewards);
    case 'top-two-thompson':
      return topTwo(best ?? probabilityBest(arms, algorithm.rewards), algorithm.beta);
  }
}

/** All to the largest value, in equal parts where several are. */
function largest(values: readonly number[]): number[] {
  const most = Math.max(...values);
  const count = values.filter((value) => value === most).length;
  return values.map((value) => (value === most ? 1 / count : 0));
}

/** ψᵢ = pᵢ (β + (1 − β) Σⱼ≠ᵢ pⱼ / (1 − pⱼ)), p the probabilities to be best (Russo 2020, §3). */
function topTwo(best: readonly number[], beta: number): number[] {
  const odds = best.map((p) => p / Math.max(1 - p, 1e-12));
  const all = odds.reduce((sum, value) => sum + value, 0);
  const shares = best.map((p, index) => p * (beta + (1 - beta) * (all - (odds[index] ?? 0))));
  const total = shares.reduce((sum, value) => sum + value, 0);
  return shares.map((share) => share / total);
}

/** Floors first, then caps; what they take or give is shared among the others in proportion. */
function limited(shares: readonly number[], { floor = 0, cap = 1 }: AllocationLimits): number[] {
  const count = shares.length;
  if (!(floor >= 0 && floor * count <= 1)) throw new RangeError(`floor ${floor} is too much for ${count} arms`);
  if (!(cap * count >= 1 && cap >= floor)) throw new RangeError(`cap ${cap} is too little for ${count} arms`);
  const raised = shares.map((share) => floor + (1 - floor * count) * share);
  const above = raised.map((share) => Math.min(cap, share));
  for (let round = 0; round < count; round += 1) {
    const missing = 1 - above.reduce((sum, share) => sum + share, 0);
    const open = above.map((share) => (share < cap ? 1 : 0));
    const openCount = open.filter((one) => one === 1).length;
    if (missing < 1e-12 || openCount === 0) break;
    for (const [index, isOpen] of open.entries()) {
      if (isOpen) above[index] = Math.min(cap, (above[index] ?? 0) + missing / openCount);
    }
  }
  return above;
}
