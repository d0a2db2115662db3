import type { StageStrategy, Strategy } from './release-policy.ts';
import type { Variant } from './variant.ts';

/** The variants that a strategy tries against the incumbent; the only one of `single`. */
export function challengersOf(strategy: Strategy): Variant[] {
  switch (strategy.kind) {
    case 'single':
      return [strategy.variant];
    case 'ab-test':
    case 'bandit':
    case 'contextual-bandit':
      return strategy.arms.slice(1).map(({ variant }) => variant);
    case 'shadow':
    case 'canary':
    case 'staged':
    case 'interleaving':
    case 'sequence':
    case 'blue-green':
      return [strategy.challenger];
  }
}

/** What answers beside the challengers; null where nothing does. */
export function incumbentOf(strategy: Strategy): Variant | null {
  switch (strategy.kind) {
    case 'single':
      return null;
    case 'ab-test':
    case 'bandit':
    case 'contextual-bandit':
      return strategy.arms[0]?.variant ?? null;
    case 'shadow':
    case 'canary':
    case 'staged':
    case 'interleaving':
    case 'sequence':
    case 'blue-green':
      return strategy.incumbent;
  }
}

/** What answers everything once the release was promoted: the winner, else the (first) challenger. */
export function promotedVariant({ strategy, winner }: { strategy: Strategy; winner?: string }): Variant {
  const arms = 'arms' in strategy ? strategy.arms : [];
  const variant = arms.find(({ name }) => name === winner)?.variant ?? challengersOf(strategy)[0];
  if (variant === undefined) throw new RangeError(`A ${strategy.kind} release has no challenger.`);
  return variant;
}

/** Steps through which a release goes by `advance`. */
export function stepsOf(strategy: Strategy): number {
  switch (strategy.kind) {
    case 'canary':
      return strategy.steps.length;
    case 'staged':
      return strategy.phases.length;
    case 'sequence':
      return strategy.stages.reduce((sum, stage) => sum + stepsOf(stage), 0);
    case 'blue-green':
      return 2;
    case 'single':
    case 'shadow':
    case 'interleaving':
    case 'ab-test':
    case 'bandit':
    case 'contextual-bandit':
      return 1;
  }
}

/** Which stage of a sequence a step belongs to, and its number there; the last one for steps beyond. */
export function stageAt(
  { stages }: Extract<Strategy, { kind: 'sequence' }>,
  step: number,
): { index: number; step: number; stage: StageStrategy } {
  let before = 0;
  for (const [index, stage] of stages.entries()) {
    const own = stepsOf(stage);
    if (step < before + own || index === stages.length - 1) return { index, step: step - before, stage };
    before += own;
  }
  throw new RangeError('A sequence has at least one stage.');
}
