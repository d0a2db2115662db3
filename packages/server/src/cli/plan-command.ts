import type { KpiDefinition, KpiMeasure } from '@mulle/contract';
import { durationDays, sampleSizeForMeans, sampleSizeForRates } from '@mulle/stats';
import type { Command } from 'commander';
import { MulleError } from '#kernel/errors.ts';
import { print, printTable } from './print.ts';
import { addClientOptions, openSession, type ClientCommandOptions } from './session.ts';

interface PlanOptions extends ClientCommandOptions {
  kpi: string;
  effect?: number;
  baseline?: number;
  deviation?: number;
  unitsPerDay?: number;
  arms: number;
  alpha: number;
  power: number;
  looks: string;
}

interface Measured {
  readonly definition: KpiDefinition;
  /** Of the variant with the most decisions; null before anything was measured. */
  readonly total: KpiMeasure | null;
  readonly perDay: number;
}

/** The KPI as outcomes have measured it on the endpoint. */
function measuredOf(
  items: readonly {
    definition: KpiDefinition;
    series: readonly { total: KpiMeasure; days: readonly KpiMeasure[] }[];
  }[],
  name: string,
): Measured {
  const found = items.find(({ definition }) => definition.name === name);
  if (found === undefined) {
    const known = items.map(({ definition }) => definition.name).join(', ') || 'none';
    throw new MulleError('not_found', `No KPI "${name}" is declared for this endpoint. Declared: ${known}.`);
  }
  const [largest] = found.series.toSorted((a, b) => b.total.n - a.total.n);
  const days = new Set(found.series.flatMap((one) => one.days.map((_, index) => index))).size;
  const all = found.series.reduce((sum, one) => sum + one.total.n, 0);
  return { definition: found.definition, total: largest?.total ?? null, perDay: days > 0 ? all / days : 0 };
}

const given = (value: number | null | undefined, option: string, what: string): number => {
  if (value !== undefined && value !== null && Number.isFinite(value)) return value;
  throw new MulleError('invalid_argument', `${what} is not known yet. Give it: ${option}.`);
};

/** Units that a test needs and how long it takes, from what was measured and what is given. */
function planOf({ definition, total, perDay }: Measured, options: PlanOptions) {
  const { arms, alpha, power, looks } = options;
  if (looks !== 'once' && looks !== 'always')
    throw new MulleError('invalid_argument', `--looks ${looks}: once or always.`);
  const effect = given(options.effect ?? definition.minimumEffect, '--effect', 'The least difference worth having');
  const difference = definition.direction === 'increase' ? Math.abs(effect) : -Math.abs(effect);
  const plan = { alpha, power, comparisons: arms - 1, looks } as const;
  const baseline = options.baseline ?? total?.value;
  // The error is that of a mean whose observations are clustered by unit: so is the spread that it comes from.
  const measuredDeviation = total?.error === null || total === null ? undefined : total.error * Math.sqrt(total.n);
  const deviation = options.deviation ?? measuredDeviation;
  const sizeFor = (): number => {
    if (definition.kind !== 'rate')
      return sampleSizeForMeans(difference, given(deviation, '--deviation', 'The standard deviation') ** 2, plan);
    const from = given(baseline, '--baseline', 'The present rate');
    return sampleSizeForRates(from, from + difference, plan);
  };
  let perArm: number;
  try {
    perArm = sizeFor();
  } catch (cause) {
    if (cause instanceof RangeError) throw new MulleError('invalid_argument', cause.message, { cause });
    throw cause;
  }
  const unitsPerDay = options.unitsPerDay ?? perDay;
  const shares = Array.from({ length: arms }, () => 1 / arms);
  return {
    kpi: definition.name,
    baseline: baseline ?? null,
    deviation: deviation ?? null,
    effect: difference,
    arms,
    alpha,
    power,
    looks,
    perArm,
    total: perArm * arms,
    unitsPerDay,
    days: unitsPerDay > 0 ? durationDays(perArm, unitsPerDay, shares) : null,
  };
}

/** `mulle releases plan` */
export function addPlanCommand(releases: Command): void {
  addClientOptions(releases.command('plan').description('how many units an A/B test needs, and how long it takes'))
    .argument('<endpoint>', 'the endpoint that it will run on')
    .requiredOption('--kpi <name>', 'a declared KPI: its value, spread and traffic are read')
    .option('--effect <difference>', 'least difference worth having (default: the KPI’s own)', Number)
    .option('--baseline <value>', 'present value (default: as measured)', Number)
    .option('--deviation <value>', 'standard deviation of a mean (default: as measured)', Number)
    .option('--units-per-day <n>', 'units that come in a day (default: as measured)', Number)
    .option('--arms <n>', 'arms, the incumbent included', Number, 2)
    .option('--alpha <share>', 'error rate of the whole test', Number, 0.05)
    .option('--power <share>', 'chance to see the effect if it is there', Number, 0.8)
    .option('--looks <once|always>', 'at the end alone, or whenever one likes', 'always')
    .action(async (endpoint: string, options: PlanOptions) => {
      const session = openSession(options);
      const { items } = await session.control.call('listKpis', { query: { endpoint } });
      print(session, planOf(measuredOf(items, options.kpi), options), (plan) =>
        printTable(
          ['', ''],
          [
            ['KPI', `${plan.kpi}, now ${plan.baseline ?? 'unknown'}`],
            ['least effect', plan.effect],
            ['units', `${plan.perArm} for each of ${plan.arms} arms, ${plan.total} in all`],
            ['time', plan.days === null ? 'unknown: nothing was measured' : `${plan.days} days`],
            ['traffic', `${Math.round(plan.unitsPerDay)} units a day`],
            ['terms', `alpha ${plan.alpha}, power ${plan.power}, looked at ${plan.looks}`],
          ],
        ),
      );
    });
}
