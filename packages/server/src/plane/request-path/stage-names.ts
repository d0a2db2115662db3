/** The stages whose time a decision tells, in the order of the path. */
export const stageNames = [
  'authenticate',
  'limit',
  'receive',
  'decode',
  'validate',
  'features',
  'rules-before',
  'choose',
  'invoke',
  'rules-after',
] as const;
