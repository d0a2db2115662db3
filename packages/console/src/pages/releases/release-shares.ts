import { challengersOf, incumbentOf, promotedVariant, stageAt, variantId, type Release } from '@mulle/contract';
import type { Token } from '../../charts/colours.ts';

/** One group of a release and the share of traffic that its strategy gives it; null where the strategy learns it. */
export interface GroupShare {
  readonly group: string;
  readonly variant: string;
  readonly share: number | null;
  readonly token: GroupToken;
}

export type GroupToken = Token | 'line-strong';

/** The incumbent is neutral, the first challenger jjok, the others in the fixed order of series. */
const challengerTokens: readonly Token[] = ['jjok', 'jacho', 'chija', 'ssuk', 'honghwa'];

function groupToken(index: number): GroupToken {
  return index === 0 ? 'line-strong' : (challengerTokens[(index - 1) % challengerTokens.length] ?? 'jjok');
}

/** What the challenger of a pair is given now. */
function challengerShare({ strategy, step }: Release): number | null {
  if (strategy.kind === 'canary') return strategy.steps[step]?.weight ?? 1;
  if (strategy.kind === 'shadow') return 0;
  if (strategy.kind === 'interleaving') return 0.5;
  if (strategy.kind === 'staged') return (strategy.phases[step]?.coverage ?? 1) / 2;
  if (strategy.kind === 'blue-green') return step === 0 ? 0 : 1;
  return null;
}

/** The groups between which a release shares out its traffic now; the incumbent first. One after it has ended. */
export function sharesOf(release: Release): GroupShare[] {
  const { strategy, state } = release;
  const whole = (group: string, variant: string, token: GroupToken): GroupShare[] => [
    { group, variant, share: 1, token },
  ];
  if (strategy.kind === 'single') return whole('only', variantId(strategy.variant), 'jjok');
  const incumbent = incumbentOf(strategy);
  if (state === 'promoted') return whole(release.winner ?? 'challenger', variantId(promotedVariant(release)), 'jjok');
  if (state === 'rolled-back' || state === 'superseded')
    return incumbent === null ? [] : whole('incumbent', variantId(incumbent), 'line-strong');
  if (strategy.kind === 'sequence') {
    const at = stageAt(strategy, release.step);
    return sharesOf({ ...release, strategy: at.stage, step: at.step });
  }
  if (strategy.kind === 'bandit' || strategy.kind === 'contextual-bandit') {
    const learned = (name: string): number | null =>
      release.readings.find(({ group, share }) => group === name && share !== undefined)?.share ?? null;
    return strategy.arms.map(({ name, variant }, index) => ({
      group: name,
      variant: variantId(variant),
      share: learned(name),
      token: groupToken(index),
    }));
  }
  if (strategy.kind === 'ab-test') {
    const sum = strategy.arms.reduce((total, { weight }) => total + weight, 0);
    return strategy.arms.map(({ name, variant, weight }, index) => ({
      group: name,
      variant: variantId(variant),
      share: weight / sum,
      token: groupToken(index),
    }));
  }
  const share = challengerShare(release);
  const challengers = challengersOf(strategy);
  const one = challengers.length === 1;
  return [
    ...(incumbent === null
      ? []
      : [
          {
            group: 'incumbent',
            variant: variantId(incumbent),
            share: share === null ? null : 1 - share,
            token: groupToken(0),
          },
        ]),
    ...challengers.map((variant, index) => ({
      group: one ? 'challenger' : variantId(variant),
      variant: variantId(variant),
      share,
      token: groupToken(index + 1),
    })),
  ];
}
