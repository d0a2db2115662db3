import { variantId, type Arm, type ReleasePolicy, type Strategy, type Variant } from '@mulle/contract';

/**
 * A policy with its variants: what answers now, and what is to come in, the best candidate first. Throws RangeError
 * where the policy's arms and the variants do not fit each other; the message says how.
 */
export function bindPolicy(policy: ReleasePolicy, incumbent: Variant, challengers: readonly Variant[]): Strategy {
  const [challenger, ...others] = challengers;
  if (challenger === undefined) throw new RangeError('A release needs a variant to bring in.');
  if (policy.kind === 'ab-test') {
    const { split, ...plan } = policy;
    return { ...plan, arms: armsOf(split, incumbent, challengers) };
  }
  if (others.length > 0) {
    throw new RangeError(`${policy.kind} brings in one variant, not ${challengers.map(variantId).join(', ')}.`);
  }
  return policy.kind === 'single' ? { kind: 'single', variant: challenger } : { ...policy, incumbent, challenger };
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
