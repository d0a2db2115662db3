/**
 * What a proposed release would have brought, from the decision log of another: before it is live.
 *
 * Only logged propensities count. A decision without one (pinned, overridden, a client's that told none) takes no part,
 * and where an answered decision of the release itself lacks it, nothing is estimated: it cannot be made up afterwards.
 */
import type { Decision, Kpi, KpiValue, LocalisedText, RecordedOutcome, Release } from '@mulle/contract';
import {
  crossFittedRewards,
  offPolicyValue,
  type ContextualDecision,
  type LoggedDecision,
  type OffPolicyMethod,
  type OffPolicyResult,
} from '@mulle/stats';
import { unitHash } from './assignment.ts';
import { strategyModule } from './registry.ts';

export interface LoggedAnswer {
  readonly decision: Decision;
  /** All that became of it; later values replace earlier ones. */
  readonly outcome: RecordedOutcome['values'] | null;
}

export interface ProposedPolicy {
  /** Weights by group of the log's release; those left out are 0. */
  readonly shares: Readonly<Record<string, number>>;
  /** The group of a decision where the proposal has one for its kind of request, else null: the shares decide. */
  readonly groupOf?: (decision: Decision) => string | null;
}

export interface PolicyEvaluation {
  /** Mean of the KPI under the policy that made the log. */
  readonly logged: { readonly mean: number | null; readonly n: number };
  /** Decisions that await their outcome, and so take no part. */
  readonly waiting: number;
  readonly methods: Readonly<Record<OffPolicyMethod, OffPolicyResult>>;
}

export const offPolicyRefusals: Readonly<
  Record<Extract<OffPolicyResult, { conclusive: false }>['reason'], LocalisedText>
> = {
  'no-data': {
    en: 'Fewer than two decisions of that release have an outcome.',
    ko: '결과가 있는 결정이 두 건보다 적어요.',
  },
  'no-propensity': {
    en: 'Decisions lack the probability with which they were chosen. It cannot be made up afterwards.',
    ko: '선택 확률이 기록되지 않은 결정이 있어요. 나중에 만들어 낼 수는 없어요.',
  },
  'no-support': {
    en: 'The log has too few decisions like those that the proposal would make. Give its groups a share first.',
    ko: '제안한 방식과 같은 결정이 기록에 너무 적어요. 먼저 해당 그룹에 트래픽을 나눠 주세요.',
  },
  'no-prediction': { en: 'There is no model of the reward.', ko: '보상을 예측하는 모델이 없어요.' },
};

const methods = ['ips', 'snips', 'dm', 'dr', 'switch-dr'] as const satisfies readonly OffPolicyMethod[];

function numberOf(value: unknown): number | undefined {
  if (typeof value === 'boolean') return Number(value);
  return typeof value === 'number' && Number.isFinite(value) ? value : undefined;
}

function valueOf(source: KpiValue, { decision, outcome }: LoggedAnswer): number | undefined {
  if ('outcome' in source) return numberOf(outcome?.[source.outcome]);
  if (source.decision === 'error') return decision.errorCode === null ? 0 : 1;
  return numberOf(source.decision === 'score' ? decision.score : decision.latencyMs);
}

/** The numbers of a request that a model of the reward may use. */
function contextOf({ inputs, features }: Decision, names: readonly string[]): Float64Array {
  return Float64Array.from(names, (name) => numberOf(features[name] ?? inputs[name]) ?? 0);
}

/** Groups' probabilities under the proposal. Throws RangeError where it names a group that the release has not. */
function sharesOf({ shares }: ProposedPolicy, groups: readonly string[]): number[] {
  const unknown = Object.keys(shares).find((name) => !groups.includes(name));
  if (unknown !== undefined)
    throw new RangeError(`The release has no group '${unknown}'. It has: ${groups.join(', ')}.`);
  const weights = groups.map((name) => Math.max(0, shares[name] ?? 0));
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  if (!(total > 0)) throw new RangeError('The proposal gives no group a share.');
  return weights.map((weight) => weight / total);
}

/**
 * The mean of a KPI under a proposal, by every method, from the log of `release`. Throws RangeError for a KPI that is no
 * mean over decisions, and for groups that there are not.
 */
export function evaluatePolicy(
  { id, strategy }: Pick<Release, 'id' | 'strategy'>,
  kpi: Kpi,
  proposal: ProposedPolicy,
  answers: readonly LoggedAnswer[],
): PolicyEvaluation {
  if (kpi.kind === 'ratio') throw new RangeError(`${kpi.name} is a ratio: only means and rates can be evaluated.`);
  const groups = strategyModule(strategy.kind)
    .compile({ strategy })
    .groups.map(({ name }) => name);
  const fixed = sharesOf(proposal, groups);
  const own = answers.filter(
    ({ decision: { releaseId, pinned, override, group } }) =>
      releaseId === id && !pinned && override === undefined && groups.includes(group ?? ''),
  );
  const names = [
    ...new Set(own.flatMap(({ decision: { features, inputs } }) => [...Object.keys(features), ...Object.keys(inputs)])),
  ].filter((name) =>
    own.some(({ decision: { features, inputs } }) => numberOf(features[name] ?? inputs[name]) !== undefined),
  );
  const rows: (ContextualDecision & Omit<LoggedDecision, 'predicted'>)[] = [];
  for (const answer of own) {
    const { decision } = answer;
    const reward = valueOf(kpi.value, answer) ?? (kpi.absent === 'zero' ? 0 : undefined);
    if (reward === undefined) continue;
    const sent = proposal.groupOf?.(decision) ?? null;
    rows.push({
      arm: groups.indexOf(decision.group ?? ''),
      propensity: decision.propensity,
      reward,
      target: sent === null ? fixed : groups.map((name) => (name === sent ? 1 : 0)),
      context: contextOf(decision, names),
      fold: unitHash(decision.unit ?? decision.requestId, '\u0000fold') < 0.5 ? 0 : 1,
    });
  }
  const predicted = crossFittedRewards(rows, groups.length, names.length);
  const log = rows.map((row, index): LoggedDecision => ({ ...row, predicted: predicted[index] ?? [] }));
  const mean = rows.length === 0 ? null : rows.reduce((sum, { reward }) => sum + reward, 0) / rows.length;
  const estimates = methods.map((method) => [method, offPolicyValue(log, method)] as const);
  return {
    logged: { mean, n: rows.length },
    waiting: own.length - rows.length,
    methods: Object.fromEntries(estimates) as Record<OffPolicyMethod, OffPolicyResult>,
  };
}
