import type { Conclusion, Release, Strategy } from '@mulle/contract';
import { describe, expect, test } from 'vitest';
import { strategyModule } from '../registry.ts';
import type { ReleaseFold } from '../strategy.ts';
import { seeded } from '../testing/seeded.ts';

type Canary = Extract<Strategy, { kind: 'canary' }>;

const strategy: Canary = {
  kind: 'canary',
  incumbent: { kind: 'model', model: 'm', version: 1 },
  challenger: { kind: 'model', model: 'm', version: 2 },
  steps: [
    { weight: 0.05, minSeconds: 0, minSamples: 100 },
    { weight: 0.25, minSeconds: 0, minSamples: 500 },
    { weight: 1, minSeconds: 0, minSamples: 200 },
  ],
  gates: [
    { metric: 'error-rate', max: 0.02 },
    { metric: 'latency-p95', maxMs: 50 },
    { metric: 'log-loss', label: 'late', margin: 0.05 },
  ],
  maxSeconds: 600,
  whenInconclusive: 'pause',
};
const canary = strategyModule('canary');

const sigmoid = (logit: number): number => 1 / (1 + Math.exp(-logit));

/** Probability that a model gives to a label whose true logit it sees. */
type Model = (logit: number) => number;

interface World {
  seed: number;
  challenger: Model;
  incumbent?: Model;
  /** Base logit of the label at a moment: the world may drift. */
  base?: (row: number) => number;
  maxRows?: number;
  failureRate?: number;
}

interface Ending {
  conclusion: Conclusion;
  challengerLabels: number;
  rows: number;
}

/** Plays a canary to its end as control, data and work would; concludes after every 25 rows. */
function simulate({
  seed,
  challenger,
  incumbent = sigmoid,
  base = () => -1.6,
  maxRows = 60_000,
  failureRate = 0,
}: World): Ending {
  const random = seeded(seed);
  const normal = (): number => Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
  let state: ReleaseFold = canary.initial(strategy);
  let step = 0;
  let challengerLabels = 0;
  for (let row = 0; row < maxRows; row++) {
    const compiled = canary.compile({ strategy, state: 'running', step });
    const unit = String(row);
    const request = { releaseId: `release-${seed}`, unit, requestId: unit };
    const { group, propensity } = canary.choose(compiled, compiled.weights, request);
    const logit = base(row) + 1.1 * normal();
    const label = random() < sigmoid(logit) ? 1 : 0;
    const score = group === 'challenger' ? challenger(logit) : incumbent(logit);
    const failed = group === 'challenger' && random() < failureRate;
    const source = failed ? 'fallback:variant' : 'variant';
    const common = { group, unit, propensity, source, score, fields: {}, atMs: row } as const;
    state = canary.fold(strategy, state, {
      ...common,
      kind: 'decision',
      failed,
      latencyMs: 5 + 10 * random(),
    });
    state = canary.fold(strategy, state, { ...common, kind: 'outcome', values: { late: label } });
    if (group === 'challenger') challengerLabels++;
    if (row % 25 !== 24) continue;
    const { conclusion } = canary.conclude({ strategy, state: 'running', step, stepStartedAtMs: 0 }, state, 1_000);
    if (conclusion === 'advance') step++;
    else if (conclusion !== 'continue') return { conclusion, challengerLabels, rows: row + 1 };
  }
  return { conclusion: 'continue', challengerLabels, rows: maxRows };
}

const median = (values: number[]): number => values.toSorted((a, b) => a - b)[values.length >> 1] ?? Number.NaN;

function endings(
  runs: number,
  world: (seed: number) => World,
): { share: (conclusion: Conclusion) => number; labels: number } {
  const all = Array.from({ length: runs }, (_, index) => simulate(world(1_000 + index)));
  return {
    share: (conclusion) => all.filter((ending) => ending.conclusion === conclusion).length / runs,
    labels: median(all.map(({ challengerLabels }) => challengerLabels)),
  };
}

describe('a canary, simulated (seeds from 1000 on)', () => {
  test('constant 0.5 is always rolled back, within a few hundred labels', () => {
    const { share, labels } = endings(100, (seed) => ({ seed, challenger: () => 0.5 }));
    expect(share('rollback')).toBe(1);
    expect(labels).toBeLessThan(300);
  });

  test('an equal model is promoted, rarely rolled back', () => {
    const { share, labels } = endings(100, (seed) => ({ seed, challenger: sigmoid }));
    expect(share('rollback')).toBeLessThanOrEqual(0.05);
    expect(share('promote')).toBeGreaterThanOrEqual(0.95);
    expect(labels).toBeLessThan(2_000);
  });

  test('+0.1 nats is hardly ever promoted', () => {
    const shifted: Model = (logit) => sigmoid(logit + 1.112);
    let harm = 0;
    for (let z = -6; z < 6; z += 0.01) {
      const [truth, told] = [sigmoid(1.1 * z - 1.6), shifted(1.1 * z - 1.6)];
      const excess = truth * Math.log(truth / told) + (1 - truth) * Math.log((1 - truth) / (1 - told));
      harm += (0.01 * excess * Math.exp((-z * z) / 2)) / Math.sqrt(2 * Math.PI);
    }
    expect(harm).toBeCloseTo(0.1, 2);
    const { share } = endings(100, (seed) => ({ seed, challenger: shifted }));
    expect(share('promote')).toBeLessThanOrEqual(0.01);
  });

  test('an equal model survives a world that changes while its share grows', () => {
    const base = (row: number): number => -3 + 2.5 * Math.min(1, row / 6_000);
    const { share } = endings(60, (seed) => ({ seed, challenger: sigmoid, base }));
    expect(share('rollback')).toBeLessThanOrEqual(0.05);
    expect(share('promote')).toBeGreaterThanOrEqual(0.9);
  });

  test('a variant that fails one request in ten is rolled back', () => {
    const { share } = endings(50, (seed) => ({ seed, challenger: sigmoid, failureRate: 0.1 }));
    expect(share('rollback')).toBe(1);
  });
});

describe('conclusions', () => {
  const running: Pick<Release, 'strategy' | 'state' | 'step' | 'stepStartedAtMs'> = {
    strategy,
    state: 'running',
    step: 0,
    stepStartedAtMs: 0,
  };

  test.each([0, 1, 2])('no data never promotes or advances, at step %d', (step) => {
    const now = canary.conclude({ ...running, step }, canary.initial(strategy), 1_000);
    expect(now.conclusion).toBe('continue');
    expect(now.readings.map(({ verdict }) => verdict)).toEqual(['inconclusive', 'inconclusive', 'inconclusive']);
    const late = canary.conclude({ ...running, step }, canary.initial(strategy), 601_000);
    expect(late.conclusion).toBe('inconclusive');
    expect(late.reason.en).toMatch(/no data/);
    expect(late.reason.ko).toMatch(/제한 시간/);
  });

  test('answers of fallbacks and outcomes without label are no evidence about the variant', () => {
    let state = canary.initial(strategy);
    for (let row = 0; row < 500; row++) {
      const common = {
        group: 'challenger',
        unit: 'u',
        fields: {},
        atMs: 0,
        propensity: 0.05,
        source: 'fallback:default',
        score: 0.5,
      } as const;
      state = canary.fold(strategy, state, { ...common, kind: 'outcome', values: { late: 1 } });
      state = canary.fold(strategy, state, { ...common, source: 'variant', kind: 'outcome', values: { other: 1 } });
      state = canary.fold(strategy, state, { ...common, group: 'only', kind: 'outcome', values: { late: 1 } });
    }
    const { readings } = canary.conclude(running, state, 1_000);
    expect(readings.map(({ challengerSamples }) => challengerSamples)).toEqual([0, 0, 0]);
  });

  test('slow answers roll back', () => {
    let state = canary.initial(strategy);
    for (let row = 0; row < 200; row++) {
      state = canary.fold(strategy, state, {
        kind: 'decision',
        group: 'challenger',
        unit: 'u',
        fields: {},
        propensity: 0.05,
        source: 'variant',
        failed: false,
        latencyMs: row % 5 === 0 ? 200 : 10,
        score: 0.2,
        atMs: row,
      });
    }
    const { conclusion, readings } = canary.conclude(running, state, 1_000);
    expect(conclusion).toBe('rollback');
    expect(readings[1]).toMatchObject({ verdict: 'fail', challengerSamples: 200 });
    expect(readings[1]?.challenger).toBeCloseTo(200, -1);
  });

  test('the state is plain JSON', () => {
    let state = canary.initial(strategy);
    for (let row = 0; row < 300; row++) {
      const common = {
        group: row % 2 ? 'challenger' : 'incumbent',
        unit: 'u',
        fields: {},
        atMs: 0,
        propensity: 0.5,
        source: 'variant',
        score: 0.3,
      } as const;
      state = canary.fold(strategy, state, { ...common, kind: 'decision', failed: false, latencyMs: row, atMs: row });
      state = canary.fold(strategy, state, { ...common, kind: 'outcome', values: { late: row % 3 === 0 ? 1 : 0 } });
    }
    const read: unknown = JSON.parse(JSON.stringify(state));
    expect(read).toEqual(state);
  });

  test('weights by state', () => {
    const weights = (state: Release['state'], step: number): unknown =>
      canary.compile({ strategy, state, step }).weights;
    expect(weights('running', 1)).toEqual({ incumbent: 0.75, challenger: 0.25 });
    expect(weights('paused', 1)).toEqual({ incumbent: 0.75, challenger: 0.25 });
    expect(weights('rolled-back', 1)).toEqual({ incumbent: 1, challenger: 0 });
    expect(weights('promoted', 2)).toEqual({ incumbent: 0, challenger: 1 });
    expect(canary.compile({ strategy }).safe).toEqual({ incumbent: 1, challenger: 0 });
  });

  test('a release of another kind is refused', () => {
    expect(() => strategyModule('single').compile({ strategy })).toThrow(/canary release/);
    expect(() =>
      canary.fold(
        strategy,
        { kind: 'single' },
        {
          kind: 'outcome',
          group: 'only',
          unit: 'u',
          fields: {},
          atMs: 0,
          propensity: 1,
          source: 'variant',
          score: 1,
          values: {},
        },
      ),
    ).toThrow(TypeError);
  });

  test('a single release stands at once', () => {
    const only = strategyModule('single');
    const release = {
      strategy: { kind: 'single', variant: strategy.incumbent },
      state: 'running',
      step: 0,
      stepStartedAtMs: 0,
    } as const;
    expect(only.compile(release)).toEqual({
      strategy: release.strategy,
      groups: [{ name: 'only', variantId: 'm@1' }],
      weights: { only: 1 },
      safe: { only: 1 },
    });
    expect(only.conclude(release, only.initial(release.strategy), 0).conclusion).toBe('promote');
  });
});
