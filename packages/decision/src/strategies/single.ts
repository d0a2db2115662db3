import { variantId } from '@mulle/contract';
import type { StrategyDefinition } from '../strategy.ts';
import { chooseByShare } from './choose.ts';

/**
 * One variant answers everything. There is nothing to compare and no gate, so the release stands as soon as it is
 * made: `conclude` promotes at once, with or without data.
 */
export const single: StrategyDefinition<'single'> = {
  kind: 'single',
  compile: (strategy) => ({
    groups: [{ name: 'only', variantId: variantId(strategy.variant) }],
    weights: { only: 1 },
    safe: { only: 1 },
  }),
  choose: (_strategy, { groups }, weights) => chooseByShare(groups, weights, 0),
  wanted: () => ({ outcomes: [], fields: [] }),
  initial: () => ({ kind: 'single' }),
  fold: (_strategy, state) => state,
  conclude: (_strategy, release) => ({
    conclusion: release.state === 'running' ? 'promote' : 'continue',
    readings: [],
    reason: { en: 'A single variant needs no test.', ko: '단일 변형은 시험 없이 배포됩니다.' },
  }),
};
