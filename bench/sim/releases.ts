import type { Kpi, Strategy } from '@mulle/contract';
import { bindPolicy, strategyModule } from '@mulle/decision';
import { seededUniform } from './random.ts';
import { shareAtMost, type Figure } from './study.ts';

const model = (version: number) => ({ kind: 'model', model: 'm', version }) as const;

interface World {
  /** Error rate by group. */
  readonly errors: Readonly<Record<string, number>>;
  /** Rate of the outcome `bought`, where it is asked for. */
  readonly bought?: number;
}

/** Plays a release of the engine to its end, or to `requests`; concludes after every 50. */
function play(strategy: Strategy, id: string, world: World, requests: number, random: () => number): string {
  const module = strategyModule(strategy.kind);
  let state = module.initial(strategy);
  let step = 0;
  let compiled = module.compile({ strategy, state: 'running', step });
  for (let index = 0; index < requests; index += 1) {
    const unit = `u${index}`;
    const choice = module.choose(compiled, compiled.weights, { releaseId: id, unit, requestId: unit });
    const { group, propensity } = choice;
    const common = { group, unit, propensity, fields: {}, source: 'variant', score: 0.5, atMs: index } as const;
    const failed = random() < (world.errors[group] ?? 0);
    state = module.fold(strategy, state, { ...common, kind: 'decision', failed, latencyMs: 10 });
    if (world.bought !== undefined) {
      const values = { bought: random() < world.bought ? 1 : 0 };
      state = module.fold(strategy, state, { ...common, kind: 'outcome', values });
    }
    if (index % 50 !== 49) continue;
    const release = { strategy, state: 'running', step, stepStartedAtMs: 0 } as const;
    const { conclusion } = module.conclude(release, state, 1_000);
    if (conclusion === 'advance') {
      step += 1;
      compiled = module.compile({ strategy, state: 'running', step });
    } else if (conclusion !== 'continue') return conclusion;
  }
  return 'continue';
}

const canary = bindPolicy(
  {
    kind: 'canary',
    steps: [
      { weight: 0.1, minSeconds: 0, minSamples: 200 },
      { weight: 0.5, minSeconds: 0, minSamples: 500 },
      { weight: 1, minSeconds: 0, minSamples: 200 },
    ],
    gates: [{ metric: 'error-rate', max: 0.01 }],
    maxSeconds: 600,
    whenInconclusive: 'pause',
  },
  model(1),
  [model(2)],
);

/** A canary whose limit is 1 % of errors: of a version at 2.5 % (two points worse than 0.5 %), and of one like the old. */
export function canaryErrors(runs: number, seed: number): Record<string, Figure> {
  const random = seededUniform(seed);
  const shareOf = (rate: number, conclusion: string): number => {
    let count = 0;
    for (let run = 0; run < runs; run += 1) {
      const world = { errors: { incumbent: 0.005, challenger: rate } };
      if (play(canary, `canary-${rate}-${run}`, world, 10_000, random) === conclusion) count += 1;
    }
    return count;
  };
  return {
    'canary promotes harmful': shareAtMost(shareOf(0.025, 'promote'), runs, 0.01),
    'canary rolls back harmless': shareAtMost(shareOf(0.005, 'rollback'), runs, 0.05),
  };
}

const bought: Kpi = { name: 'bought', kind: 'rate', value: { outcome: 'bought' }, direction: 'increase', role: 'goal' };

/** Share of A/A tests of the engine that conclude anything but nothing, looked at every 50 requests. */
export function abTestError(runs: number, seed: number): Figure {
  const random = seededUniform(seed);
  const strategy = bindPolicy(
    {
      kind: 'ab-test',
      kpis: [bought],
      analysis: { method: 'always-valid', alpha: 0.05, sampleSize: 1_000, correction: 'holm' },
      minSamples: 100,
      maxSeconds: 600,
      whenInconclusive: 'pause',
    },
    model(1),
    [model(2)],
  );
  let concluded = 0;
  for (let run = 0; run < runs; run += 1) {
    const world = { errors: {}, bought: 0.2 };
    if (play(strategy, `ab-${run}`, world, 3_000, random) !== 'continue') concluded += 1;
  }
  return shareAtMost(concluded, runs, 0.06);
}
