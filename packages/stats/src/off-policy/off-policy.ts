import { normalQuantile } from '../distributions/normal.ts';

/** A decision of the log: what was drawn, with which probability, what came of it, and what the new policy would do. */
export interface LoggedDecision {
  readonly arm: number;
  /** Probability with which the arm was chosen, logged when it was. */
  readonly propensity: number | null;
  readonly reward: number;
  /** Probability of each arm under the policy to be judged. */
  readonly target: readonly number[];
  /** Reward predicted for each arm, by a model that did not see this decision; needed by DM, DR and switch-DR. */
  readonly predicted?: readonly number[];
}

export type OffPolicyMethod = 'ips' | 'snips' | 'dm' | 'dr' | 'switch-dr';

export type OffPolicyResult =
  | {
      readonly conclusive: true;
      readonly estimate: number;
      readonly lower: number;
      readonly upper: number;
      readonly standardError: number;
      /** (Σw)² / Σw²: how many decisions of the new policy the log is worth. */
      readonly effectiveSampleSize: number;
      readonly n: number;
    }
  | {
      readonly conclusive: false;
      readonly reason: 'no-data' | 'no-propensity' | 'no-support' | 'no-prediction';
      readonly n: number;
    };

export interface OffPolicyOptions {
  readonly alpha?: number;
  /** Switch-DR uses the model alone where the weight is larger. Default 10. */
  readonly switchAt?: number;
  /** Below this effective sample size there is no support. Default 30. */
  readonly fewestEffective?: number;
}

/**
 * The mean reward of a policy from the log of another, with a normal interval.
 *
 *   IPS       Σ w r / n, w = target ÷ propensity (Horvitz and Thompson 1952)
 *   SNIPS     Σ w r / Σ w (Swaminathan and Joachims 2015); error by the delta method
 *   DM        mean of the predicted reward under the target: as good as the model
 *   DR        DM + Σ w (r − predicted) / n (Dudík, Langford and Li 2011)
 *   switch-DR as DR, with w = 0 where it exceeds `switchAt` (Wang, Agarwal and Dudík 2017)
 *
 * It refuses where a propensity is missing or is no probability (it cannot be made up afterwards), where the target
 * asks for more of an arm than the log can tell (the mean weight is far from 1, or too few decisions count), and where a
 * model is needed and absent.
 */
export function offPolicyValue(
  log: readonly LoggedDecision[],
  method: OffPolicyMethod,
  options: OffPolicyOptions = {},
): OffPolicyResult {
  const { alpha = 0.05, switchAt = 10, fewestEffective = 30 } = options;
  const n = log.length;
  const refuse = (reason: Extract<OffPolicyResult, { conclusive: false }>['reason']): OffPolicyResult => ({
    conclusive: false,
    reason,
    n,
  });
  if (n < 2) return refuse('no-data');
  const weights = new Float64Array(n);
  for (const [index, { propensity, arm, target }] of log.entries()) {
    if (propensity === null || !(propensity > 0 && propensity <= 1)) return refuse('no-propensity');
    weights[index] = (target[arm] ?? 0) / propensity;
  }
  const needsModel = method === 'dm' || method === 'dr' || method === 'switch-dr';
  if (needsModel && log.some(({ predicted }) => predicted === undefined)) return refuse('no-prediction');
  const sum = weights.reduce((total, weight) => total + weight, 0);
  const squares = weights.reduce((total, weight) => total + weight * weight, 0);
  const effectiveSampleSize = squares > 0 ? (sum * sum) / squares : 0;
  if (method !== 'dm') {
    const spread = Math.sqrt(Math.max(0, squares / n - (sum / n) ** 2) / n);
    const isUnsupported = Math.abs(sum / n - 1) > Math.max(0.05, 5 * spread);
    if (effectiveSampleSize < fewestEffective || isUnsupported) return refuse('no-support');
  }
  const values = contributions(log, weights, method, switchAt);
  const mean = values.reduce((total, value) => total + value, 0) / n;
  const estimate = method === 'snips' ? (mean * n) / sum : mean;
  const errors = values.map((value, index) =>
    method === 'snips' ? (n * (value - estimate * (weights[index] ?? 0))) / sum : value - mean,
  );
  const standardError = Math.sqrt(errors.reduce((total, error) => total + error * error, 0) / (n - 1) / n);
  const reach = normalQuantile(1 - alpha / 2) * standardError;
  return {
    conclusive: true,
    estimate,
    lower: estimate - reach,
    upper: estimate + reach,
    standardError,
    effectiveSampleSize,
    n,
  };
}

function contributions(
  log: readonly LoggedDecision[],
  weights: Float64Array,
  method: OffPolicyMethod,
  switchAt: number,
): Float64Array {
  return Float64Array.from(log, ({ arm, reward, target, predicted = [] }, index) => {
    const weight = weights[index] ?? 0;
    if (method === 'ips' || method === 'snips') return weight * reward;
    const direct = target.reduce((sum, share, other) => sum + share * (predicted[other] ?? 0), 0);
    if (method === 'dm' || (method === 'switch-dr' && weight > switchAt)) return direct;
    return direct + weight * (reward - (predicted[arm] ?? 0));
  });
}
