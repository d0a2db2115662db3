import type { VariantGuard } from '../runtimes/variant-guard.ts';
import type { FeatureRows } from '../runtimes/row-batching.ts';
import type { TensorRows } from '../runtimes/tensor-batching.ts';
import type { VariantPool } from '../runtimes/variant-pool.ts';
import type { Tensor } from '../tensors/tensor.ts';
import type { ServingRules } from './rule-serving.ts';

interface InHosts<Input extends { readonly count: number }, Output> {
  readonly id: string;
  readonly version: string;
  readonly pool: VariantPool<Input, Output>;
  readonly guard: VariantGuard;
  /** Named by the release, so its hosts run whether or not it is asked. */
  readonly isReleased: boolean;
}

/** A model in hosts of its own, that scores rows. */
export interface HostedVariant extends InHosts<FeatureRows, number[]> {
  readonly kind: 'hosted';
}

/** A model in hosts of its own, that answers named tensors with named tensors. */
export interface TensorVariant extends InHosts<TensorRows, readonly Tensor[]> {
  readonly kind: 'tensors';
}

/** Rules that this process evaluates itself. */
export interface RuleVariant {
  readonly kind: 'rules';
  readonly id: string;
  readonly version: string;
  readonly rules: ServingRules;
  readonly isReleased: boolean;
}

/** A variant that can be called. */
export type ServingVariant = HostedVariant | TensorVariant | RuleVariant;

/** Ready to answer, or known not to load. */
export function isSettled(variant: ServingVariant): boolean {
  return variant.kind === 'rules' || variant.pool.isSettled;
}

/** Answers now, or will once it is first asked for: a version that no release names is loaded then. */
export function canAnswer(variant: ServingVariant): boolean {
  if (variant.kind === 'rules') return true;
  return variant.pool.isReady || (!variant.isReleased && variant.pool.unavailable === undefined);
}

/** Loaded for the first time: it has no answer yet. */
export function isLoading(variant: ServingVariant): boolean {
  return variant.kind !== 'rules' && variant.pool.isLoading;
}
