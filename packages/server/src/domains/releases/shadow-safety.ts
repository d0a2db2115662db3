import { variantId, type ModelVersion, type ReleasePolicy, type Variant } from '@mulle/contract';
import { MulleError } from '#kernel/errors.ts';

/**
 * A variant in the shadow is asked beside the one that answers. What is known to do nothing but answer may be: rule sets
 * and models that are a graph of operations. What runs code of its own, or calls others, has to be declared safe.
 * Throws `invalid_argument`.
 */
export function assertMayShadow(policy: ReleasePolicy, variant: Variant, version: ModelVersion | null): void {
  const stages = policy.kind === 'sequence' ? policy.stages : [policy];
  if (!stages.some((stage) => stage.kind === 'shadow' && stage.sideEffects !== 'none')) return;
  const onlyAnswers = variant.kind === 'rules' || (version !== null && version.artifact.format !== 'bundle');
  if (onlyAnswers) return;
  throw new MulleError(
    'invalid_argument',
    `${variantId(variant)} runs code of its own: asked in the shadow it would do whatever it does a second time. If it does nothing but answer, say so in the policy: "sideEffects": "none".`,
  );
}
