/** The stages whose time a decision tells, in the order of the path. */
export const stageNames = [
  'authenticate',
  'limit',
  'receive',
  'decode',
  'validate',
  'features',
  'choose',
  'invoke',
] as const;
