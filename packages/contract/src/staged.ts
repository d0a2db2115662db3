import { Type } from './type.ts';
import { Kpi } from './kpi.ts';
import { FieldName } from './names.ts';

export const stagedPlan = {
  phases: Type.Array(
    Type.Object(
      {
        /** Share of all units that take part, half of them with the challenger. */
        coverage: Type.Number({ exclusiveMinimum: 0, maximum: 1 }),
        /** Units of each arm, of all phases so far, at which the phase is analysed. */
        sampleSize: Type.Integer({ minimum: 2 }),
      },
      { additionalProperties: false },
    ),
    { minItems: 2, maxItems: 10 },
  ),
  /** Goals are looked at once a phase, guardrails and non-inferiority all the time. */
  kpis: Type.Array(Kpi, { minItems: 1, maxItems: 20 }),
  /** Error rate of the whole experiment: two-sided, over all phases and goals together. */
  alpha: Type.Number({ exclusiveMinimum: 0, exclusiveMaximum: 0.5 }),
  /** How alpha is spent over the phases: little at first, or about evenly (Lan and DeMets). */
  spending: Type.Enum(['obrien-fleming', 'pocock']),
  /** Inputs by whose values results are shown apart. */
  segments: Type.Optional(Type.Array(FieldName, { maxItems: 3 })),
};
