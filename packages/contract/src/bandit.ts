import { Type, type Static } from './type.ts';
import { Kpi } from './kpi.ts';
import { FieldName } from './names.ts';

const share = Type.Number({ minimum: 0, maximum: 1 });

/** How a bandit turns what its arms have earned into shares. Thompson takes rates as Bernoulli rewards, means as Gaussian. */
export const BanditAlgorithm = Type.Union([
  /** Explores with probability ε, all arms alike; else the arm with the highest mean. */
  Type.Object({ kind: Type.Literal('epsilon-greedy'), epsilon: share }, { additionalProperties: false }),
  /** The highest mean + α √(2 ln N / n); rewards lie in 0…1. */
  Type.Object(
    { kind: Type.Literal('ucb1'), alpha: Type.Number({ exclusiveMinimum: 0 }) },
    { additionalProperties: false },
  ),
  /** Each arm with the probability that it is the best. */
  Type.Object({ kind: Type.Literal('thompson') }, { additionalProperties: false }),
  /** The best arm with probability β, else the best of the others: finds the winner sooner. */
  Type.Object({ kind: Type.Literal('top-two-thompson'), beta: share }, { additionalProperties: false }),
]);
export type BanditAlgorithm = Static<typeof BanditAlgorithm>;

/** What is believed of an arm before it is tried: as much as so many rewards of this mean would say. */
const WarmStart = Type.Object(
  {
    n: Type.Number({ minimum: 0 }),
    mean: Type.Number(),
    deviation: Type.Optional(Type.Number({ minimum: 0 })),
  },
  { additionalProperties: false },
);

/** Limits of the shares, and which hash draws the arm. */
const allocation = {
  /** What an arm earns, by decision: a `mean` or a `rate`. */
  reward: Kpi,
  /** Least share of every arm: with it, whatever is proposed later can be evaluated on the log. */
  floor: Type.Optional(share),
  /** Least number of rewards of each arm before anything is concluded. */
  minSamples: Type.Integer({ minimum: 1 }),
};

export const banditPlan = {
  ...allocation,
  algorithm: BanditAlgorithm,
  /** Largest share of any arm. */
  cap: Type.Optional(share),
  /** `request` (default) draws an arm for each request; `unit` keeps a unit on its arm while the shares allow. */
  assignment: Type.Optional(Type.Enum(['request', 'unit'])),
  /** A decision counts once it is this old, with what it has earned by then: for rewards that come late or not at all. */
  attributionSeconds: Type.Optional(Type.Number({ exclusiveMinimum: 0 })),
  /** After this time what was earned counts half, so that a change is followed. Such a bandit never concludes. */
  halfLifeSeconds: Type.Optional(Type.Number({ exclusiveMinimum: 0 })),
  /** By arm, the incumbent's first. It moves the shares only; what is concluded rests on what was seen. */
  warmStart: Type.Optional(Type.Array(WarmStart, { minItems: 2, maxItems: 10 })),
  /** Promotes an arm once no other is better by more than `tolerance`, with an error rate of `alpha` in all. Absent: never. */
  stop: Type.Optional(
    Type.Object(
      {
        alpha: Type.Number({ exclusiveMinimum: 0, exclusiveMaximum: 0.5 }),
        tolerance: Type.Number({ minimum: 0 }),
      },
      { additionalProperties: false },
    ),
  ),
};

/** A number that arms are told apart by: (value − centre) / scale. Values of about −3…3 suit the ridge. */
const ContextField = Type.Object(
  {
    field: FieldName,
    centre: Type.Optional(Type.Number()),
    scale: Type.Optional(Type.Number({ exclusiveMinimum: 0 })),
  },
  { additionalProperties: false },
);
export type ContextField = Static<typeof ContextField>;

export const contextualPlan = {
  ...allocation,
  algorithm: Type.Union([
    /** The highest θ·x + α √(xᵀA⁻¹x) (LinUCB, disjoint arms). */
    Type.Object({ kind: Type.Literal('lin-ucb'), alpha: Type.Number({ minimum: 0 }) }, { additionalProperties: false }),
    /** Each arm with the probability that its θ·x is the largest, θ normal with covariance scale² A⁻¹. */
    Type.Object(
      { kind: Type.Literal('linear-thompson'), scale: Type.Number({ exclusiveMinimum: 0 }) },
      { additionalProperties: false },
    ),
  ]),
  /** Inputs or features, numbers; a constant is added. Missing ones count as the centre. */
  context: Type.Array(ContextField, { minItems: 1, maxItems: 64 }),
  /** λ of the ridge; default 1. */
  ridge: Type.Optional(Type.Number({ exclusiveMinimum: 0 })),
};

/** What a contextual bandit knows of an arm: θ, and the upper triangle of A⁻¹ row by row. */
export const LinearArmModel = Type.Object({ theta: Type.Array(Type.Number()), upper: Type.Array(Type.Number()) });
export type LinearArmModel = Static<typeof LinearArmModel>;

/** How a release that learns divides its traffic now, by group: what its dial carries. */
export const Allocation = Type.Object({
  weights: Type.Record(Type.String(), Type.Number({ minimum: 0 })),
  model: Type.Optional(Type.Record(Type.String(), LinearArmModel)),
});
export type Allocation = Static<typeof Allocation>;
