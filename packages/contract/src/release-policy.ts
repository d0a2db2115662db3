import { Type, type Static } from './type.ts';
import { banditPlan, contextualPlan } from './bandit.ts';
import { Gate, Limit } from './gate.ts';
import { interleavingPlan } from './interleaving.ts';
import { Kpi } from './kpi.ts';
import { FieldName, Name } from './names.ts';
import { shadowPlan } from './shadow.ts';
import { stagedPlan } from './staged.ts';
import { Variant } from './variant.ts';

const share = Type.Number({ minimum: 0, maximum: 1 });
const positiveShare = Type.Number({ exclusiveMinimum: 0, maximum: 1 });

/** What ends a test that finds nothing. */
const ending = {
  /** After this much time without a conclusion the release is inconclusive. */
  maxSeconds: Type.Number({ exclusiveMinimum: 0 }),
  /** No conclusion never promotes: wait for a person, or take the challenger back. */
  whenInconclusive: Type.Union([Type.Literal('pause'), Type.Literal('rollback')]),
};

export const CanaryStep = Type.Object(
  {
    /** Share of traffic to the challenger, 0…1. */
    weight: positiveShare,
    /** Least time at this step, wall clock. */
    minSeconds: Type.Number({ minimum: 0 }),
    /** Least number of challenger decisions (with outcomes, where a gate needs them) before the step may pass. */
    minSamples: Type.Integer({ minimum: 1 }),
  },
  { additionalProperties: false },
);
export type CanaryStep = Static<typeof CanaryStep>;

/** A part of all units, so that tests which must not meet share none: GrowthBook's namespaces and holdouts. */
export const Population = Type.Object(
  {
    /** Exclusion group: of all units of the namespace, those whose place lies in [from, to). */
    namespace: Type.Optional(
      Type.Object({ name: Type.String({ minLength: 1 }), from: share, to: share }, { additionalProperties: false }),
    ),
    /** Units that meet no test at all, the same for every test that names this holdout. */
    holdout: Type.Optional(
      Type.Object({ name: Type.String({ minLength: 1 }), share }, { additionalProperties: false }),
    ),
    /** Share of each arm's units that take part; default 1. Others are answered by the incumbent. */
    coverage: Type.Optional(positiveShare),
  },
  { additionalProperties: false },
);
export type Population = Static<typeof Population>;

/** How the KPIs of an A/B test are judged. */
export const AbAnalysis = Type.Object(
  {
    /**
     * `always-valid`: may be looked at whenever one likes, and concludes as soon as it can. `fixed-horizon`: concludes
     * once, when every arm has `sampleSize` units. `bayesian`: as fixed-horizon, by the chance to beat the incumbent;
     * such a chance is no error rate, and looking again and again at it would make one up.
     */
    method: Type.Enum(['always-valid', 'fixed-horizon', 'bayesian']),
    /** Error rate of the whole test: two-sided, over all goals and arms together. */
    alpha: Type.Number({ exclusiveMinimum: 0, exclusiveMaximum: 0.5 }),
    /** Units for each arm: what fixed-horizon and Bayesian wait for, and where always-valid is tightest. */
    sampleSize: Type.Integer({ minimum: 2 }),
    /** Holm keeps the chance of any false win, Benjamini–Hochberg the share of false ones. */
    correction: Type.Enum(['holm', 'benjamini-hochberg', 'none']),
  },
  { additionalProperties: false },
);
export type AbAnalysis = Static<typeof AbAnalysis>;

const canaryPlan = {
  steps: Type.Array(CanaryStep, { minItems: 1, maxItems: 20 }),
  gates: Type.Array(Gate, { minItems: 1 }),
  ...ending,
};

const blueGreenPlan = {
  /** Judged on what the challenger answers, in preview and after the switch; none: a person judges. */
  gates: Type.Array(Limit),
  /** Least number of challenger answers before a gate passes. */
  minSamples: Type.Integer({ minimum: 1 }),
  /** `by-hand`: a person switches. `gates`: switched as soon as all pass on preview traffic. */
  switch: Type.Enum(['by-hand', 'gates']),
  /** After the switch the incumbent is kept warm, and taken back to at once, for at least this long. */
  keepSeconds: Type.Number({ minimum: 0 }),
  ...ending,
};

const abPlan = {
  kpis: Type.Array(Kpi, { minItems: 1, maxItems: 20 }),
  analysis: AbAnalysis,
  population: Type.Optional(Population),
  /** Inputs by whose values results are shown apart. */
  segments: Type.Optional(Type.Array(FieldName, { maxItems: 3 })),
  /** Least number of units of each arm before anything is concluded. */
  minSamples: Type.Integer({ minimum: 1 }),
  ...ending,
};

/** A strategy that may be a stage of a sequence. */
const StagePolicy = Type.Union([
  Type.Object({ kind: Type.Literal('shadow'), ...shadowPlan, ...ending }, { additionalProperties: false }),
  Type.Object({ kind: Type.Literal('canary'), ...canaryPlan }, { additionalProperties: false }),
  Type.Object(
    {
      kind: Type.Literal('ab-test'),
      /** Weights of the arms, the incumbent's first; default: equal. */
      split: Type.Optional(Type.Array(positiveShare, { minItems: 2, maxItems: 10 })),
      ...abPlan,
    },
    { additionalProperties: false },
  ),
  Type.Object({ kind: Type.Literal('staged'), ...stagedPlan, ...ending }, { additionalProperties: false }),
]);

/** Stages one after the other; what passes one goes on to the next, and is promoted after the last. */
const stageCount = { minItems: 2, maxItems: 6 };

/** How a version comes in, without saying which: the policy of an endpoint, the argument of a deploy. */
export const ReleasePolicy = Type.Union([
  Type.Object({ kind: Type.Literal('single') }, { additionalProperties: false }),
  ...StagePolicy.anyOf,
  Type.Object({ kind: Type.Literal('blue-green'), ...blueGreenPlan }, { additionalProperties: false }),
  Type.Object({ kind: Type.Literal('bandit'), ...banditPlan, ...ending }, { additionalProperties: false }),
  Type.Object(
    { kind: Type.Literal('contextual-bandit'), ...contextualPlan, ...ending },
    { additionalProperties: false },
  ),
  Type.Object({ kind: Type.Literal('interleaving'), ...interleavingPlan, ...ending }, { additionalProperties: false }),
  Type.Object(
    { kind: Type.Literal('sequence'), stages: Type.Array(StagePolicy, stageCount) },
    { additionalProperties: false },
  ),
]);
export type ReleasePolicy = Static<typeof ReleasePolicy>;

/** One arm of a test; the first is the incumbent. */
export const Arm = Type.Object(
  { name: Name, variant: Variant, weight: positiveShare },
  { additionalProperties: false },
);
export type Arm = Static<typeof Arm>;

const arms = Type.Array(Arm, { minItems: 2, maxItems: 10 });
const pair = { incumbent: Variant, challenger: Variant };

/** A stage of a sequence, bound to its variants. */
const StageStrategy = Type.Union([
  Type.Object({ kind: Type.Literal('shadow'), ...pair, ...shadowPlan, ...ending }, { additionalProperties: false }),
  Type.Object({ kind: Type.Literal('canary'), ...pair, ...canaryPlan }, { additionalProperties: false }),
  Type.Object({ kind: Type.Literal('ab-test'), arms, ...abPlan }, { additionalProperties: false }),
  Type.Object({ kind: Type.Literal('staged'), ...pair, ...stagedPlan, ...ending }, { additionalProperties: false }),
]);
export type StageStrategy = Static<typeof StageStrategy>;

/** A policy bound to its variants. Closed union; every member has a module of its own in packages/decision. */
export const Strategy = Type.Union([
  Type.Object({ kind: Type.Literal('single'), variant: Variant }, { additionalProperties: false }),
  ...StageStrategy.anyOf,
  Type.Object({ kind: Type.Literal('blue-green'), ...pair, ...blueGreenPlan }, { additionalProperties: false }),
  Type.Object({ kind: Type.Literal('bandit'), arms, ...banditPlan, ...ending }, { additionalProperties: false }),
  Type.Object(
    { kind: Type.Literal('contextual-bandit'), arms, ...contextualPlan, ...ending },
    { additionalProperties: false },
  ),
  Type.Object(
    { kind: Type.Literal('interleaving'), ...pair, ...interleavingPlan, ...ending },
    { additionalProperties: false },
  ),
  Type.Object(
    { kind: Type.Literal('sequence'), ...pair, stages: Type.Array(StageStrategy, stageCount) },
    { additionalProperties: false },
  ),
]);
export type Strategy = Static<typeof Strategy>;
