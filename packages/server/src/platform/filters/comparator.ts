export const comparators = [
  '=',
  '!=',
  '>',
  '>=',
  '<',
  '<=',
  'LIKE',
  'ILIKE',
  'RLIKE',
  'IN',
  'NOT IN',
  'IS NULL',
  'IS NOT NULL',
] as const;
export type Comparator = (typeof comparators)[number];

export type Scalar = string | number;

/** A value compared with what stands there: text, a number, a list for IN; nothing for IS NULL. */
export interface Comparison {
  readonly comparator: Comparator;
  readonly value?: Scalar | readonly Scalar[];
}
