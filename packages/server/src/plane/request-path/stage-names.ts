/** The stages whose time a decision tells, in the order of the path. */
const rowStages = [
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
const tensorStages = ['authenticate', 'limit', 'receive', 'decode', 'validate', 'choose', 'invoke'] as const;

const keysOf = (names: readonly string[]): string[] =>
  names.map((name, index) => `${index === 0 ? '' : ','}"${name}":`);

/** By whether an endpoint takes tensors; `keys` as they stand in JSON. */
export const stageNames = {
  rows: { names: rowStages, keys: keysOf(rowStages) },
  tensors: { names: tensorStages, keys: keysOf(tensorStages) },
} as const;
