import type { VariantGuard } from '../runtimes/variant-guard.ts';
import type { VariantPool } from '../runtimes/variant-pool.ts';
import type { ServingRules } from './rule-serving.ts';

/** A model in hosts of its own. */
export interface HostedVariant {
  readonly kind: 'hosted';
  readonly id: string;
  readonly version: string;
  readonly pool: VariantPool;
  readonly guard: VariantGuard;
  /** Named by the release, so its hosts run whether or not it is asked. */
  readonly isReleased: boolean;
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
export type ServingVariant = HostedVariant | RuleVariant;

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
  return variant.kind === 'hosted' && variant.pool.isLoading;
}
