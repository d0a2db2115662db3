import { durationDays, sampleSizeForMeans, sampleSizeForRates, type SamplePlan } from '@mulle/stats';

/** What a plan is made from, as the address holds it: per cent as people write them. */
export const planFields = [
  'kind',
  'baseline',
  'deviation',
  'effect',
  'arms',
  'alpha',
  'power',
  'looks',
  'endpoint',
  'units',
  'coverage',
] as const;
type PlanField = (typeof planFields)[number];
export type PlanTexts = { readonly [F in PlanField]?: string | undefined };

export interface PlanInput {
  readonly kind: 'rate' | 'mean';
  /** A rate as a share; of a mean nothing depends on it. */
  readonly baseline: number;
  readonly deviation: number;
  /** As a difference, of rates as a share. */
  readonly effect: number;
  readonly arms: number;
  readonly alpha: number;
  readonly power: number;
  readonly looks: 'once' | 'always';
  readonly unitsPerDay: number;
  readonly coverage: number;
}

export const planDefaults = {
  kind: 'rate',
  baseline: '10',
  deviation: '20',
  effect: '1',
  arms: '2',
  alpha: '5',
  power: '80',
  looks: 'always',
  endpoint: '',
  units: '',
  coverage: '100',
} as const satisfies Record<PlanField, string>;

export function readPlan(texts: PlanTexts, liveUnitsPerDay: number): PlanInput {
  const number = (field: PlanField): number => Number((texts[field] ?? planDefaults[field]).replace(',', '.'));
  const kind = texts.kind === 'mean' ? 'mean' : 'rate';
  const scale = kind === 'rate' ? 100 : 1;
  return {
    kind,
    baseline: number('baseline') / scale,
    deviation: number('deviation'),
    effect: number('effect') / scale,
    arms: Math.min(10, Math.max(2, Math.round(number('arms')) || 2)),
    alpha: number('alpha') / 100,
    power: number('power') / 100,
    looks: texts.looks === 'once' ? 'once' : 'always',
    unitsPerDay: texts.units === undefined ? liveUnitsPerDay : number('units'),
    coverage: number('coverage') / 100,
  };
}

export interface TestPlan {
  readonly perArm: number;
  readonly total: number;
  /** Null without traffic. */
  readonly days: number | null;
  /** Day by day the smallest difference that would show; empty without traffic. */
  readonly curve: readonly { readonly day: number; readonly effect: number }[];
}

const share = (value: number): boolean => value > 0 && value < 1;

/** Undefined where the numbers cannot be. */
export function planTest(input: PlanInput): TestPlan | undefined {
  const { kind, baseline, effect, deviation, arms, alpha, power, looks, unitsPerDay, coverage } = input;
  const valid =
    share(alpha) &&
    share(power) &&
    alpha < 0.5 &&
    coverage > 0 &&
    coverage <= 1 &&
    Number.isFinite(effect) &&
    effect !== 0;
  if (!valid || (kind === 'rate' ? !share(baseline) || !share(baseline + effect) : !(deviation > 0))) return undefined;
  const plan: SamplePlan = { alpha, power, comparisons: arms - 1, looks };
  const perArm =
    kind === 'rate'
      ? sampleSizeForRates(baseline, baseline + effect, plan)
      : sampleSizeForMeans(effect, deviation ** 2, plan);
  const shares = Array.from({ length: arms }, () => coverage / arms);
  const days = unitsPerDay > 0 ? durationDays(perArm, unitsPerDay, shares) : null;
  const last = days === null ? 0 : Math.min(120, Math.max(14, 2 * days));
  // What shows goes with the inverse root of the units.
  const curve = Array.from({ length: last }, (_, index) => ({
    day: index + 1,
    effect: Math.abs(effect) * Math.sqrt(perArm / ((unitsPerDay * coverage * (index + 1)) / arms)),
  }));
  return { perArm, total: perArm * arms, days, curve };
}
