import {
  variantId,
  type Arm,
  type ReleasePolicy,
  type StageStrategy,
  type Strategy,
  type Variant,
} from '@mulle/contract';
import { policyProblems } from './policy-problems.ts';

type StagePolicy = Extract<ReleasePolicy, { kind: 'sequence' }>['stages'][number];

/**
 * A policy with its variants: what answers now, and what is to come in, the best candidate first. Throws RangeError
 * where the policy contradicts itself, or its arms and the variants do not fit each other; the message says how.
 */
export function bindPolicy(policy: ReleasePolicy, incumbent: Variant, challengers: readonly Variant[]): Strategy {
  const [challenger, ...others] = challengers;
  if (challenger === undefined) throw new RangeError('A release needs a variant to bring in.');
  const [problem] = policyProblems(policy);
  if (problem) throw new RangeError(`${policy.kind} ${problem.path}: ${problem.message}`);
  if (policy.kind === 'ab-test') {
    const { split, ...plan } = policy;
    return { ...plan, arms: armsOf(split, incumbent, challengers) };
  }
  if (policy.kind === 'bandit' || policy.kind === 'contextual-bandit') {
    const arms = armsOf(undefined, incumbent, challengers);
    checkArms(policy, arms.length);
    return { ...policy, arms };
  }
  if (policy.kind === 'sequence' && others.length === 0) {
    const stages = policy.stages.map((stage) => bindStage(stage, incumbent, challenger));
    return { kind: 'sequence', incumbent, challenger, stages };
  }
  if (others.length > 0 || policy.kind === 'sequence') {
    throw new RangeError(`${policy.kind} brings in one variant, not ${challengers.map(variantId).join(', ')}.`);
  }
  return policy.kind === 'single' ? { kind: 'single', variant: challenger } : { ...policy, incumbent, challenger };
}

/** What passes a stage goes on to the next, whatever kind it is. */
function bindStage(policy: StagePolicy, incumbent: Variant, challenger: Variant): StageStrategy {
  switch (policy.kind) {
    case 'ab-test': {
      const { split, ...plan } = policy;
      return { ...plan, arms: armsOf(split, incumbent, [challenger]) };
    }
    case 'shadow':
      return { ...policy, whenPassed: 'promote', incumbent, challenger };
    case 'canary':
    case 'staged':
      return { ...policy, incumbent, challenger };
  }
}

/** Limits that the number of arms decides on. */
function checkArms(policy: Extract<ReleasePolicy, { kind: 'bandit' | 'contextual-bandit' }>, arms: number): void {
  const { floor = 0 } = policy;
  if (floor * arms > 1) throw new RangeError(`A floor of ${floor} is too much for ${arms} arms.`);
  if (policy.kind === 'contextual-bandit') return;
  const { cap = 1, warmStart } = policy;
  if (cap * arms < 1) throw new RangeError(`A cap of ${cap} is too little for ${arms} arms.`);
  if (warmStart !== undefined && warmStart.length !== arms)
    throw new RangeError(`The warm start has ${warmStart.length} entries for ${arms} arms: give one for each.`);
}

/** Arms are named `incumbent`, `challenger`, `challenger-2` …: the groups of decisions. */
function armsOf(split: readonly number[] | undefined, incumbent: Variant, challengers: readonly Variant[]): Arm[] {
  const variants = [incumbent, ...challengers];
  if (split !== undefined && split.length !== variants.length) {
    throw new RangeError(`The split has ${split.length} weights for ${variants.length} arms: give one for each.`);
  }
  const distinct = new Set(variants.map(variantId));
  if (distinct.size < variants.length) throw new RangeError('Two arms are the same variant: name different ones.');
  return variants.map((variant, index) => ({
    name: index === 0 ? 'incumbent' : index === 1 ? 'challenger' : `challenger-${index}`,
    variant,
    weight: split?.[index] ?? 1 / variants.length,
  }));
}
