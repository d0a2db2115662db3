import type { Kpi, ReleasePolicy } from '@mulle/contract';
import { bindPolicy, strategyModule } from '@mulle/decision';
import { addToLinearArm, allocate, emptyLinearArm, upperOfLinearArm } from '@mulle/stats';
import { report, rounded, type BenchmarkResult } from '../benchmark.ts';
import { normal, seededUniform } from '../sim/random.ts';
import { pathRatio } from './path-ratio.ts';
import { switchTimes } from './switch-time.ts';

const model = (version: number) => ({ kind: 'model', model: 'm', version }) as const;
const bought: Kpi = { name: 'bought', kind: 'rate', value: { outcome: 'bought' }, direction: 'increase', role: 'goal' };
const ending = { maxSeconds: 600, whenInconclusive: 'pause' } as const;
const policies: readonly ReleasePolicy[] = [
  {
    kind: 'ab-test',
    kpis: [bought],
    analysis: { method: 'always-valid', alpha: 0.05, sampleSize: 1_000, correction: 'holm' },
    minSamples: 100,
    ...ending,
  },
  {
    kind: 'canary',
    steps: [{ weight: 0.3, minSeconds: 0, minSamples: 100 }],
    gates: [{ metric: 'error-rate', max: 0.01 }],
    ...ending,
  },
  { kind: 'bandit', reward: bought, algorithm: { kind: 'thompson' }, minSamples: 100, ...ending },
];

/** The best of many short rounds, in microseconds for each call: a round that others disturbed does not count. */
function microseconds(count: number, call: (index: number) => void): number {
  let best = Infinity;
  for (let round = 0; round < 40; round += 1) {
    const start = performance.now();
    for (let index = 0; index < count; index += 1) call(index);
    best = Math.min(best, ((performance.now() - start) * 1_000) / count);
  }
  return best;
}

/** What a contextual bandit computes for each request: 10 arms, a context of 32 numbers. */
function contextualFigures(units: readonly string[]): Record<string, number> {
  const figures: Record<string, number> = {};
  const random = seededUniform(1);
  const arms = Array.from({ length: 10 }, () => {
    const arm = emptyLinearArm(32);
    for (let index = 0; index < 200; index += 1) {
      addToLinearArm(
        arm,
        Array.from({ length: 32 }, () => normal(random)),
        normal(random),
      );
    }
    return arm;
  });
  const contexts = Array.from({ length: 64 }, () => Float64Array.from({ length: 32 }, () => normal(random)));
  for (const algorithm of [
    { kind: 'lin-ucb', alpha: 1 },
    { kind: 'linear-thompson', scale: 1 },
  ] as const) {
    const context = Array.from({ length: 31 }, (_, index) => ({ field: `f${index}` }));
    const strategy = bindPolicy(
      { kind: 'contextual-bandit', reward: bought, algorithm, context, minSamples: 1, ...ending },
      model(1),
      Array.from({ length: 9 }, (_, index) => model(index + 2)),
    );
    if (!('arms' in strategy)) continue;
    const module = strategyModule(strategy.kind);
    const learned = strategy.arms.map(({ name }, index): [string, ReturnType<typeof upperOfLinearArm>] => [
      name,
      upperOfLinearArm(arms[index] ?? emptyLinearArm(32)),
    ]);
    const compiled = module.compile({ strategy });
    const asked = { releaseId: 'rel_01', unit: 'u', model: Object.fromEntries(learned) };
    figures[`choose ${algorithm.kind} d=32 × 10 µs`] = microseconds(500, (index) => {
      const x = contexts[index % 64] ?? new Float64Array(32);
      let at = 0;
      module.choose(compiled, compiled.weights, {
        ...asked,
        requestId: units[index % units.length] ?? '',
        numberAt: () => x[at++] ?? Number.NaN,
      });
    });
  }
  return figures;
}

/** `choose` and `fold` of the engine, what a bandit's shares cost to make, a switch, and the path with everything on. */
export async function run(): Promise<BenchmarkResult> {
  const units = Array.from({ length: 4_096 }, (_, index) => `user-${index}`);
  const figures: Record<string, number> = {};
  for (const policy of policies) {
    const challengers = policy.kind === 'bandit' ? 9 : 1;
    const strategy = bindPolicy(
      policy,
      model(1),
      Array.from({ length: challengers }, (_, index) => model(index + 2)),
    );
    const module = strategyModule(strategy.kind);
    const compiled = module.compile({ strategy, state: 'running' });
    const requestOf = (index: number) => {
      const unit = units[index % units.length] ?? '';
      return { releaseId: 'rel_01', unit, requestId: unit };
    };
    figures[`choose ${policy.kind} µs`] = microseconds(
      10_000,
      (index) => void module.choose(compiled, compiled.weights, requestOf(index)),
    );
    let state = module.initial(strategy);
    const perEvent = microseconds(10_000, (index) => {
      const unit = units[(index >> 1) % units.length] ?? '';
      const group = (index >> 1) % 2 === 0 ? 'incumbent' : 'challenger';
      const common = { group, unit, propensity: 0.5, fields: {}, source: 'variant', score: 0.5, atMs: index } as const;
      state = module.fold(
        strategy,
        state,
        index % 2 === 0
          ? { ...common, kind: 'decision', failed: false, latencyMs: 5 }
          : { ...common, kind: 'outcome', values: { bought: index % 3 === 0 ? 1 : 0 } },
      );
    });
    figures[`fold ${policy.kind} events/s`] = 1e6 / perEvent;
  }
  Object.assign(figures, contextualFigures(units));
  Object.assign(figures, await switchTimes(), await pathRatio());
  const rewards = Array.from({ length: 10 }, (_, index) => ({ n: 500, sum: 100 + index, sumOfSquares: 100 + index }));
  figures['Thompson allocation of 10 µs'] = microseconds(
    1,
    () => void allocate(rewards, { kind: 'thompson', rewards: 'bernoulli' }),
  );
  const at = (name: string): number => figures[name] ?? Number.NaN;
  const ok =
    at('choose ab-test µs') <= 1 &&
    at('choose canary µs') <= 1 &&
    at('choose bandit µs') <= 3 &&
    at('choose lin-ucb d=32 × 10 µs') <= 20 &&
    at('choose linear-thompson d=32 × 10 µs') <= 20 &&
    at('fold bandit events/s') >= 200_000 &&
    at('fold ab-test events/s') >= 200_000 &&
    at('fold canary events/s') >= 200_000 &&
    at('switch worst ms') <= 1_000 &&
    at('switch failures') === 0 &&
    at('path full ÷ plain') <= 1.3;
  for (const [name, value] of Object.entries(figures)) {
    figures[name] = rounded(value);
    report(`${name}: ${rounded(value)}`);
  }
  return { ok, figures, probes: {} };
}
