import { Type, type Static } from './type.ts';
import { FieldName, Name } from './names.ts';

/** Where a KPI's number comes from: a value of the outcomes that join a decision, or the decision itself. */
export const KpiValue = Type.Union([
  Type.Object({ outcome: Type.String({ minLength: 1 }) }, { additionalProperties: false }),
  Type.Object({ decision: Type.Enum(['error', 'latency-ms', 'score']) }, { additionalProperties: false }),
]);
export type KpiValue = Static<typeof KpiValue>;

/**
 * What a release is judged by, the same for every strategy.
 *
 * `mean` and `rate` (values 0 and 1) are per decision, `ratio` is the sum of `value` over the sum of `per`. Whatever the
 * kind, its error is that of a ratio whose observations are clustered by unit: decisions of one unit are not independent.
 */
export const Kpi = Type.Object(
  {
    name: Name,
    kind: Type.Enum(['mean', 'rate', 'ratio']),
    value: KpiValue,
    /** Denominator of a ratio. */
    per: Type.Optional(KpiValue),
    /** Which way is better. */
    direction: Type.Enum(['increase', 'decrease']),
    /**
     * `goal`: a challenger wins by it. `guardrail`: evidence that it gets worse by more than the margin stops the
     * challenger. `non-inferiority`: the challenger has to show that it is not worse by more than the margin.
     */
    role: Type.Enum(['goal', 'guardrail', 'non-inferiority']),
    /** Tolerated worsening, as a difference in the KPI's own unit; default 0. */
    margin: Type.Optional(Type.Number({ minimum: 0 })),
    /** Least difference worth having, in the KPI's own unit: what a test is planned for. */
    minimumEffect: Type.Optional(Type.Number({ exclusiveMinimum: 0 })),
    /** A number known of the unit before the test (an input or feature): takes out variance (CUPED). */
    covariate: Type.Optional(FieldName),
    /**
     * A decision whose outcome has not come: `wait` (default) leaves it out until it comes, `zero` counts it as 0 from
     * the start, right where only what happens is reported, as a click.
     */
    absent: Type.Optional(Type.Enum(['wait', 'zero'])),
  },
  { additionalProperties: false },
);
export type Kpi = Static<typeof Kpi>;

/** A KPI as a project declares it, once: policies name it, and it is measured on its endpoints whatever is released. */
export const KpiDefinition = Type.Object(
  {
    ...Kpi.properties,
    description: Type.Optional(Type.String({ maxLength: 2_000 })),
    endpoints: Type.Array(Name, { minItems: 1, maxItems: 100 }),
  },
  { additionalProperties: false },
);
export type KpiDefinition = Static<typeof KpiDefinition>;

const nullableNumber = Type.Union([Type.Number(), Type.Null()]);

/** What a KPI came to. `error`: the standard error, clustered by unit; null while there is too little to tell. */
export const KpiMeasure = Type.Object({
  value: nullableNumber,
  error: nullableNumber,
  /** Observations. */
  n: Type.Integer({ minimum: 0 }),
});
export type KpiMeasure = Static<typeof KpiMeasure>;

/** A KPI of what one variant answered on an endpoint: by day of the decisions' event time, and over those days. */
export const KpiSeries = Type.Object({
  kpi: Name,
  endpoint: Name,
  /** The variant's id; where none answered, the source of the answer: `rule`, `fallback:default`. */
  variant: Type.String(),
  total: KpiMeasure,
  days: Type.Array(Type.Object({ dayMs: Type.Number(), ...KpiMeasure.properties })),
});
export type KpiSeries = Static<typeof KpiSeries>;
