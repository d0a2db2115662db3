import { Type } from './type.ts';
import { Kpi } from './kpi.ts';

export const interleavingPlan = {
  /** How two rankings become one list: by turns with a coin each round, or drawn place by place. */
  method: Type.Enum(['team-draft', 'probabilistic']),
  /** Places that are interleaved; what comes after is the incumbent's, and credits nobody. */
  length: Type.Integer({ minimum: 2, maximum: 100 }),
  /** What a row earns for whoever placed it: an outcome, a `mean` or a `rate`. */
  credit: Kpi,
  /** Error rate of the whole test, two-sided. */
  alpha: Type.Number({ exclusiveMinimum: 0, exclusiveMaximum: 0.5 }),
  /** Least number of lists of which somebody earned something, before anything is concluded. */
  minSamples: Type.Integer({ minimum: 1 }),
  /** Largest share of lists that the challenger may fail to rank; default 0.01. */
  maxErrorRate: Type.Optional(Type.Number({ minimum: 0, maximum: 1 })),
};
