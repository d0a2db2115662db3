import { Type, type Static } from './type.ts';
import { Kpi } from './kpi.ts';

const alpha = Type.Number({ exclusiveMinimum: 0, exclusiveMaximum: 0.5 });

/** An absolute limit of what the challenger does, whoever its callers are. */
export const Limit = Type.Union([
  Type.Object(
    { metric: Type.Literal('error-rate'), max: Type.Number({ minimum: 0, maximum: 1 }) },
    { additionalProperties: false },
  ),
  Type.Object(
    { metric: Type.Literal('latency-p95'), maxMs: Type.Number({ exclusiveMinimum: 0 }) },
    { additionalProperties: false },
  ),
]);
export type Limit = Static<typeof Limit>;

/** The mean log loss of the challenger's answers against the incumbent's. */
export const LogLossGate = Type.Object(
  {
    metric: Type.Literal('log-loss'),
    /** Name of the outcome value that holds the 0/1 label. */
    label: Type.String(),
    /** Largest tolerated mean difference challenger − incumbent, in nats. */
    margin: Type.Number({ minimum: 0 }),
    alpha: Type.Optional(alpha),
  },
  { additionalProperties: false },
);

/**
 * What a release must hold to: an absolute limit, or a limit of the difference challenger − incumbent over the same
 * window, judged by an always-valid confidence sequence. A difference needs randomly assigned callers.
 */
export const Gate = Type.Union([
  ...Limit.anyOf,
  LogLossGate,
  /** A KPI must not get worse by more than its margin. */
  Type.Object({ metric: Type.Literal('kpi'), kpi: Kpi, alpha: Type.Optional(alpha) }, { additionalProperties: false }),
]);
export type Gate = Static<typeof Gate>;

/**
 * Whether units came to the arms in the planned shares, and each to one arm; of a bandit, whether arms were chosen as
 * often as the propensities say that were logged with them. Where not, nothing is concluded.
 */
const SampleRatioCheck = Type.Object({ metric: Type.Literal('sample-ratio'), alpha }, { additionalProperties: false });

/** The share of a challenger's answers in the shadow that agree with the incumbent's. */
const AgreementCheck = Type.Object(
  { metric: Type.Literal('agreement'), tolerance: Type.Number(), min: Type.Number() },
  { additionalProperties: false },
);

/** What one gate, KPI or check saw: the raw value is always kept beside the verdict. */
export const GateReading = Type.Object({
  gate: Type.Union([Gate, SampleRatioCheck, AgreementCheck]),
  verdict: Type.Union([Type.Literal('pass'), Type.Literal('fail'), Type.Literal('inconclusive')]),
  /** The challenger's own value, and the incumbent's over the same window; null where there is no data. */
  challenger: Type.Union([Type.Number(), Type.Null()]),
  incumbent: Type.Union([Type.Number(), Type.Null()]),
  /** Confidence interval of what is judged (the difference, or the challenger's value). */
  interval: Type.Union([Type.Tuple([Type.Number(), Type.Number()]), Type.Null()]),
  challengerSamples: Type.Integer({ minimum: 0 }),
  incumbentSamples: Type.Integer({ minimum: 0 }),
  /** Which arm is read, where there are several. */
  group: Type.Optional(Type.String()),
  /** What is judged, where it is not `challenger` or `challenger − incumbent` itself: variance is taken out of it. */
  estimate: Type.Optional(Type.Number()),
  /** Mean of challenger − incumbent over the answers compared, beside the share of those that agree. */
  difference: Type.Optional(Type.Number()),
  pValue: Type.Optional(Type.Number()),
  /** After correction for the number of comparisons. */
  adjustedPValue: Type.Optional(Type.Number()),
  /** Probability that the challenger is the better one, given flat priors (Bayesian analysis). */
  chanceToBeat: Type.Optional(Type.Number()),
  /** Of a bandit's arm: the probability that it is the best, and its share of the traffic. */
  chanceBest: Type.Optional(Type.Number()),
  share: Type.Optional(Type.Number()),
  /** Share of the variance that the covariate took out. */
  varianceReduction: Type.Optional(Type.Number()),
  /** A part of the traffic, `field=value`: to explore, never concluded on. */
  segment: Type.Optional(Type.String()),
});
export type GateReading = Static<typeof GateReading>;
