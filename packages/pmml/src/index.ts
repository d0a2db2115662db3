export { loadPmml, type InputField, type PmmlModel, type Result } from './load-model.ts';
export { PmmlError } from './pmml-error.ts';
export type { Value } from './value.ts';
