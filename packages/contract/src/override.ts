import { Type, type Static } from './type.ts';
import { Name } from './names.ts';
import { CelExpression } from './rules.ts';

const several = Type.Array(Type.String({ minLength: 1, maxLength: 1_000 }), { minItems: 1, maxItems: 1_000 });

/**
 * Sends some callers to a group of the live release, whatever its shares say: testers, a partner, a broken segment. At
 * least one condition is given, and all that are given must hold. Such answers take no part in any analysis: their
 * decisions carry no propensity, and the override's name.
 */
export const Override = Type.Object(
  {
    name: Name,
    /** Units by their key. */
    units: Type.Optional(several),
    /** Callers by the id of their API key. */
    keys: Type.Optional(several),
    /** A header of the request; without a value any will do. */
    header: Type.Optional(
      Type.Object(
        {
          name: Type.String({ pattern: '^[a-z0-9-]{1,64}$' }),
          value: Type.Optional(Type.String({ maxLength: 1_000 })),
        },
        { additionalProperties: false },
      ),
    ),
    /** A CEL expression over `input` and `feature`, of the request's first row. */
    cohort: Type.Optional(CelExpression),
    /** The group that answers: `incumbent`, `challenger`, or an arm's name. Where the release has none, nothing is overridden. */
    group: Name,
  },
  { additionalProperties: false },
);
export type Override = Static<typeof Override>;

/** In the order in which they are asked: the first that holds decides. */
export const Overrides = Type.Array(Override, { maxItems: 100 });

/** What is wrong with overrides beyond their schema, but for their expressions. */
export function overrideProblems(overrides: readonly Override[]): { index: number; message: string }[] {
  return overrides.flatMap((override, index) => {
    const { units, keys, header, cohort, name } = override;
    const problems: { index: number; message: string }[] = [];
    if ([units, keys, header, cohort].every((condition) => condition === undefined))
      problems.push({ index, message: `Override '${name}' is for nobody. Give units, keys, a header or a cohort.` });
    if (overrides.findIndex((other) => other.name === name) < index)
      problems.push({ index, message: `Two overrides are named '${name}'. Rename one.` });
    return problems;
  });
}
